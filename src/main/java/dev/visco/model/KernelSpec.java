package dev.visco.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which kernel a VM boots, and its parameters.
 *
 * @param bootArgs the user's kernel parameters, one per string, placed after Visco's; printable
 *     ASCII without blanks
 * @param ofImage the image whose kernel and initramfs it boots, null for those of its origin
 * @param hasAddress whether {@code ip=} is on its command line
 */
public record KernelSpec(List<String> bootArgs, @Nullable Digest ofImage, boolean hasAddress) {
  /** The origin's kernel, without further parameters. */
  public static final KernelSpec ORDINARY = new KernelSpec(List.of());

  public KernelSpec {
    bootArgs = List.copyOf(bootArgs);
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
    this(bootArgs, null, true);
  }

  /** The same kernel with other parameters. */
  public KernelSpec with(List<String> otherBootArgs) {
    return new KernelSpec(otherBootArgs, ofImage, hasAddress);
  }

  /** This image's kernel with the same parameters. */
  public KernelSpec withKernelOf(Digest image) {
    return new KernelSpec(bootArgs, image, hasAddress);
  }

  /** The same without Visco's {@code ip=}. */
  public KernelSpec withoutAddress() {
    return new KernelSpec(bootArgs, ofImage, false);
  }
}
