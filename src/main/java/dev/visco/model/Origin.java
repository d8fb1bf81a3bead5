package dev.visco.model;

/** What a VM's root disk is a copy of. In each case an image's kernel boots it. */
public sealed interface Origin {
  /** The name of the image whose kernel and initramfs it boots, as requested. */
  String image();

  /** The image's root disk. */
  record FromImage(String image) implements Origin {}

  /**
   * The disk in a snapshot, booted as a new VM.
   *
   * @param image of the snapshot's VM
   * @param snapshot its name
   */
  record FromSnapshot(String image, String snapshot) implements Origin {}

  /**
   * The disk in a snapshot, whose memory its first machine goes on from: see {@code fork}. Where it
   * cannot, that disk is booted.
   *
   * @param image of the snapshot's VM
   * @param snapshot its name among its owner's
   */
  record Clone(String image, String snapshot) implements Origin {}

  /**
   * Another VM's disk as it is now.
   *
   * @param image of that VM
   */
  record FromDisk(String image, VmId vm) implements Origin {}
}
