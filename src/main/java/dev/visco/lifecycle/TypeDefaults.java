package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Refused;
import dev.visco.model.VmSpec;
import dev.visco.model.VmType;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;

/** What a VM gets that its caller did not ask for: the values of its type. */
final class TypeDefaults {
  private final Map<String, VmType> types;
  private final Images images;
  private final BiPredicate<VmSpec, Image> isEmulated;

  /**
   * @param types by name
   * @param isEmulated whether this spec's release would run this image by software emulation; asked
   *     only where the type has other sizes for that, since the first answer for a kernel may take
   *     seconds
   */
  TypeDefaults(Map<String, VmType> types, Images images, BiPredicate<VmSpec, Image> isEmulated) {
    this.types = types;
    this.images = images;
    this.isEmulated = isEmulated;
  }

  /**
   * The request with its type's values filled in, on this release; a type nobody knows is refused.
   */
  VmSpec fill(VmRequest request, String release) {
    VmType type = types.get(request.type());
    if (type == null) {
      throw Refused.invalid(
          "vmType",
          request.type(),
          "is not known",
          "Known are " + String.join(", ", types.keySet()) + ".");
    }
    VmSpec full =
        new VmSpec(
                request.user(),
                type.name(),
                Objects.requireNonNullElse(request.image(), type.image()),
                Objects.requireNonNullElse(request.transport(), type.transport()),
                Objects.requireNonNullElse(request.vcpus(), type.vcpus()),
                Objects.requireNonNullElse(request.memoryMib(), type.memoryMib()),
                request.bootArgs(),
                request.timeToLive(),
                type.deadline())
            .with(type.options())
            .on(release);
    if (request.vcpus() != null && request.memoryMib() != null) {
      return full;
    }
    VmType.Size size = size(type, full);
    return full.sized(
        Objects.requireNonNullElse(request.vcpus(), size.vcpus()),
        Objects.requireNonNullElse(request.memoryMib(), size.memoryMib()));
  }

  /** The size that the type gives a VM where this spec will be run. */
  VmType.Size size(VmType type, VmSpec spec) {
    return type.size(type.emulated() != null && isEmulated.test(spec, images.image(spec.image())));
  }
}
