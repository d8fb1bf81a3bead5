package dev.visco.store;

import dev.visco.model.VmId;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as stored, with all that a restore needs. It is removed with its VM.
 *
 * @param id its name for people and on the disk; its owner has no other one of that name
 * @param spec the VM's, as JSON
 * @param image the digest of the VM's image
 * @param release the VMM release that wrote it, the only one that is certain to read it
 * @param format the release's snapshot format, 0 where it has no number
 * @param created milliseconds after the epoch
 * @param bytes the size of all its files; null while it is being written
 * @param digest the digest of all its files' digests; null while it is being written, and for
 *     snapshots of older versions, which have no digests
 */
public record SnapshotRow(
    String id,
    VmId vm,
    String owner,
    String spec,
    String image,
    String release,
    int format,
    String folder,
    long created,
    @Nullable Long bytes,
    @Nullable String digest) {
  /** Begins the ids of suspended VMs' memories; no snapshot of a user's has such a name. */
  private static final String MEMORY = "suspended_";

  /** The id of what a suspended VM had in memory. */
  public static String memoryOf(VmId vm) {
    return MEMORY + vm;
  }

  /** Whether it is a suspended VM's memory, without its disk, and no snapshot of a user's. */
  public boolean isMemory() {
    return id.startsWith(MEMORY);
  }

  public boolean isWhole() {
    return bytes != null;
  }
}
