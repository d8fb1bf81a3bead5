package dev.visco.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which kernel a VM boots, and its parameters.
 *
 * @param bootArgs the user's kernel parameters, one per string, placed after Visco's; printable
 *     ASCII without blanks
 * @param ofImage the image whose kernel or initramfs it boots, null for those of its origin
 * @param parts which of the two are that image's; the other one is its origin's
 * @param hasAddress whether {@code ip=} is on its command line
 */
public record KernelSpec(
    List<String> bootArgs, @Nullable Digest ofImage, KernelParts parts, boolean hasAddress) {
  /** Which part of a boot is another image's. */
  public enum KernelParts {
    BOTH,
    KERNEL,
    INITRAMFS
  }

  /** The origin's kernel, without further parameters. */
  public static final KernelSpec ORDINARY = new KernelSpec(List.of());

  public KernelSpec {
    bootArgs = List.copyOf(bootArgs);
    // Rows of earlier versions have none.
    parts = parts == null ? KernelParts.BOTH : parts;
    for (String argument : bootArgs) {
      if (argument.isEmpty() || !argument.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw Refused.invalid(
            "bootArgs",
            argument,
            "is not one kernel parameter",
            "Give each parameter by itself, printable ASCII without blanks.");
      }
    }
  }

  /** The origin's kernel with these parameters, and with the guest's address. */
  public KernelSpec(List<String> bootArgs) {
    this(bootArgs, null, KernelParts.BOTH, true);
  }

  /** The same kernel with other parameters. */
  public KernelSpec with(List<String> otherBootArgs) {
    return new KernelSpec(otherBootArgs, ofImage, parts, hasAddress);
  }

  /** This image's kernel, initramfs or both, with the same parameters. */
  public KernelSpec with(Digest image, KernelParts itsParts) {
    return new KernelSpec(bootArgs, image, itsParts, hasAddress);
  }

  /** The same without Visco's {@code ip=}. */
  public KernelSpec withoutAddress() {
    return new KernelSpec(bootArgs, ofImage, parts, false);
  }
}
