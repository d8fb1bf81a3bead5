package dev.visco.vmm.qemu;

import dev.visco.host.LinuxHost;
import dev.visco.model.InstallationId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.SpecBuilder;
import dev.visco.wire.Json;
import java.nio.file.Path;

/**
 * A daemon that launches or restores one machine, tells its reference, and dies at once without
 * closing anything.
 */
final class LaunchAndHalt {
  private LaunchAndHalt() {}

  /**
   * Installation, namespace, uid, kernel, initrd, the VM's folder, the driver's cache, and the
   * snapshot to restore, if any.
   */
  public static void main(String[] arguments) {
    var spec = new SpecBuilder();
    spec.installation = new InstallationId(arguments[0]);
    spec.netns = arguments[1];
    spec.uid = Integer.parseInt(arguments[2]);
    spec.kernel = Path.of(arguments[3]);
    spec.initrd = Path.of(arguments[4]);
    spec.folder = Path.of(arguments[5]);
    spec.disks = java.util.List.of();
    var qemu = new Qemu(new LinuxHost(), Path.of(arguments[6]), "tcg");
    MachineHandle machine =
        arguments.length == 7
            ? qemu.launch(spec.build())
            : qemu.restore(spec.build(), Path.of(arguments[7]));
    System.out.println(Json.line(machine.ref()));
    System.out.flush();
    Runtime.getRuntime().halt(9);
  }
}
