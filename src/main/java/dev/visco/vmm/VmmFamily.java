package dev.visco.vmm;

import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * All machines of one kind of VMM on this host, whichever release of it and whichever daemon
 * started them: they are found by their names among the host's processes. All calls are safe to
 * repeat.
 */
public interface VmmFamily {
  /** The kind's name in rows and reports, as in {@link MachineRef#vmm()}: {@code qemu}. */
  String name();

  /**
   * Every machine of this installation that runs now, by VM, recorded or not. Only the process is
   * given: its argument list names the VM, and any process can write anything else there.
   */
  Map<VmId, ProcessRef> running(InstallationId installation);

  /**
   * Ends whatever there is of this VM's machine, recorded or not, running or half started: its
   * process, its control socket, and the process that writes its console file. Logs stay.
   *
   * @param folder the VM's own folder, as in {@link BootSpec#folder()}; it need not exist
   * @param grace how long the machine may take to end by itself before it is killed
   */
  void end(InstallationId installation, VmId id, Path folder, Duration grace);

  /**
   * The name of a process that looks like a VMM of this kind, whoever started it; empty for any
   * other process. For reports only: a process can name itself as it likes.
   */
  Optional<String> nameOf(RunningProcess process);
}
