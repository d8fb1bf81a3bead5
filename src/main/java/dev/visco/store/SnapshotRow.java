package dev.visco.store;

import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.VmId;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as stored, with all that a restore needs.
 *
 * @param id its name for people; its owner has no other one of that name
 * @param vm the VM that it was taken of, which may be gone; of an imported one another host's
 * @param spec the VM's, as JSON
 * @param image the digest of the VM's image
 * @param release the VMM release that wrote it, the only one that is certain to read it
 * @param format the release's snapshot format, 0 where it has no number
 * @param created milliseconds after the epoch
 * @param bytes the size of all its files; null while it is being written
 * @param digest the digest of all its files' digests; null while it is being written, and for
 *     snapshots of older versions, which have no digests
 * @param retention until when it stays
 * @param place the name of its folder among the snapshots'; null for one in its VM's folder, which
 *     goes with that: a memory, or one of an earlier version
 * @param parent the name of the owner's snapshot over whose disk this one's is a layer; null for
 *     none
 * @param imported when it came from a file, in milliseconds after the epoch; null for one that was
 *     taken on this host
 * @param processor the processor's model under which it was taken; null where nobody knows
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
    @Nullable String digest,
    SnapshotState state,
    SnapshotRetention retention,
    @Nullable SnapshotPlace place,
    @Nullable String parent,
    @Nullable Long imported,
    SnapshotConsistency consistency,
    @Nullable String processor) {
  /** Begins the ids of suspended VMs' memories; no snapshot of a user's has such a name. */
  private static final String MEMORY = "suspended_";

  /** The beginning of the ids of templates; no user can give a snapshot such a name. */
  private static final String TEMPLATE = "pool_";

  /** One in its VM's folder, with which it goes. */
  public SnapshotRow(
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
    this(
        id,
        vm,
        owner,
        spec,
        image,
        release,
        format,
        folder,
        created,
        bytes,
        digest,
        bytes == null ? SnapshotState.WRITING : SnapshotState.WHOLE,
        SnapshotRetention.VM,
        null,
        null,
        null,
        SnapshotConsistency.MEMORY,
        null);
  }

  /** The id of what a suspended VM had in memory. */
  public static String memoryOf(VmId vm) {
    return MEMORY + vm;
  }

  /**
   * The id of a new snapshot from which a pool makes its VMs. An earlier one may stay for long,
   * since disks lie over it.
   *
   * @param kind what kind of request they wait for
   * @param now in milliseconds after the epoch
   */
  public static String newTemplate(String type, String kind, long now) {
    return templateOf(type, kind) + Long.toString(now, Character.MAX_RADIX);
  }

  private static String templateOf(String type, String kind) {
    return TEMPLATE + type + "_" + kind.substring(0, 12) + "_";
  }

  /** Whether a pool makes its VMs from it, if it is whole, which wait for this kind of request. */
  public boolean isTemplateOf(String type, String kind) {
    return id.startsWith(templateOf(type, kind)) && retention == SnapshotRetention.KEPT;
  }

  /** Whether it is one from which a pool makes its VMs, whoever gets them. */
  public static boolean isTemplate(String id) {
    return id.startsWith(TEMPLATE);
  }

  /** Whether it is a suspended VM's memory, without its disk, and no snapshot of a user's. */
  public boolean isMemory() {
    return id.startsWith(MEMORY);
  }

  /** Whether it is Visco's own, which no user sees or names. */
  public boolean isInternal() {
    return isMemory() || isTemplate(id);
  }

  /** Whether all its files are there and are to stay. */
  public boolean isWhole() {
    return state == SnapshotState.WHOLE;
  }

  /** Whether it was taken of a VM of this host. */
  public boolean isOf(VmId one) {
    return imported == null && vm.equals(one);
  }

  /** The folder with its files. */
  public Path path() {
    return Path.of(folder);
  }
}
