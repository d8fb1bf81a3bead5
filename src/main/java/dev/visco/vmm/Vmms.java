package dev.visco.vmm;

import dev.visco.host.ProcessRef;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** Every driver of this host: QEMU, and one for each Firecracker release that was added. */
public final class Vmms {
  private final Vmm qemu;
  private final Function<String, Vmm> releases;
  private final Supplier<? extends Collection<? extends Vmm>> all;

  /**
   * @param releases the driver of an added release by its name; refuses a name that nobody has
   * @param all the drivers of all added releases
   */
  public Vmms(
      Vmm qemu, Function<String, Vmm> releases, Supplier<? extends Collection<? extends Vmm>> all) {
    this.qemu = qemu;
    this.releases = releases;
    this.all = all;
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

  /** The host's own QEMU first. */
  public List<Vmm> all() {
    var drivers = new ArrayList<Vmm>(List.of(qemu));
    drivers.addAll(all.get());
    return drivers;
  }

  /** As {@link Vmm#recover}, by the driver that started it. */
  public Optional<MachineHandle> recover(MachineRef machine) {
    return of(machine).recover(machine);
  }

  /** As {@link Vmm#handle}, by the driver that started it. */
  public MachineHandle handle(MachineRef machine) {
    return of(machine).handle(machine);
  }

  /** As {@link Vmm#running}, whichever driver started them. */
  public Map<VmId, ProcessRef> running(InstallationId installation) {
    var found = new TreeMap<>(qemu.running(installation));
    all.get().forEach(vmm -> vmm.running(installation).forEach(found::putIfAbsent));
    return found;
  }

  /** As {@link Vmm#end}, whichever driver started it. */
  public void end(InstallationId installation, VmId id, Path folder, Duration grace) {
    all.get().forEach(vmm -> vmm.end(installation, id, folder, grace));
    qemu.end(installation, id, folder, grace);
  }
}
