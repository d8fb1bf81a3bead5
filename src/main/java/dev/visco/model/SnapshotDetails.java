package dev.visco.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a snapshot.
 *
 * @param format the release's snapshot format, 0 where it has no number
 * @param processor the processor's model under which it was taken; null where nobody knows
 * @param digest the digest of all its files' digests; null while it is being written, and for one
 *     of an earlier version
 * @param hasKeys whether it has the keys by which a clone of it is entered
 * @param parts its files
 * @param users what uses it
 */
public record SnapshotDetails(
    Snapshot snapshot,
    MachineShape machine,
    int format,
    @Nullable String processor,
    @Nullable Digest digest,
    boolean hasKeys,
    List<Part> parts,
    List<SnapshotUser> users) {
  public SnapshotDetails {
    parts = List.copyOf(parts);
    users = List.copyOf(users);
  }

  /**
   * A file of a snapshot.
   *
   * @param name relative to its folder
   */
  public record Part(String name, long bytes, Digest digest) {}
}
