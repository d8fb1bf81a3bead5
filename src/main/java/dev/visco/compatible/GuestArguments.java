package dev.visco.compatible;

import dev.visco.compatible.GuestPlan.Device;
import dev.visco.compatible.GuestPlan.PlannedBalloon;
import dev.visco.compatible.GuestPlan.PlannedDisk;
import dev.visco.compatible.GuestPlan.PlannedEntropy;
import dev.visco.compatible.GuestPlan.PlannedNetwork;
import dev.visco.compatible.GuestPlan.PlannedVsock;
import dev.visco.model.Transport;
import dev.visco.vmm.qemu.QemuCommand;
import dev.visco.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link GuestPlan} as QEMU's argument list. QEMU starts with stopped processors, so that no
 * event is lost before the connection is made.
 *
 * @param fromSnapshot whether it waits for a state; kernel and initrd need not exist then
 * @param console a file to append to, empty for standard input and output
 * @param control a unix socket to which QEMU connects
 */
record GuestArguments(GuestPlan plan, boolean fromSnapshot, Optional<Path> console, Path control) {
  /** Firecracker's keyboard controller, by which a guest resets itself. */
  private static final String KEYBOARD = "i8042";

  /** The number of virtio-mmio windows of a microvm with two interrupt controllers. */
  private static final int WINDOWS = 24;

  private boolean bootsAgain() {
    return Files.isRegularFile(plan.kernel())
        && (plan.initrd() == null || Files.isRegularFile(plan.initrd()));
  }

  List<String> render() {
    var command =
        new QemuCommand(
            "visco-firecracker-compatible", plan.pci() ? Transport.PCI : Transport.MMIO);
    // Unlike QEMU's own way, the guest's line is left as it is: Linux finds the devices by ACPI.
    // The second interrupt controller makes room for 24 devices on MMIO instead of 8.
    // For several processors see LinuxClock. A line that tells a rate means the host's counter.
    if (plan.vcpus() == 1 && !plan.commandLine().contains("tsc_early_khz=")) {
      command.clockByInstructions();
    }
    String memory = QemuCommand.ownMemory(plan.memoryMib());
    command.machine(
        "tcg", plan.vcpus(), plan.memoryMib(), memory, ",auto-kernel-cmdline=off,ioapic2=on");
    if (fromSnapshot) {
      command.incoming();
    }
    // A guest saved while its firmware was reading the kernel goes on reading it.
    if (!fromSnapshot || bootsAgain()) {
      command.kernel(plan.kernel(), plan.initrd(), plan.commandLine());
    }
    command.add("-device", KEYBOARD);
    for (int at = 0; at < plan.devices().size(); at++) {
      device(command, plan.devices().get(at), at);
    }
    if (console.isPresent()) {
      command.channel("file", "console", ",append=on,path=" + QemuCommand.comma(console.get()));
    } else {
      command.channel("stdio", "console", ",signal=off");
    }
    command.add("-serial", "chardev:console");
    command.channel("socket", "control", ",path=" + QemuCommand.comma(control));
    command.add("-mon", "chardev=control,mode=control");
    // A guest that powers itself off stays there, as on Firecracker, which knows no power button. A
    // triple fault is only told in this log, on standard error.
    command.add("-S", "-no-shutdown", "-d", "cpu_reset");
    return command.words();
  }

  /**
   * As Firecracker attaches them: on PCI from 00:01.0 on, on MMIO in the order in which Linux finds
   * them.
   */
  private void device(QemuCommand command, Device device, int at) {
    String place =
        plan.pci()
            ? ",addr=" + Integer.toHexString(at + 1)
            : ",bus=virtio-mmio-bus." + (WINDOWS - 1 - at);
    String id = ",id=" + deviceId(at) + place;
    switch (device) {
      case PlannedBalloon balloon ->
          command.device(
              "balloon", "deflate-on-oom=" + (balloon.deflatesOnOutOfMemory() ? "on" : "off") + id);
      case PlannedDisk disk -> {
        command.throttleGroup(throttleId(at), disk.rate());
        command.add("-blockdev", Json.line(blockNode(disk, nodeName(at, 0), throttleId(at))));
        command.device("blk", "drive=" + nodeName(at, 0) + id);
      }
      case PlannedNetwork network -> command.network("net" + at, network.tap(), network.mac(), id);
      case PlannedEntropy entropy -> command.entropy("rng" + at, id);
      // QEMU has it only by the host kernel's vhost-vsock, and without Firecracker's socket. Its
      // place stays empty, so that the devices behind it are where they belong.
      case PlannedVsock vsock -> {}
    }
  }

  /** The name of a device of the plan in QMP. */
  static String deviceId(int at) {
    return "device" + at;
  }

  /** The name of a disk's limits in QMP. */
  static String throttleId(int at) {
    return "rate" + at;
  }

  /** The name of a disk's file in QMP; each change of the file has another number. */
  static String nodeName(int at, int change) {
    return "disk" + at + "-" + change;
  }

  /**
   * A raw file with a rate limit. It is not locked: Firecracker locks no files, which its clients
   * rely on when they load a snapshot several times.
   */
  static Map<String, Object> blockNode(PlannedDisk disk, String name, String throttle) {
    return Map.of(
        "driver",
        "throttle",
        "node-name",
        name,
        "throttle-group",
        throttle,
        "read-only",
        disk.readOnly(),
        "file",
        Map.of(
            "driver",
            "raw",
            "read-only",
            disk.readOnly(),
            "file",
            Map.of(
                "driver",
                "file",
                "filename",
                disk.file().toString(),
                "read-only",
                disk.readOnly(),
                "locking",
                "off")));
  }
}
