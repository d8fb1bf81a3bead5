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
 * An argument list of {@code qemu-system-x86_64} 7.2 or newer in the making: what every machine of
 * ours has alike, whoever starts it.
 */
public final class QemuCommand {
  public static final String PROGRAM = "qemu-system-x86_64";

  /** QEMU's seccomp filter: no old system calls, no new privileges, no children, no scheduling. */
  static final String SANDBOX =
      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

  private final Transport transport;
  private final List<String> all = new ArrayList<>();

  /**
   * A machine without any device.
   *
   * @param name the first words are the program, {@code -name} and this, by which a sweep knows it
   */
  public QemuCommand(String name, Transport transport) {
    this.transport = transport;
    add(PROGRAM, "-name", name);
    add("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-sandbox", SANDBOX);
  }

  /** Adds words that only this machine has. */
  public QemuCommand add(String... words) {
    all.addAll(List.of(words));
    return this;
  }

  /**
   * Processors and memory. The memory is a file without a name, which whoever may read the
   * process's memory can save and fill ({@link GuestMemory}).
   *
   * @param accelerator {@code tcg} or {@code kvm}
   * @param options more of QEMU's options of a {@code microvm}, or an empty text
   */
  public QemuCommand machine(String accelerator, int vcpus, int memoryMib, String options) {
    // A microvm with PCI starts a fifth sooner than a q35 and shows the same devices
    // (docs/performance.md).
    String bus = transport == Transport.PCI ? ",pcie=on" : "";
    add("-machine", "microvm" + bus + options + ",memory-backend=memory");
    add("-object", "memory-backend-memfd,id=memory,size=" + memoryMib + "M");
    boolean tcg = accelerator.equals("tcg");
    // thread=single is faster for one vCPU and cannot serve more (lab: 0.8 s instead of 1.0 to the
    // ssh banner).
    String thread = vcpus == 1 ? "single" : "multi";
    add("-accel", tcg ? "tcg,thread=" + thread + ",tb-size=" + translationMib(memoryMib) : "kvm");
    return add("-cpu", tcg ? "max" : "host")
        .add("-smp", Integer.toString(vcpus), "-m", memoryMib + "M");
  }

  /**
   * MiB of translated code that an emulated machine keeps; when it is full it begins anew. QEMU's
   * own bound is 1 GiB, however small the guest is.
   */
  public static int translationMib(int memoryMib) {
    return Math.clamp(memoryMib / 4, 64, 512);
  }

  /**
   * Lets an emulated guest's clock go with its instructions, at about the host's rate. So the guest
   * can measure it however busy the host is: otherwise Linux fails to, and then hangs for good,
   * unless its command line tells it the rate. For one processor only: several find their clocks
   * apart.
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
   * A network card on a TAP that is there already.
   *
   * @param mac null for one that QEMU makes up
   * @param more further properties of the device, each behind a comma, or an empty text
   */
  public QemuCommand network(String id, String tap, @Nullable String mac, String more) {
    // vhost=on aborts QEMU where the host's kernel has no vhost_net.
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
      // Modern devices only: 1af4:1041, 1042 and 1044, as Firecracker shows them.
      case PCI -> add("-device", "virtio-" + kind + "-pci,disable-legacy=on," + properties);
    };
  }

  /**
   * A group of disks that together move no more than {@code rate}; null for no limit yet. QMP
   * changes it as the property {@code limits} of {@code /objects/ID}.
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
   * What a console or QMP is connected to.
   *
   * @param options of this kind, each behind a comma, or an empty text
   */
  public QemuCommand channel(String kind, String id, String options) {
    return add("-chardev", kind + ",id=" + id + options);
  }

  /** It waits for {@link DeviceState#load}, its memory filled before. */
  public QemuCommand incoming() {
    all.addAll(DeviceState.INCOMING);
    return this;
  }

  public List<String> words() {
    return List.copyOf(all);
  }

  /** QEMU's own quoting: a comma in a value is written twice. */
  public static String comma(Path path) {
    return path.toString().replace(",", ",,");
  }
}
