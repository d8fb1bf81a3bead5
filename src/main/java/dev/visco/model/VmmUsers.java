package dev.visco.model;

/**
 * The users that VMMs run as: one uid for each slot of each installation, in a range that no
 * distribution assigns. A process of any other user, root excepted, is not Visco's.
 */
public final class VmmUsers {
  /**
   * The group of VMMs, by which they may open the kernels and disks of images and their own
   * program. It has no name and no other members.
   */
  public static final int GROUP = 999_999_999;

  /**
   * The user that tools run as which read or write file systems that guests have made: it owns
   * nothing but the one file that it is given. Its group has no other members.
   */
  public static final int TOOLS = 999_999_998;

  private static final int FIRST = 1_000_000_000;
  private static final int EACH = SlotIndex.MAX + 1;

  private VmmUsers() {}

  /** The uid, and the gid, of this slot's VMM. */
  public static int uid(InstallationId installation, SlotIndex slot) {
    return first(installation) + slot.value();
  }

  /** Whether this uid belongs to a slot of this installation. */
  public static boolean isOf(InstallationId installation, int uid) {
    int first = first(installation);
    return uid >= first && uid < first + EACH;
  }

  private static int first(InstallationId installation) {
    return FIRST + installation.number() * EACH;
  }
}
