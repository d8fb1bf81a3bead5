package dev.visco.vmm.qemu;

import dev.visco.model.Rate;
import dev.visco.model.Transport;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds an argument list of {@code qemu-system-x86_64} 7.2 or newer: the parts that all machines
 * have in common, those of the daemon and of the compatible process.
 */
public final class QemuCommand {
  public static final String PROGRAM = "qemu-system-x86_64";

  /** QEMU's seccomp filter: no old system calls, no new privileges, no children, no scheduling. */
  static final String SANDBOX =
      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

  /**
   * All that QEMU can emulate but {@code erms}. With this flag Linux copies and clears memory by
   * {@code rep movsb} and {@code rep stosb}, which are fast in a processor and one byte at a time
   * here: a boot takes more (docs/performance.md).
   */
  static final String EMULATED_PROCESSOR = "max,-erms";

  private final Transport transport;
  private final List<String> all = new ArrayList<>();

  /**
   * A machine without any device.
   *
   * @param name the value of {@code -name}, which follows the program, by which a sweep finds the
   *     machine
   */
  public QemuCommand(String name, Transport transport) {
    this.transport = transport;
    add(PROGRAM, "-name", name);
    add("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-sandbox", SANDBOX);
  }

  /** Adds arguments that only this machine has. */
  public QemuCommand add(String... words) {
    all.addAll(List.of(words));
    return this;
  }

  /** The memory of a machine alone: an unnamed file. */
  public static String ownMemory(int mib) {
    return "memory-backend-memfd,id=memory,size=" + mib + "M";
  }

  /**
   * The memory of a machine that shares what it does not write with others: a private mapping of
   * the file that QEMU finds open as descriptor 3. A private mapping of a file by its path would be
   * refused: QEMU opens it for writing too, which nothing but a file in memory allows while it
   * keeps the kernel from ever writing to it.
   */
  public static String sharedMemory(int mib) {
    return "memory-backend-file,id=memory,size=" + mib + "M,mem-path=/proc/self/fd/3,share=off";
  }

  /**
   * Processors and memory.
   *
   * @param accelerator {@code tcg} or {@code kvm}
   * @param memory {@link #ownMemory}, which {@link GuestMemory} saves and fills, or {@link
   *     #sharedMemory}, which it saves
   * @param options more of QEMU's options of a {@code microvm}, or an empty text
   */
  public QemuCommand machine(
      String accelerator, int vcpus, int memoryMib, String memory, String options) {
    // A microvm with PCI starts a fifth faster than a q35 and has the same devices
    // (docs/performance.md).
    String bus = transport == Transport.PCI ? ",pcie=on" : "";
    add("-machine", "microvm" + bus + options + ",memory-backend=memory");
    add("-object", memory);
    boolean tcg = accelerator.equals("tcg");
    // thread=single is faster for one vCPU and cannot serve more (lab: 0.8 s instead of 1.0 to the
    // ssh banner).
    String thread = vcpus == 1 ? "single" : "multi";
    add("-accel", tcg ? "tcg,thread=" + thread + ",tb-size=" + translationMib(memoryMib) : "kvm");
    return add("-cpu", tcg ? EMULATED_PROCESSOR : "host")
        .add("-smp", Integer.toString(vcpus), "-m", memoryMib + "M");
  }

  /**
   * MiB of the cache for an emulated machine's translated code, which is emptied when it is full.
   * QEMU's default is 1 GiB, even for a small guest. Debian's kernel, sshd, a sign-in and a shell
   * fill 76 MiB (QEMU's {@code info jit}): with less, all is translated again in the middle of a
   * boot.
   */
  public static int translationMib(int memoryMib) {
    return Math.clamp(memoryMib / 4, 128, 512);
  }

  /**
   * Makes an emulated guest's clock advance with its instructions, at about the host's rate, so
   * that the guest can measure its rate also on a busy host. Otherwise Linux fails to measure it
   * and hangs for ever, unless its command line gives the rate. For one processor only: the clocks
   * of several would differ.
   */
  public QemuCommand clockByInstructions() {
    return add("-icount", "shift=auto");
  }

  public QemuCommand kernel(Path kernel, @Nullable Path initrd, String commandLine) {
    add("-kernel", kernel.toString());
    if (initrd != null) {
      add("-initrd", initrd.toString());
    }
    return add("-append", commandLine);
  }

  /**
   * A network card on an existing TAP.
   *
   * @param mac null for one that QEMU chooses
   * @param more further properties of the device, each preceded by a comma, or an empty text
   */
  public QemuCommand network(String id, String tap, @Nullable String mac, String more) {
    // With vhost=on, QEMU aborts if the host's kernel has no vhost_net.
    add("-netdev", "tap,id=" + id + ",ifname=" + tap + ",script=no,downscript=no,vhost=off");
    String properties = "netdev=" + id + (mac == null ? "" : ",mac=" + mac) + more;
    return device("net", transport == Transport.PCI ? properties + ",romfile=" : properties);
  }

  /**
   * A random number generator.
   *
   * @param more as with {@link #network}
   */
  public QemuCommand entropy(String id, String more) {
    return add("-object", "rng-random,id=" + id + ",filename=/dev/urandom")
        .device("rng", "rng=" + id + more);
  }

  /**
   * A virtio device on the machine's transport.
   *
   * @param kind like {@code blk}
   */
  public QemuCommand device(String kind, String properties) {
    return switch (transport) {
      case MMIO -> add("-device", "virtio-" + kind + "-device," + properties);
      // Modern devices only: 1af4:1041, 1042 and 1044, like Firecracker's.
      case PCI -> add("-device", "virtio-" + kind + "-pci,disable-legacy=on," + properties);
    };
  }

  /**
   * A group of disks with a common rate limit; null for no limit yet. QMP can change it as the
   * property {@code limits} of {@code /objects/ID}.
   */
  public QemuCommand throttleGroup(String id, @Nullable Rate rate) {
    var group = new LinkedHashMap<String, Object>(Map.of("qom-type", "throttle-group", "id", id));
    if (rate != null) {
      group.put("limits", limits(rate));
    }
    return add("-object", Json.line(group));
  }

  /** A {@link Rate} as QEMU's {@code ThrottleLimits}. */
  public static Map<String, Object> limits(Rate rate) {
    return Map.of("bps-total", rate.bytesPerSecond(), "iops-total", rate.operationsPerSecond());
  }

  /**
   * The backend of a console or of QMP.
   *
   * @param options of this kind, each preceded by a comma, or an empty text
   */
  public QemuCommand channel(String kind, String id, String options) {
    return add("-chardev", kind + ",id=" + id + options);
  }

  /** Makes QEMU wait for {@link DeviceState#load}; its memory is filled before. */
  public QemuCommand incoming() {
    all.addAll(DeviceState.INCOMING);
    return this;
  }

  public List<String> words() {
    return List.copyOf(all);
  }

  /** QEMU's quoting: a comma in a value is doubled. */
  public static String comma(Path path) {
    return path.toString().replace(",", ",,");
  }
}
