package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import java.util.Map;
import java.util.Optional;

/**
 * A virtual machine monitor: what every driver offers to the life cycle. All calls are safe to
 * repeat.
 */
public interface Vmm {
  /** Its name in rows and reports, like {@code qemu}. */
  String name();

  Capabilities capabilities();

  /**
   * The whole kernel command line that the guest will see: the spec's parameters and the VMM's own.
   */
  String kernelCommandLine(BootSpec spec);

  /**
   * Starts the machine and returns once its control socket answers. Whatever of an earlier, broken
   * start of the same VM is still there (process, sockets) is ended first.
   *
   * @throws dev.visco.host.HostFault when it ended or stayed silent; the message quotes its log
   */
  MachineHandle launch(BootSpec spec);

  /** The running machine of this VM after a restart of the daemon; empty when none runs. */
  Optional<MachineHandle> recover(MachineRef ref);

  /**
   * A handle on this machine, whether it still runs or not: to stop it and to remove what it left.
   */
  MachineHandle handle(MachineRef ref);

  /** Every machine of this installation that runs now, by VM, whether somebody knows it or not. */
  Map<VmId, MachineRef> running(InstallationId installation);
}
