package dev.visco.vmm;

import dev.visco.host.HostFault;
import dev.visco.host.Waiting;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the resources of VMMs: by control groups of version 2 if memory and processors belong to
 * it, otherwise by the mounted controllers of version 1, otherwise not at all. A machine's group is
 * {@code PARENT/NAME}; it is created by {@link #enter}, or {@link #make}, and removed by {@link
 * #remove(String)}.
 *
 * @param version 1 or 2; 0 where this host has no usable controller
 * @param controllers the folder of each usable controller's groups
 */
public record Cgroups(int version, Map<String, Path> controllers) {
  private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
  private static final List<String> WANTED = List.of("memory", "cpu", "pids");
  private static final Pattern GROUP = Pattern.compile("/(visco-[0-9a-f]{4}-vm-[0-9a-f]{8})$");

  private static final Pattern VM = Pattern.compile("vm-[0-9a-f]{8}");

  private static final String NONE = "no control group controller is mounted";
  private static final long PERIOD_MICROS = 100_000;

  /**
   * The default weight of a group for processor time among its siblings, in the units of version 1
   * and 2 (Linux, {@code Documentation/scheduler/sched-design-CFS.rst} and {@code
   * admin-guide/cgroup-v2.rst}).
   */
  private static final int ORDINARY_SHARES = 1024;

  private static final int MAX_SHARES = 262_144;
  private static final int ORDINARY_WEIGHT = 100;
  private static final int MAX_WEIGHT = 10_000;
  private static final int MIB = 1 << 20;

  /**
   * The resources that a VMM may use in addition to its guest's.
   *
   * @param mib memory for itself: its program, its devices, pages of its disks under way
   * @param tasks threads and processes besides one for each vCPU
   */
  public record Spare(int mib, int tasks) {
    /**
     * According to its documentation Firecracker needs 5 MiB; the rest is for its disks' pages. It
     * has three threads besides the vCPUs'.
     */
    public static final Spare FIRECRACKER = new Spare(64, 16);

    /**
     * QEMU without translated code: its program and libraries (some 60 MiB), its devices, and the
     * pages of disks under way; and up to 64 threads for its disks (QEMU, {@code
     * util/thread-pool.c}).
     */
    public static final Spare QEMU = new Spare(192, 96);

    /** The same with more memory. */
    public Spare withMib(int more) {
      return new Spare(mib + more, tasks);
    }
  }

  /** On a busy host, a killed process leaves its groups late. */
  private static final Duration EMPTY = Duration.ofSeconds(10);

  public Cgroups {
    controllers = Map.copyOf(controllers);
  }

  /** The control groups of this host, from {@code /proc/self/mounts}. */
  public static Cgroups ofHost() {
    try {
      return of(Files.readAllLines(Path.of("/proc/self/mounts")));
    } catch (IOException e) {
      throw new HostFault("cannot read what is mounted: " + HostFault.words(e), e);
    }
  }

  /**
   * @param mounts lines of {@code /proc/self/mounts}: device, folder, type, options
   */
  public static Cgroups of(List<String> mounts) throws IOException {
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

  /** The name of the parent group of an installation's machines. */
  public static String parent(InstallationId installation) {
    return "visco-" + installation;
  }

  /** File and value of each limit. */
  Map<String, String> limits(BootSpec spec, Spare spare) {
    var limits = new LinkedHashMap<String, String>();
    if (controllers.containsKey("memory")) {
      String file = version == 2 ? "memory.max" : "memory.limit_in_bytes";
      limits.put(file, Long.toString(memoryBytes(spec, spare)));
    }
    if (controllers.containsKey("cpu")) {
      // One processor more than the guest has, for the VMM's work on its devices.
      long quota = (spec.vcpus() + 1) * PERIOD_MICROS;
      if (version == 2) {
        limits.put("cpu.max", quota + " " + PERIOD_MICROS);
      } else {
        limits.put("cpu.cfs_period_us", Long.toString(PERIOD_MICROS));
        limits.put("cpu.cfs_quota_us", Long.toString(quota));
      }
      limits.putAll(share(spec.vcpus()));
    }
    if (controllers.containsKey("pids")) {
      limits.put("pids.max", Integer.toString(spec.vcpus() + spare.tasks()));
    }
    return limits;
  }

  /** A weight for processor time, as a multiple of the default. */
  private Map<String, String> share(int times) {
    return version == 2
        ? Map.of("cpu.weight", Integer.toString(Math.min(MAX_WEIGHT, times * ORDINARY_WEIGHT)))
        : Map.of("cpu.shares", Integer.toString(Math.min(MAX_SHARES, times * ORDINARY_SHARES)));
  }

  /** The guest's memory, its page tables, and the VMM's own memory. */
  private static long memoryBytes(BootSpec spec, Spare spare) {
    return (spec.memoryMib() + spec.memoryMib() / 64L + spare.mib()) * MIB;
  }

  /**
   * Creates a machine's group with its limits, and moves a process without children into it. Memory
   * that the process used before is still charged to its former group. The group stays until {@link
   * #remove(String)}.
   *
   * @param name the machine's name among processes
   * @return why this host does not allow it; empty when the process is limited
   */
  public Optional<String> enter(BootSpec spec, String name, Spare spare, long pid) {
    Optional<String> whyNot = make(spec, name, spare);
    return whyNot.isPresent() ? whyNot : join(spec.installation(), name, pid);
  }

  /**
   * Creates a machine's group with its limits, before it has a process: what can be done early. The
   * group stays until {@link #remove(String)}.
   *
   * @return why this host does not allow it; empty when there is one
   */
  public Optional<String> make(BootSpec spec, String name, Spare spare) {
    if (version == 0) {
      return Optional.of(NONE);
    }
    Map<String, String> limits = limits(spec, spare);
    try {
      for (Path controller : new LinkedHashSet<>(controllers.values())) {
        Path above = makeParent(controller, spec.installation());
        if (version == 2) {
          Files.writeString(above.resolve("cgroup.subtree_control"), handedOn());
        }
        write(Files.createDirectories(above.resolve(name)), limits);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  /**
   * Moves a process without children into the group that {@link #make} has made.
   *
   * @return why this host does not allow it; empty when the process is limited
   */
  public Optional<String> join(InstallationId installation, String name, long pid) {
    if (version == 0) {
      return Optional.of(NONE);
    }
    try {
      for (Path controller : new LinkedHashSet<>(controllers.values())) {
        Path group = controller.resolve(parent(installation)).resolve(name);
        Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  /**
   * Makes a {@link #join} soon afterwards fast. Before a process changes its group, the kernel
   * waits until all processors have seen that nobody may fork meanwhile (5 to 15 ms), and does not
   * wait again for the next one for about as long. So this process is moved to where it is; called
   * by a thread beside other work. Does nothing where the kernel does not let it.
   */
  public void prepareJoin() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] own = line.split(":", 3); // cgroups(7): number, controllers, group
        Path controller = own.length == 3 ? mounted(own[1]) : null;
        if (controller != null) {
          // 0 is whoever writes it.
          Files.writeString(
              controller.resolve("." + own[2]).normalize().resolve("cgroup.procs"),
              "0",
              StandardOpenOption.WRITE);
          return; // The wait is the same for all of them.
        }
      }
    } catch (IOException e) {
      LOG.debug("this process cannot be moved to its own control group", e);
    }
  }

  /** Where the groups are of the first of these controllers; null for others. */
  private @Nullable Path mounted(String names) {
    if (version == 2) {
      return names.isEmpty() ? controllers.values().iterator().next() : null;
    }
    return Arrays.stream(names.split(",", -1))
        .filter(controllers::containsKey)
        .findFirst()
        .map(controllers::get)
        .orElse(null);
  }

  /**
   * Creates the parent group of all machines of an installation. Without a weight of its own, all
   * machines together would weigh as much as a single thread beside them, and the daemon's work for
   * one guest would take half a processor from all others.
   */
  private Path makeParent(Path controller, InstallationId installation) throws IOException {
    Path group = Files.createDirectories(controller.resolve(parent(installation)));
    if (version == 2) {
      Files.writeString(controller.resolve("cgroup.subtree_control"), handedOn());
    }
    write(group, share(2 * Runtime.getRuntime().availableProcessors()));
    return group;
  }

  /** In version 2, a group has the controllers that its parent delegates. */
  private String handedOn() {
    return "+" + String.join(" +", controllers.keySet());
  }

  /** Writes the values that this controller has. */
  private static void write(Path group, Map<String, String> values) throws IOException {
    for (Map.Entry<String, String> value : values.entrySet()) {
      Path file = group.resolve(value.getKey());
      if (Files.exists(file)) {
        Files.writeString(file, value.getValue());
      }
    }
  }

  /** The name of the machine in whose group a process is; empty when it is in none of Visco's. */
  public static Optional<String> nameOf(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc/" + pid + "/cgroup")).stream()
          .map(line -> GROUP.matcher(line))
          .filter(Matcher::find)
          .map(found -> found.group(1))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // It has ended.
    }
  }

  /**
   * Removes the groups of a VM's machine, of any installation, once its processes have ended; does
   * nothing where there are none.
   *
   * @param folder the VM's own folder, whose name is the VM's
   */
  public void removeOf(Path folder) {
    String vm = folder.getFileName() + "";
    if (!VM.matcher(vm).matches()) {
      return;
    }
    for (Path controller : new LinkedHashSet<>(controllers.values())) {
      try (var parents =
          Files.newDirectoryStream(controller, "visco-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]")) {
        for (Path parent : parents) {
          String name = parent.getFileName() + "-" + vm;
          if (Files.exists(parent.resolve(name))) {
            remove(name);
          }
        }
      } catch (IOException e) {
        throw new HostFault("cannot read " + controller + ": " + HostFault.words(e), e);
      }
    }
  }

  /**
   * How many processes of a VM's machine the kernel has killed because its group had no memory left
   * (Linux, {@code admin-guide/cgroup-v2.rst}, memory.events; {@code cgroup-v1/memory.rst},
   * memory.oom_control). Empty where there is no group, or no such counter.
   *
   * @param folder the VM's own folder, whose name is the VM's
   */
  public OptionalLong oomKills(Path folder) {
    Path controller = controllers.get("memory");
    String vm = folder.getFileName() + "";
    if (controller == null || !VM.matcher(vm).matches()) {
      return OptionalLong.empty();
    }
    try (var parents =
        Files.newDirectoryStream(controller, "visco-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]")) {
      for (Path parent : parents) {
        Path group = parent.resolve(parent.getFileName() + "-" + vm);
        Path file = group.resolve(version == 2 ? "memory.events" : "memory.oom_control");
        if (Files.exists(file)) {
          return Files.readAllLines(file).stream()
              .filter(line -> line.matches("oom_kill \\d{1,18}"))
              .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
              .findFirst();
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot read {}: {}", controller, HostFault.words(e));
    }
    return OptionalLong.empty();
  }

  /** Removes the groups of a machine of this name. */
  public void remove(String name) {
    remove(new InstallationId(name.split("-", 3)[1]), name);
  }

  /**
   * Removes a machine's groups once its processes have ended; does nothing where there are none.
   *
   * @param name the machine's name among processes
   */
  public void remove(InstallationId installation, String name) {
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
                  // A process that has just ended is still in its group for a moment.
                  why[0] = HostFault.words(e);
                  return false;
                }
              });
      if (!gone) {
        throw new HostFault("cannot remove the control group " + group + ": " + why[0]);
      }
    }
  }

  /** Removes the parent group of an installation unless it has machines. */
  public void removeParent(InstallationId installation) {
    for (Path controller : new LinkedHashSet<>(controllers.values())) {
      try {
        Files.deleteIfExists(controller.resolve(parent(installation)));
      } catch (NoSuchFileException e) {
        continue;
      } catch (IOException e) {
        // It is in use, and is kept.
      }
    }
  }

  /** A text for the log: what is limited, and by which version. */
  public String described() {
    return version == 0
        ? "no control group controller is mounted: VMMs are limited by nothing but their own sizes"
        : "control groups version "
            + version
            + " limit "
            + Objects.requireNonNull(controllers).keySet();
  }
}
