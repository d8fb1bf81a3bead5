package dev.visco.vmm.firecracker;

import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.VmmFamily;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The Firecracker machines of this host, of every release, also of those that were removed: found
 * by the value of {@code --id}.
 */
public final class FirecrackerFamily implements VmmFamily {
  private final Host host;
  private final Cgroups cgroups;

  public FirecrackerFamily(Host host) {
    this(host, Cgroups.ofHost());
  }

  FirecrackerFamily(Host host, Cgroups cgroups) {
    this.host = host;
    this.cgroups = cgroups;
  }

  @Override
  public String name() {
    return "firecracker";
  }

  @Override
  public Map<VmId, ProcessRef> running(InstallationId installation) {
    var found = new TreeMap<VmId, ProcessRef>();
    host.processes()
        .forEach(process ->
            Invocation.machine(process, installation)
                .ifPresent(id -> found.putIfAbsent(id, process.ref())));
    return found;
  }

  @Override
  public void end(InstallationId installation, VmId id, Path folder, Duration grace) {
    Path run = RunFolder.in(folder).path();
    String name = Invocation.name(installation, id);
    host.processes().stream()
        .filter(process -> Invocation.machine(process, installation).filter(id::equals).isPresent())
        .forEach(process ->
            FirecrackerMachine.end(host, process.ref(), Jail.findSocket(run, name), grace));
    FirecrackerMachine.remove(host, cgroups, run, Optional.of(name));
  }

  @Override
  public Optional<String> nameOf(RunningProcess process) {
    return Optional.of(process.arguments().getFirst()).filter(it -> it.endsWith("firecracker"));
  }
}
