package dev.visco.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which kernel a VM boots, and what it is told.
 *
 * @param bootArgs further kernel parameters of the user's own, one a string, behind ours; printable
 *     ASCII without blanks
 * @param ofImage the image whose kernel and initramfs it boots, null for its origin's own
 * @param hasAddress whether {@code ip=} stands on its command line
 */
public record KernelSpec(List<String> bootArgs, @Nullable Digest ofImage, boolean hasAddress) {
  /** Its origin's own kernel, without further parameters. */
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

  /** Its origin's own kernel, which is told the guest's address. */
  public KernelSpec(List<String> bootArgs) {
    this(bootArgs, null, true);
  }

  /** The same kernel with these parameters instead. */
  public KernelSpec with(List<String> otherBootArgs) {
    return new KernelSpec(otherBootArgs, ofImage, hasAddress);
  }

  /** This image's kernel instead, told the same. */
  public KernelSpec withKernelOf(Digest image) {
    return new KernelSpec(bootArgs, image, hasAddress);
  }

  /** The same, but that no {@code ip=} of ours stands on its command line. */
  public KernelSpec withoutAddress() {
    return new KernelSpec(bootArgs, ofImage, false);
  }
}
