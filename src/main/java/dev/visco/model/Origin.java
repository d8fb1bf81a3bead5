package dev.visco.model;

/** What a VM's root disk begins as. Whatever it is, an image's kernel boots it. */
public sealed interface Origin {
  /** The name of the image whose kernel and initramfs it boots, as it was asked for. */
  String image();

  /** It begins as the image's own root disk. */
  record FromImage(String image) implements Origin {}

  /**
   * It begins as the disk in a snapshot, and boots from it afresh, as a VM of its own.
   *
   * @param image of the VM that the snapshot is of
   * @param snapshot its name
   */
  record FromSnapshot(String image, String snapshot) implements Origin {}

  /**
   * It begins as another VM's disk is now.
   *
   * @param image of that VM
   */
  record FromDisk(String image, VmId vm) implements Origin {}
}
