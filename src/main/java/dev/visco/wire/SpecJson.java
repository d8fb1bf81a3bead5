package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Digest;
import dev.visco.model.KernelSpec;
import dev.visco.model.KernelSpec.KernelParts;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.Clone;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.RestartPolicy;
import dev.visco.model.Transport;
import dev.visco.model.TtlFrom;
import dev.visco.model.UserData;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VolumeMount;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads and writes a VM's specification as JSON, in its row and in the row's copy in its folder.
 * Also reads rows of earlier versions, in which the specification had no groups.
 */
public final class SpecJson {
  /** The owner by which earlier versions marked canaries. */
  private static final UserId CANARIES = new UserId("visco-canaries");

  private SpecJson() {}

  public static String line(VmSpec spec) {
    return Json.line(spec);
  }

  /** Reads what {@link #line} of this or of an earlier version wrote. */
  public static VmSpec read(String text) {
    JsonNode json = Json.read(text, JsonNode.class);
    return json.has("user")
        ? Json.mapper().treeToValue(json, Flat.class).spec()
        : Json.mapper().treeToValue(json, VmSpec.class);
  }

  /**
   * The specification that a request asks for, without the release in use. Rows contain digests of
   * it beside idempotency keys, so its form is still that without groups.
   */
  public static String request(VmSpec spec, VmMetadata metadata, UserData data) {
    List<VolumeMount> asked = spec.volumes().stream().filter(one -> !one.home()).toList();
    String flat = Json.line(Flat.of(spec.on(VmSpec.QEMU)));
    String volumes = asked.isEmpty() ? "" : Json.line(asked);
    return flat
        + volumes
        + (spec.ports().isEmpty() ? "" : Json.line(spec.ports()))
        + (spec.egress() == null ? "" : Json.line(spec.egress()))
        + (spec.life().sleepAfter() == null ? "" : Json.line(spec.life().sleepAfter()))
        + (spec.life().archiveAfter() == null
            ? ""
            : "archive" + Json.line(spec.life().archiveAfter()))
        + (spec.origin() instanceof Clone ? Json.line(spec.origin()) : "")
        + (metadata.isEmpty() ? "" : Json.line(metadata))
        + (data.hasAny() ? Json.line(data) : "");
  }

  /**
   * A specification in the form without groups.
   *
   * @param overruled null in rows of the first versions, like {@code release} and {@code options}
   * @param restart null for the default, as {@code ttlFrom}
   * @param trial the change in the copy of a failed VM, null for an ordinary VM
   * @param diskMib in no row; a request that asks for no size comes to the text that it always did
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
      @Nullable Trial trial,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer diskMib,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RestartPolicy restart,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable TtlFrom ttlFrom) {
    /**
     * The change in a copy.
     *
     * @param of the VM whose disk was copied
     * @param parts null for both, as in copies of earlier versions
     */
    private record Trial(
        VmId of, @Nullable Digest kernelOf, @Nullable KernelParts parts, boolean hasAddress) {
      KernelSpec kernel(List<String> bootArgs) {
        KernelParts itsParts = Objects.requireNonNullElse(parts, KernelParts.BOTH);
        return new KernelSpec(bootArgs, kernelOf, itsParts, hasAddress);
      }
    }

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
          trial(spec),
          spec.machine().diskMib(),
          restart(spec),
          ttlFrom(spec));
    }

    private static @Nullable TtlFrom ttlFrom(VmSpec spec) {
      TtlFrom from = spec.life().from();
      return from == TtlFrom.CREATED ? null : from;
    }

    /** What is the default was not written before there was anything else. */
    private static @Nullable RestartPolicy restart(VmSpec spec) {
      RestartPolicy restart = spec.life().restart();
      return restart == RestartPolicy.ON_FAILURE ? null : restart;
    }

    private static @Nullable Trial trial(VmSpec spec) {
      return spec.origin() instanceof FromDisk disk
          ? new Trial(
              disk.vm(), spec.kernel().ofImage(), spec.kernel().parts(), spec.kernel().hasAddress())
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
          trial == null ? new KernelSpec(bootArgs) : trial.kernel(bootArgs),
          new Life(timeToLive, deadline, restart, ttlFrom),
          Objects.requireNonNullElse(release, VmSpec.QEMU),
          Objects.requireNonNullElse(overruled, List.of()),
          List.of(),
          List.of(),
          null);
    }

    private Purpose purpose() {
      if (trial != null) {
        return Purpose.EXPERIMENT;
      }
      return user.equals(CANARIES) ? Purpose.CANARY : Purpose.USER;
    }
  }
}
