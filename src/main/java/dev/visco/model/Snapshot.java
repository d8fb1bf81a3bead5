package dev.visco.model;

import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A VM's memory, devices and disk as they were at one moment.
 *
 * @param name 1 to 32 lower-case letters, digits and hyphens; unique among its user's
 * @param image the digest of the VM's image
 * @param release the VMM release that wrote it; no other is certain to read it
 * @param bytes the size of all its files; 0 while it is being written
 */
public record Snapshot(
    String name, VmId vm, UserId user, Digest image, String release, Instant created, long bytes) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public Snapshot {
    checkName(name);
  }

  /** Refuses an invalid name of a snapshot. */
  public static void checkName(String name) {
    Text.matching("name", name, NAME, "1 to 32 lower-case letters, digits and hyphens");
  }

  /** Whether it can be restored. */
  public boolean isWhole() {
    return bytes > 0;
  }
}
