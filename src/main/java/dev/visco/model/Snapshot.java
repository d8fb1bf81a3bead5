package dev.visco.model;

import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A VM's memory, devices and disk as they were at one moment, or its disk alone.
 *
 * @param name 1 to 32 lower-case letters, digits and hyphens; unique among its user's
 * @param vm the VM that it was taken of, which may be gone; of an imported one another host's
 * @param image the digest of the VM's image
 * @param release the VMM release that wrote it; no other is certain to read it
 * @param bytes the size of all its files; 0 while it is being written
 * @param parent the name of the snapshot over whose disk this one's is a layer; null for none
 * @param imported when it came from a file; null for one that was taken here
 * @param uses how many VMs, snapshots and pieces of work use it
 */
public record Snapshot(
    String name,
    VmId vm,
    UserId user,
    Digest image,
    String release,
    Instant created,
    long bytes,
    SnapshotState state,
    SnapshotRetention retention,
    @Nullable String parent,
    @Nullable Instant imported,
    SnapshotConsistency consistency,
    int uses) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public Snapshot {
    checkName(name);
  }

  /** One that goes with its VM, and that nothing uses. */
  public Snapshot(
      String name,
      VmId vm,
      UserId user,
      Digest image,
      String release,
      Instant created,
      long bytes) {
    this(
        name,
        vm,
        user,
        image,
        release,
        created,
        bytes,
        bytes > 0 ? SnapshotState.WHOLE : SnapshotState.WRITING,
        SnapshotRetention.VM,
        null,
        null,
        SnapshotConsistency.MEMORY,
        0);
  }

  /** Refuses an invalid name of a snapshot. */
  public static void checkName(String name) {
    Text.matching("name", name, NAME, "1 to 32 lower-case letters, digits and hyphens");
  }

  /** Whether a user's snapshot may have this name. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Whether it can be used. */
  public boolean isWhole() {
    return state == SnapshotState.WHOLE;
  }
}
