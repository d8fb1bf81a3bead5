package dev.visco.wire;

import java.util.List;

/**
 * What a check of all of a snapshot has found.
 *
 * @param bytes that were read
 * @param damage what is wrong with each damaged file; none for a whole snapshot
 */
public record SnapshotCheckDocument(
    String name, boolean whole, int files, long bytes, List<String> damage) {
  public SnapshotCheckDocument {
    damage = List.copyOf(damage);
  }
}
