package dev.visco.vmm.firecracker;

import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.vmm.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How a host limits what a VMM may use: by control groups of version 2 where memory and processors
 * are theirs, otherwise by those controllers of version 1 that are mounted, otherwise not at all.
 * The jailer makes a group {@code PARENT/ID} and never removes it.
 *
 * @param version 1 or 2; 0 where this host has no usable controller
 * @param controllers where each usable controller's groups are
 */
record Cgroups(int version, Map<String, Path> controllers) {
  private static final List<String> WANTED = List.of("memory", "cpu", "pids");
  private static final long PERIOD_MICROS = 100_000;
  private static final int MIB = 1 << 20;

  /** Its threads are one for each vCPU and three others. */
  private static final int SPARE_TASKS = 16;

  private static final Duration EMPTY = Duration.ofSeconds(2);

  Cgroups {
    controllers = Map.copyOf(controllers);
  }

  /** What this host has, from {@code /proc/self/mounts}. */
  static Cgroups ofHost() {
    try {
      return of(Files.readAllLines(Path.of("/proc/self/mounts")));
    } catch (IOException e) {
      throw new HostFault("cannot read what is mounted: " + e, e);
    }
  }

  /**
   * @param mounts lines of {@code /proc/self/mounts}: device, folder, type, options
   */
  static Cgroups of(List<String> mounts) throws IOException {
    var first = new LinkedHashMap<String, Path>();
    for (String line : mounts) {
      String[] fields = line.split(" ", -1);
      if (fields.length < 4) {
        continue;
      }
      Path folder = Path.of(fields[1]);
      if (fields[2].equals("cgroup2")) {
        Set<String> available = available(folder);
        if (available.contains("memory") && available.contains("cpu")) {
          var second = new LinkedHashMap<String, Path>();
          WANTED.stream().filter(available::contains).forEach(one -> second.put(one, folder));
          return new Cgroups(2, second);
        }
      } else if (fields[2].equals("cgroup")) {
        List<String> options = Arrays.asList(fields[3].split(",", -1));
        WANTED.stream().filter(options::contains).forEach(one -> first.put(one, folder));
      }
    }
    return new Cgroups(first.isEmpty() ? 0 : 1, first);
  }

  private static Set<String> available(Path folder) throws IOException {
    Path file = folder.resolve("cgroup.controllers");
    return Files.exists(file)
        ? new LinkedHashSet<>(Arrays.asList(Files.readString(file).strip().split(" ", -1)))
        : Set.of();
  }

  /** The group in which an installation's groups are. */
  static String parent(InstallationId installation) {
    return "visco-" + installation;
  }

  /** The jailer's arguments for this machine; none where this host has no usable controller. */
  List<String> arguments(BootSpec spec) {
    var all = new ArrayList<String>();
    if (version == 0) {
      return all;
    }
    all.addAll(List.of("--cgroup-version", Integer.toString(version)));
    all.addAll(List.of("--parent-cgroup", parent(spec.installation())));
    limits(spec).forEach((file, value) -> all.addAll(List.of("--cgroup", file + "=" + value)));
    return all;
  }

  /** File and value of each limit. */
  private Map<String, String> limits(BootSpec spec) {
    var limits = new LinkedHashMap<String, String>();
    if (controllers.containsKey("memory")) {
      String file = version == 2 ? "memory.max" : "memory.limit_in_bytes";
      limits.put(file, Long.toString(memoryBytes(spec)));
    }
    if (controllers.containsKey("cpu")) {
      // One processor more than the guest has: what the VMM does for its devices.
      long quota = (spec.vcpus() + 1) * PERIOD_MICROS;
      if (version == 2) {
        limits.put("cpu.max", quota + " " + PERIOD_MICROS);
      } else {
        limits.put("cpu.cfs_period_us", Long.toString(PERIOD_MICROS));
        limits.put("cpu.cfs_quota_us", Long.toString(quota));
      }
    }
    if (controllers.containsKey("pids")) {
      limits.put("pids.max", Integer.toString(spec.vcpus() + SPARE_TASKS));
    }
    return limits;
  }

  /**
   * The guest's memory, what KVM needs to map it, and room for the VMM, which says of itself that
   * it needs 5 MiB, and for its disks' pages under way.
   */
  private static long memoryBytes(BootSpec spec) {
    return (spec.memoryMib() + spec.memoryMib() / 64L + 64) * MIB;
  }

  /**
   * Removes a machine's groups once its processes are gone; nothing happens where there is none.
   *
   * @param name the machine's name among processes
   */
  void remove(InstallationId installation, String name) {
    for (Path controller : new LinkedHashSet<>(controllers.values())) {
      Path group = controller.resolve(parent(installation)).resolve(name);
      String[] why = {""};
      boolean gone =
          Waiting.until(
              EMPTY,
              () -> {
                try {
                  Files.deleteIfExists(group);
                  return true;
                } catch (IOException e) {
                  why[0] = e.toString(); // A process that has just ended still counts for a moment.
                  return false;
                }
              });
      if (!gone) {
        throw new HostFault("cannot remove the control group " + group + ": " + why[0]);
      }
    }
  }

  /** Removes the group of the whole installation, unless something is in it. */
  void removeParent(InstallationId installation) {
    for (Path controller : new LinkedHashSet<>(controllers.values())) {
      try {
        Files.deleteIfExists(controller.resolve(parent(installation)));
      } catch (NoSuchFileException e) {
        continue;
      } catch (IOException e) {
        // A machine is in it, and it stays.
      }
    }
  }

  /** In words for a log: what is limited and by which version. */
  String described() {
    return version == 0
        ? "no control group controller is mounted: VMMs are limited by nothing but their own sizes"
        : "control groups version "
            + version
            + " limit "
            + Objects.requireNonNull(controllers).keySet();
  }
}
