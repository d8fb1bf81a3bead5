package dev.visco.wire;

import dev.visco.model.Snapshot;
import java.time.Instant;

/**
 * A snapshot in answers of the API.
 *
 * @param state {@code whole}, or {@code writing} while it cannot be restored yet
 */
public record SnapshotDocument(
    String name,
    String vmId,
    String userId,
    String image,
    String release,
    String state,
    long bytes,
    Instant created) {
  public static SnapshotDocument of(Snapshot snapshot) {
    return new SnapshotDocument(
        snapshot.name(),
        snapshot.vm().value(),
        snapshot.user().value(),
        snapshot.image().value(),
        snapshot.release(),
        snapshot.isWhole() ? "whole" : "writing",
        snapshot.bytes(),
        snapshot.created());
  }
}
