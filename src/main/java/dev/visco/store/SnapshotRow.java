package dev.visco.store;

import dev.visco.model.VmId;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as it is stored, with all that a restore needs. It is removed with its VM.
 *
 * @param id names it for people and on the disk
 * @param spec the VM's, as JSON
 * @param image the digest of the VM's image
 * @param release the VMM release that wrote it, which is the only one that is sure to read it
 * @param format the release's snapshot format, 0 where it has no number
 * @param created milliseconds after the epoch
 * @param bytes what its files have together; null as long as it is being written
 * @param digest what the digests of all its files come to; null while it is being written, and for
 *     one of an older version, which has no digests
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
  public boolean isWhole() {
    return bytes != null;
  }
}
