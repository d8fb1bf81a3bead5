package dev.visco.vmm.qemu;

import dev.visco.model.BootSpec;
import dev.visco.model.KernelCommandLine;
import dev.visco.model.Rate;
import dev.visco.vmm.EmulatedKernel;
import dev.visco.vmm.RunFolder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A machine as an argument list of {@code qemu-system-x86_64} 7.2 or newer. Rendered without I/O,
 * so that tests can check it.
 *
 * @param accelerator {@code tcg} or {@code kvm}
 * @param tscKhz the rate of the host's time stamp counter, 0 when unknown
 */
record QemuArguments(BootSpec spec, String accelerator, long tscKhz, StartFrom start) {
  /** What a machine starts from; kernel and initramfs need not exist unless it boots. */
  enum StartFrom {
    KERNEL,
    /** It waits for a state, and for its memory to be filled. */
    SNAPSHOT,
    /** It waits for a state; its memory is that of a snapshot, as descriptor 3. */
    SHARED_SNAPSHOT
  }

  /** The name of a machine among the host's processes. */
  static String name(BootSpec spec) {
    return "visco-" + spec.installation() + "-" + spec.id();
  }

  /** The kernel's parameters, Visco's before the spec's. */
  String commandLine() {
    var words = new ArrayList<>(List.of("console=ttyS0", "reboot=t", "panic=-1", "loglevel=7"));
    if (accelerator.equals("tcg")) {
      // On a busy host an emulated guest cannot measure its clock's rate and then hangs for ever,
      // so it is given the rate.
      if (tscKhz > 0) {
        words.add("tsc_early_khz=" + tscKhz);
      }
      words.addAll(List.of("tsc=reliable", "no_timer_check"));
      words.addAll(EmulatedKernel.PARAMETERS);
    }
    words.addAll(spec.bootArgs());
    String line = KernelCommandLine.of(words);
    return KernelCommandLine.requireReadable(line, line);
  }

  /** What a disk is called in QMP. */
  static String disk(int number) {
    return "disk" + number;
  }

  List<String> render() {
    RunFolder run = RunFolder.of(spec);
    var command = new QemuCommand(name(spec), spec.transport());
    int mib = spec.memoryMib();
    String memory =
        start == StartFrom.SHARED_SNAPSHOT
            ? QemuCommand.sharedMemory(mib)
            : QemuCommand.ownMemory(mib);
    command.machine(accelerator, spec.vcpus(), mib, memory, "");
    if (start == StartFrom.KERNEL) {
      command.kernel(spec.kernel(), spec.initrd(), commandLine());
    } else {
      command.incoming();
    }
    int number = 0;
    for (BootSpec.Disk disk : spec.disks()) {
      disk(command, disk(number++), disk);
    }
    command.network("net0", spec.tap(), spec.mac().toString(), "");
    command.entropy("rng0", "");
    if (spec.options().balloon()) {
      // Memory that the guest frees is returned to the host.
      command.device("balloon", "id=balloon0,deflate-on-oom=on,free-page-reporting=on");
    }
    command.channel("file", "console", ",append=on,path=" + QemuCommand.comma(run.fifo()));
    command.add("-serial", "chardev:console");
    command.channel("socket", "qmp", ",server=on,wait=off,path=" + QemuCommand.comma(run.socket()));
    command.add("-mon", "chardev=qmp,mode=control");
    return command.words();
  }

  private void disk(QemuCommand command, String id, BootSpec.Disk disk) {
    String format =
        switch (disk.format()) {
          case RAW -> "raw";
          case QCOW2 -> "qcow2";
        };
    String readOnly = ",readonly=" + (disk.readOnly() ? "on" : "off");
    command.add(
        "-drive",
        "if=none,id="
            + id
            + ",format="
            + format
            + readOnly
            + throttling(spec.options().diskRate())
            + ",discard=unmap,file="
            + QemuCommand.comma(disk.file()));
    // A request that fails stops the guest instead of being told to it: see QemuMachine.standstill.
    command.device("blk", "drive=" + id + ",werror=stop,rerror=stop");
  }

  /** Zero means no limit, to QEMU as well. */
  private static String throttling(@Nullable Rate rate) {
    return rate == null
        ? ""
        : ",throttling.bps-total=%d,throttling.iops-total=%d"
            .formatted(rate.bytesPerSecond(), rate.operationsPerSecond());
  }
}
