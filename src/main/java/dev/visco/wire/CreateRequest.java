package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmType;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/vms/create}. Null fields take the VM type's defaults. Its methods
 * refuse fields with invalid values.
 *
 * @param force whether to boot although the preflight objects
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CreateRequest(
    @Nullable String userId,
    @Nullable String vmType,
    @Nullable String image,
    @Nullable String transport,
    @Nullable Integer vcpus,
    @Nullable Integer memoryMib,
    @Nullable List<String> bootArgs,
    @Nullable String ttl,
    @Nullable Boolean force) {
  /** Without force. */
  public CreateRequest(
      @Nullable String userId,
      @Nullable String vmType,
      @Nullable String image,
      @Nullable String transport,
      @Nullable Integer vcpus,
      @Nullable Integer memoryMib,
      @Nullable List<String> bootArgs,
      @Nullable String ttl) {
    this(userId, vmType, image, transport, vcpus, memoryMib, bootArgs, ttl, null);
  }

  /** The VM's owner. */
  public UserId owner() {
    return new UserId(Required.text("userId", userId));
  }

  /** The name of its type, which need not exist. */
  public String type() {
    return Required.text("vmType", vmType);
  }

  public Origin origin(VmType type) {
    return new Origin.FromImage(Objects.requireNonNullElse(image, type.image()));
  }

  /** Whether it gives both vCPUs and memory. */
  public boolean asksForItsSize() {
    return vcpus != null && memoryMib != null;
  }

  /**
   * The VM's machine.
   *
   * @param size the size for what the request leaves out
   */
  public MachineShape machine(VmType type, VmType.Size size) {
    return new MachineShape(
        transport == null ? type.transport() : Transport.of(transport),
        Objects.requireNonNullElse(vcpus, size.vcpus()),
        Objects.requireNonNullElse(memoryMib, size.memoryMib()),
        type.options());
  }

  public KernelSpec kernel() {
    return bootArgs == null ? KernelSpec.ORDINARY : new KernelSpec(bootArgs);
  }

  public Life life(VmType type) {
    return new Life(ttl == null ? null : Durations.of("ttl", ttl), type.deadline());
  }

  /** Whether it overrules the preflight's objections. */
  public boolean overrules() {
    return Boolean.TRUE.equals(force);
  }
}
