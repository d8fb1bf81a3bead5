package dev.visco.vmm.qemu;

import dev.visco.model.BootSpec;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.vmm.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine as an argument list of {@code qemu-system-x86_64} 7.2 or newer. Pure: what is started
 * is what a test reads.
 *
 * @param accelerator {@code tcg} or {@code kvm}
 * @param tscKhz the host's time stamp counter's rate, 0 when it is not known
 */
record QemuArguments(BootSpec spec, String accelerator, long tscKhz) {
  /** Linux's COMMAND_LINE_SIZE on x86 (arch/x86/include/asm/setup.h), its final NUL included. */
  private static final int COMMAND_LINE_BYTES = 2048;

  /** QEMU's seccomp filter: no old system calls, no new privileges, no children, no scheduling. */
  static final String SANDBOX =
      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

  static final String PROGRAM = "qemu-system-x86_64";

  /** The name under which a machine is found among the host's processes. */
  static String name(BootSpec spec) {
    return "visco-" + spec.installation() + "-" + spec.id();
  }

  /** The kernel's parameters, ours before the spec's. */
  String commandLine() {
    var words = new ArrayList<>(List.of("console=ttyS0", "reboot=t", "panic=-1", "loglevel=7"));
    if (accelerator.equals("tcg")) {
      // On a busy host an emulated guest fails to measure its own clock and then hangs for good, so
      // it is told.
      if (tscKhz > 0) {
        words.add("tsc_early_khz=" + tscKhz);
      }
      words.addAll(List.of("tsc=reliable", "no_timer_check"));
    }
    words.addAll(spec.bootArgs());
    List<String> roots = words.stream().filter(word -> word.startsWith("root=")).toList();
    if (roots.size() > 1) {
      throw Refused.invalid(
          "bootArgs",
          roots.getLast(),
          "is a second root; the image already says " + roots.getFirst(),
          "Leave it out.");
    }
    String line = String.join(" ", words);
    if (line.length() >= COMMAND_LINE_BYTES) {
      throw Refused.invalid(
          "bootArgs",
          line.substring(line.length() - 40),
          "ends a kernel command line of "
              + line.length()
              + " bytes; a kernel reads "
              + (COMMAND_LINE_BYTES - 1),
          "Give fewer or shorter boot arguments.");
    }
    return line;
  }

  List<String> render() {
    boolean tcg = accelerator.equals("tcg");
    RunFolder run = RunFolder.of(spec);
    var all = new ArrayList<String>();
    // In this order: the sweep knows a machine by these three words.
    all.addAll(List.of(PROGRAM, "-name", name(spec)));
    all.addAll(List.of("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"));
    all.addAll(List.of("-sandbox", SANDBOX));
    all.addAll(List.of("-machine", machine()));
    // thread=single is faster for one vCPU and cannot serve more (lab: 0.8 s instead of 1.0 to the
    // ssh banner).
    all.addAll(
        List.of("-accel", tcg ? "tcg,thread=" + (spec.vcpus() == 1 ? "single" : "multi") : "kvm"));
    all.addAll(List.of("-cpu", tcg ? "max" : "host"));
    all.addAll(List.of("-smp", Integer.toString(spec.vcpus()), "-m", spec.memoryMib() + "M"));
    all.addAll(List.of("-kernel", spec.kernel().toString()));
    if (spec.initrd() != null) {
      all.addAll(List.of("-initrd", spec.initrd().toString()));
    }
    all.addAll(List.of("-append", commandLine()));
    disks(all);
    // vhost=on aborts QEMU where the host's kernel has no vhost_net.
    all.addAll(
        List.of(
            "-netdev", "tap,id=net0,ifname=" + spec.tap() + ",script=no,downscript=no,vhost=off"));
    String network = device("net", "netdev=net0,mac=" + spec.mac());
    all.addAll(
        List.of("-device", spec.transport() == Transport.PCI ? network + ",romfile=" : network));
    all.addAll(List.of("-object", "rng-random,id=rng0,filename=/dev/urandom"));
    all.addAll(List.of("-device", device("rng", "rng=rng0")));
    all.addAll(List.of("-chardev", "file,id=console,append=on,path=" + comma(run.fifo())));
    all.addAll(List.of("-serial", "chardev:console"));
    all.addAll(List.of("-chardev", "socket,id=qmp,server=on,wait=off,path=" + comma(run.socket())));
    all.addAll(List.of("-mon", "chardev=qmp,mode=control"));
    return all;
  }

  private String machine() {
    // A microvm with PCI starts a fifth sooner than a q35 and shows the same devices
    // (docs/performance.md).
    return spec.transport() == Transport.PCI ? "microvm,pcie=on" : "microvm";
  }

  private void disks(List<String> all) {
    int number = 0;
    for (BootSpec.Disk disk : spec.disks()) {
      String id = "disk" + number++;
      String format =
          switch (disk.format()) {
            case RAW -> "raw";
            case QCOW2 -> "qcow2";
          };
      all.addAll(
          List.of(
              "-drive",
              "if=none,id="
                  + id
                  + ",format="
                  + format
                  + ",readonly="
                  + (disk.readOnly() ? "on" : "off")
                  + ",discard=unmap,file="
                  + comma(disk.file())));
      all.addAll(List.of("-device", device("blk", "drive=" + id)));
    }
  }

  private String device(String kind, String properties) {
    return switch (spec.transport()) {
      case MMIO -> "virtio-" + kind + "-device," + properties;
      // Modern devices only: 1af4:1041, 1042 and 1044, as Firecracker shows them.
      case PCI -> "virtio-" + kind + "-pci,disable-legacy=on," + properties;
    };
  }

  /** QEMU's own quoting: a comma in a value is written twice. */
  private static String comma(Path path) {
    return path.toString().replace(",", ",,");
  }
}
