package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmType;
import dev.visco.wire.CreateRequest;
import java.util.Map;
import java.util.function.BiPredicate;

/** Fills in what a create request leaves out, from the VM's type. */
public final class TypeDefaults {
  private final Map<String, VmType> types;
  private final Images images;
  private final BiPredicate<VmSpec, Image> isEmulated;

  /**
   * @param types by name
   * @param isEmulated whether this spec's release runs this image by software emulation; called
   *     only where the type has other sizes for that, since the first call for a kernel may take
   *     seconds
   */
  public TypeDefaults(
      Map<String, VmType> types, Images images, BiPredicate<VmSpec, Image> isEmulated) {
    this.types = types;
    this.images = images;
    this.isEmulated = isEmulated;
  }

  /**
   * The request with its type's values filled in, on this release; a type nobody knows is refused.
   */
  VmSpec fill(CreateRequest request, String release) {
    UserId owner = request.owner();
    VmType type = type(request);
    VmSpec full =
        new VmSpec(
                owner,
                Purpose.USER,
                type.name(),
                request.origin(type),
                request.machine(type, type.size(false)),
                request.kernel(),
                request.life(type),
                release)
            .withPorts(request.ports(type))
            .withEgress(request.egress() == null ? null : request.egress().policy());
    return request.asksForItsSize() ? full : full.with(request.machine(type, size(type, full)));
  }

  /** The type of a request; an unknown one is refused. */
  VmType type(CreateRequest request) {
    String name = request.type();
    VmType type = types.get(name);
    if (type == null) {
      throw Refused.invalid(
          "vmType", name, "is not known", "Known are " + String.join(", ", types.keySet()) + ".");
    }
    return type;
  }

  /** The size of this type for a VM with this spec. */
  VmType.Size size(VmType type, VmSpec spec) {
    return type.size(
        type.emulated() != null && isEmulated.test(spec, images.image(spec.origin().image())));
  }
}
