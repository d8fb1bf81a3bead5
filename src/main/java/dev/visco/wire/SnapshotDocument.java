package dev.visco.wire;

import dev.visco.model.Snapshot;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in answers of the API.
 *
 * @param vmId the VM that it was taken of, which may be gone; of an imported one another host's
 * @param state {@code whole}; {@code writing} or {@code removing} while it cannot be used
 * @param retention until when it stays: {@code vm} as long as its VM, {@code kept} until somebody
 *     removes it, {@code used} as long as something uses it
 * @param consistency {@code memory} with memory and devices; else the disk alone: {@code frozen},
 *     {@code synced}, {@code stopped}, or {@code crash} when its memory is gone since nothing was
 *     to start from it
 * @param usedBy how many VMs, snapshots and pieces of work use it
 * @param parent the snapshot over whose disk this one's is a layer
 * @param imported when it came from a file
 */
public record SnapshotDocument(
    String name,
    String vmId,
    String userId,
    String image,
    String release,
    String state,
    String retention,
    String consistency,
    int usedBy,
    @Nullable String parent,
    long bytes,
    Instant created,
    @Nullable Instant imported) {
  public static SnapshotDocument of(Snapshot snapshot) {
    return new SnapshotDocument(
        snapshot.name(),
        snapshot.vm().value(),
        snapshot.user().value(),
        snapshot.image().value(),
        snapshot.release(),
        snapshot.state().word(),
        snapshot.retention().word(),
        snapshot.consistency().word(),
        snapshot.uses(),
        snapshot.parent(),
        snapshot.bytes(),
        snapshot.created(),
        snapshot.imported());
  }
}
