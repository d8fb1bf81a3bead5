package dev.visco.wire;

import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotDetails;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot with all that is known of it.
 *
 * @param vmId as in the list of snapshots, like all that stands there too
 * @param format the release's snapshot format, 0 where it has no number
 * @param processor the processor's model under which it was taken
 * @param digest of the digests of all its files
 * @param hasKeys whether it has the keys by which a clone of it is entered
 * @param parts its files
 * @param users what uses it, and keeps it from being removed
 */
public record SnapshotDetailsDocument(
    String name,
    String vmId,
    String userId,
    String image,
    String release,
    int format,
    @Nullable String processor,
    int vcpus,
    int memoryMib,
    String state,
    String retention,
    String consistency,
    @Nullable String parent,
    long bytes,
    @Nullable String digest,
    boolean hasKeys,
    Instant created,
    @Nullable Instant imported,
    List<SnapshotPartDocument> parts,
    List<SnapshotUserDocument> users) {
  public SnapshotDetailsDocument {
    parts = List.copyOf(parts);
    users = List.copyOf(users);
  }

  /**
   * A file of a snapshot.
   *
   * @param digest over its size and each block of 64 KiB that is not all zeros
   */
  public record SnapshotPartDocument(String name, long bytes, String digest) {}

  /**
   * What uses a snapshot.
   *
   * @param kind {@code vm}, {@code snapshot} or {@code work}
   */
  public record SnapshotUserDocument(String kind, String name) {}

  public static SnapshotDetailsDocument of(SnapshotDetails details) {
    Snapshot snapshot = details.snapshot();
    return new SnapshotDetailsDocument(
        snapshot.name(),
        snapshot.vm().value(),
        snapshot.user().value(),
        snapshot.image().value(),
        snapshot.release(),
        details.format(),
        details.processor(),
        details.machine().vcpus(),
        details.machine().memoryMib(),
        snapshot.state().word(),
        snapshot.retention().word(),
        snapshot.consistency().word(),
        snapshot.parent(),
        snapshot.bytes(),
        details.digest() == null ? null : details.digest().value(),
        details.hasKeys(),
        snapshot.created(),
        snapshot.imported(),
        details.parts().stream()
            .map(part -> new SnapshotPartDocument(part.name(), part.bytes(), part.digest().value()))
            .toList(),
        details.users().stream()
            .map(user -> new SnapshotUserDocument(user.kind().word(), user.name()))
            .toList());
  }
}
