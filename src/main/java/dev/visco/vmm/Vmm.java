package dev.visco.vmm;

import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.time.Duration;
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
   * Whether software emulation would run this guest. The first call for a kernel may take seconds,
   * in which it is tried.
   *
   * @throws dev.visco.model.Refused when it could not be run at all
   */
  boolean emulates(BootSpec spec);

  /**
   * The whole kernel command line that the guest will see: the spec's parameters and the VMM's own.
   *
   * @throws dev.visco.model.Refused when it cannot be one: two roots, or longer than a kernel reads
   */
  String kernelCommandLine(BootSpec spec);

  /**
   * The kernel command line that the VMM is told; it adds its own words to it where {@link
   * #kernelCommandLine} has more.
   */
  default String bootArguments(BootSpec spec) {
    return kernelCommandLine(spec);
  }

  /**
   * Starts the machine and returns once its control socket answers. Whatever of an earlier, broken
   * start of the same VM is still there (process, sockets) is ended first; of a start that fails
   * nothing is left but its logs.
   *
   * @throws dev.visco.host.HostFault when it ended or stayed silent; the message quotes its log
   * @throws dev.visco.model.Refused when this spec can start nowhere, or not on this host
   */
  MachineHandle launch(BootSpec spec);

  /**
   * Starts the machine from what {@link MachineHandle#snapshot} wrote, and returns once it runs.
   * Only the release that wrote a snapshot is sure to read it.
   *
   * @param spec as it was launched, but for TAP, namespace, uid and files, which may be others
   */
  MachineHandle restore(BootSpec spec, Path snapshot);

  /**
   * Refuses what {@link #restore} could not start from, before anything is changed: a snapshot of
   * which a file is missing, cut or changed, one that another release wrote, and one that is of
   * another machine. All of it is read.
   *
   * @throws dev.visco.host.HostFault when the snapshot is not whole
   * @throws dev.visco.model.Refused when it is, and cannot be restored as this machine or here
   */
  void requireRestorable(BootSpec spec, Path snapshot);

  /** The running machine of this VM after a restart of the daemon; empty when none runs. */
  Optional<MachineHandle> recover(MachineRef ref);

  /**
   * A handle on this machine, whether it still runs or not: to stop it and to remove what it left.
   */
  MachineHandle handle(MachineRef ref);

  /**
   * Every machine of this installation that runs now, by VM, whether somebody knows it or not. Only
   * the process is told: any process can call itself anything, so that nothing else that its
   * argument list says is to be believed.
   */
  Map<VmId, ProcessRef> running(InstallationId installation);

  /**
   * Ends whatever there is of this VM's machine, recorded or not, running or started half: its
   * process, its control socket, and the process that keeps its console. Logs stay.
   *
   * @param folder the VM's own folder, as {@link BootSpec#folder()} had it; it need not exist
   * @param grace how long the machine may take to end by itself before it is killed
   */
  void end(InstallationId installation, VmId id, Path folder, Duration grace);
}
