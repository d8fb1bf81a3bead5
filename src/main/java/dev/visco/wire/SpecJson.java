package dev.visco.wire;

import dev.visco.model.Digest;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A VM's specification as it stands in its row and in the row's copy in its folder. Rows of
 * versions before the groups are read too: they are as old as their VMs.
 */
public final class SpecJson {
  /** Whose the canaries were when nothing else said that they are ones. */
  private static final UserId CANARIES = new UserId("visco-canaries");

  private SpecJson() {}

  public static String line(VmSpec spec) {
    return Json.line(spec);
  }

  /** Reads what {@link #line} writes now, or wrote in an earlier version. */
  public static VmSpec read(String text) {
    JsonNode json = Json.read(text, JsonNode.class);
    return json.has("user")
        ? Json.mapper().treeToValue(json, Flat.class).spec()
        : Json.mapper().treeToValue(json, VmSpec.class);
  }

  /**
   * What a request comes to, whatever release is in use. Digests of it stand in rows beside
   * idempotency keys, so that it stays as it was before the groups.
   */
  public static String request(VmSpec spec) {
    return Json.line(Flat.of(spec.on(VmSpec.QEMU)));
  }

  /**
   * A specification before it had groups.
   *
   * @param overruled null in the first versions' rows, as {@code release} and {@code options}
   * @param trial what it tries out as the copy of a VM that failed, null for an ordinary VM
   */
  private record Flat(
      UserId user,
      String type,
      String image,
      Transport transport,
      int vcpus,
      int memoryMib,
      List<String> bootArgs,
      @Nullable Duration timeToLive,
      Duration deadline,
      @Nullable List<String> overruled,
      @Nullable String release,
      @Nullable MachineOptions options,
      @Nullable Trial trial) {
    /**
     * What a copy differs in.
     *
     * @param of whose disk it got a copy of
     */
    private record Trial(VmId of, @Nullable Digest kernelOf, boolean hasAddress) {}

    static Flat of(VmSpec spec) {
      return new Flat(
          spec.owner(),
          spec.type(),
          spec.origin().image(),
          spec.machine().transport(),
          spec.machine().vcpus(),
          spec.machine().memoryMib(),
          spec.kernel().bootArgs(),
          spec.life().timeToLive(),
          spec.life().deadline(),
          spec.overruled(),
          spec.release(),
          spec.machine().options(),
          trial(spec));
    }

    private static @Nullable Trial trial(VmSpec spec) {
      return spec.origin() instanceof FromDisk disk
          ? new Trial(disk.vm(), spec.kernel().ofImage(), spec.kernel().hasAddress())
          : null;
    }

    VmSpec spec() {
      return new VmSpec(
          user,
          purpose(),
          type,
          trial == null ? new FromImage(image) : new FromDisk(image, trial.of()),
          new MachineShape(
              transport,
              vcpus,
              memoryMib,
              Objects.requireNonNullElse(options, MachineOptions.NONE)),
          trial == null
              ? new KernelSpec(bootArgs)
              : new KernelSpec(bootArgs, trial.kernelOf(), trial.hasAddress()),
          new Life(timeToLive, deadline),
          Objects.requireNonNullElse(release, VmSpec.QEMU),
          Objects.requireNonNullElse(overruled, List.of()));
    }

    private Purpose purpose() {
      if (trial != null) {
        return Purpose.EXPERIMENT;
      }
      return user.equals(CANARIES) ? Purpose.CANARY : Purpose.USER;
    }
  }
}
