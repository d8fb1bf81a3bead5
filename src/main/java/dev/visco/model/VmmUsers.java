package dev.visco.model;

/**
 * The users that VMMs run as: one uid for each slot of each installation, in a range that no
 * distribution gives to anybody. Whoever is none of them and not root has no process of ours.
 */
public final class VmmUsers {
  /**
   * The group of the VMMs that open kernels and disks of images, or their own program, by their
   * paths. It has no name and no other members.
   */
  public static final int GROUP = 999_999_999;

  private static final int FIRST = 1_000_000_000;
  private static final int EACH = SlotIndex.MAX + 1;

  private VmmUsers() {}

  /** The uid, and the gid, of this slot's VMM. */
  public static int uid(InstallationId installation, SlotIndex slot) {
    return first(installation) + slot.value();
  }

  /** Whether a slot of this installation has this uid. */
  public static boolean isOf(InstallationId installation, int uid) {
    int first = first(installation);
    return uid >= first && uid < first + EACH;
  }

  private static int first(InstallationId installation) {
    return FIRST + installation.number() * EACH;
  }
}
