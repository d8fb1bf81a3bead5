package dev.visco.image;

import org.jspecify.annotations.Nullable;

/**
 * What an image was that was imported as a whole disk, like a distribution's cloud image.
 *
 * @param format of its file, like {@code qcow2}
 * @param system what is installed on it, in its own words; null when it does not say
 * @param cloudInit whether cloud-init is installed, which then gives the guest its name, address
 *     and keys from the seed disk; null when the disk could not be looked into
 * @param kernel the path in the disk that the kernel was copied from, null when it was given
 * @param initrd the same of the initramfs
 */
public record DiskFacts(
    String format,
    @Nullable String system,
    @Nullable Boolean cloudInit,
    @Nullable String kernel,
    @Nullable String initrd) {
  /** Its first boot does what an installer leaves to it, which takes minutes under emulation. */
  private static final int BOOT_SECONDS = 600;

  /** Whether cloud-init is known to be installed. */
  public boolean hasCloudInit() {
    return Boolean.TRUE.equals(cloudInit);
  }

  /** The seconds that a boot may take at least, whatever the VM's type says; 0 for no more. */
  public int bootSeconds() {
    return hasCloudInit() ? BOOT_SECONDS : 0;
  }
}
