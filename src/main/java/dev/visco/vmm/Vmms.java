package dev.visco.vmm;

import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Every VMM of this host: the driver of its QEMU, one driver for each Firecracker release that was
 * added, and the machines of both kinds.
 */
public final class Vmms {
  private final Vmm qemu;
  private final VmmFamily firecracker;
  private final Function<String, Vmm> releases;

  /**
   * @param firecracker the machines of all releases, also of those that were removed
   * @param releases the driver of an added release by its name; refuses an unknown name
   */
  public Vmms(Vmm qemu, VmmFamily firecracker, Function<String, Vmm> releases) {
    this.qemu = qemu;
    this.firecracker = firecracker;
    this.releases = releases;
  }

  /**
   * The driver of a release.
   *
   * @throws dev.visco.model.Refused when there is no such release
   */
  public Vmm named(String release) {
    return release.equals(VmSpec.QEMU) ? qemu : releases.apply(release);
  }

  /** The driver that started this machine. */
  public Vmm of(MachineRef machine) {
    return named(machine.release());
  }

  /** As {@link Vmm#recover}, by the driver that started it. */
  public Optional<MachineHandle> recover(MachineRef machine) {
    return of(machine).recover(machine);
  }

  /** As {@link Vmm#handle}, by the driver that started it. */
  public MachineHandle handle(MachineRef machine) {
    return of(machine).handle(machine);
  }

  /** As {@link VmmFamily#running}, of every kind. */
  public Map<VmId, ProcessRef> running(InstallationId installation) {
    var found = new TreeMap<VmId, ProcessRef>();
    families().forEach(family -> family.running(installation).forEach(found::putIfAbsent));
    return found;
  }

  /** As {@link VmmFamily#end}, of every kind. */
  public void end(InstallationId installation, VmId id, Path folder, Duration grace) {
    families().forEach(family -> family.end(installation, id, folder, grace));
  }

  /** As {@link VmmFamily#nameOf}, by the first kind that the process looks like. */
  public Optional<String> nameOf(RunningProcess process) {
    return families().stream().flatMap(family -> family.nameOf(process).stream()).findFirst();
  }

  private List<VmmFamily> families() {
    return List.of(qemu.family(), firecracker);
  }
}
