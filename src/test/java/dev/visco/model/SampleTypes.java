package dev.visco.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** VM types of one vCPU and 256 MiB, of the image {@code cli} on MMIO. */
public final class SampleTypes {
  private SampleTypes() {}

  /** A type whose VMs are started again after a failure. */
  public static VmType of(
      String name, @Nullable Integer diskMib, List<Integer> ports, @Nullable HomeVolume home) {
    return type(name, diskMib, ports, home, null);
  }

  /** One whose VMs are put to sleep after this time. */
  public static VmType sleepy(String name, Duration sleepAfter) {
    return type(name, null, List.of(), null, sleepAfter);
  }

  /** One of whose VMs so many wait. */
  public static VmType pooled(String name, int memoryMib, WarmPool pool) {
    return new VmType(
        name,
        "cli",
        1,
        memoryMib,
        Transport.MMIO,
        Duration.ofMinutes(2),
        MachineOptions.NONE,
        null,
        RestartPolicy.ON_FAILURE,
        null,
        List.of(),
        null,
        null,
        null,
        pool);
  }

  private static VmType type(
      String name,
      @Nullable Integer diskMib,
      List<Integer> ports,
      @Nullable HomeVolume home,
      @Nullable Duration sleepAfter) {
    return new VmType(
        name,
        "cli",
        1,
        256,
        Transport.MMIO,
        Duration.ofMinutes(2),
        MachineOptions.NONE,
        diskMib,
        RestartPolicy.ON_FAILURE,
        null,
        ports,
        home,
        sleepAfter,
        null,
        null);
  }
}
