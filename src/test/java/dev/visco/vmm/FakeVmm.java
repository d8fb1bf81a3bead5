package dev.visco.vmm;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.MachineOption;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A driver whose machines are entries in a map: they run, pause, are written down and end. It takes
 * raw disks only and may lack PCI, as a Firecracker release does.
 */
public final class FakeVmm implements Vmm, VmmFamily {
  private final String release;
  private final Set<Transport> transports;
  private final Map<VmId, Machine> machines = new TreeMap<>();
  private long pids = 5000;

  public FakeVmm(String release, Set<Transport> transports) {
    this.release = release;
    this.transports = EnumSet.copyOf(transports);
  }

  @Override
  public VmmFamily family() {
    return this;
  }

  @Override
  public Optional<String> nameOf(RunningProcess process) {
    return Optional.of(process.arguments().getFirst()).filter(it -> it.endsWith("firecracker"));
  }

  @Override
  public String name() {
    return "firecracker";
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        transports, Set.of(BootSpec.DiskFormat.RAW), false, EnumSet.allOf(MachineOption.class));
  }

  @Override
  public boolean emulates(BootSpec spec) {
    return false;
  }

  @Override
  public String kernelCommandLine(BootSpec spec) {
    return "console=ttyS0 " + String.join(" ", spec.bootArgs());
  }

  @Override
  public MachineHandle launch(BootSpec spec) {
    return start(spec, "booted");
  }

  private Machine start(BootSpec spec, String memory) {
    for (BootSpec.Disk disk : spec.disks()) {
      if (disk.format() != BootSpec.DiskFormat.RAW || !Files.exists(disk.file())) {
        throw new HostFault(disk + " is no raw disk");
      }
    }
    return run(spec.id(), memory);
  }

  /** A machine that nobody launched here, like one of an earlier daemon. */
  public Machine run(VmId id, String memory) {
    pids++;
    var machine = new Machine(id, new ProcessRef(pids, pids, "boot"), memory);
    machines.put(id, machine);
    return machine;
  }

  @Override
  public void requireRestorable(BootSpec spec, Path snapshot) {
    if (SnapshotParts.isListed(snapshot)) {
      SnapshotParts.require(snapshot);
    }
    if (!Files.isRegularFile(snapshot.resolve("memory"))) {
      throw new HostFault("no snapshot: " + snapshot.resolve("memory"));
    }
  }

  @Override
  public MachineHandle restore(BootSpec spec, Path snapshot) {
    try {
      return start(spec, Files.readString(snapshot.resolve("memory")));
    } catch (IOException e) {
      throw new HostFault("no snapshot: " + e.getMessage(), e);
    }
  }

  @Override
  public MachineHandle load(BootSpec spec, Path snapshot) {
    MachineHandle machine = restore(spec, snapshot);
    machine.pause();
    return machine;
  }

  @Override
  public Optional<MachineHandle> recover(MachineRef ref) {
    return Optional.of(handle(ref)).filter(MachineHandle::isAlive);
  }

  @Override
  public MachineHandle handle(MachineRef ref) {
    return machines.values().stream()
        .filter(machine -> machine.ref().equals(ref))
        .findFirst()
        .orElseGet(() -> new Machine(new VmId("vm-00000000"), ref.process(), ""));
  }

  @Override
  public Map<VmId, ProcessRef> running(InstallationId installation) {
    var found = new TreeMap<VmId, ProcessRef>();
    machines.forEach((id, machine) -> found.put(id, machine.process));
    return found;
  }

  @Override
  public void end(InstallationId installation, VmId id, Path folder, Duration grace) {
    machines.remove(id);
  }

  public List<VmId> machines() {
    return List.copyOf(machines.keySet());
  }

  /** What its guest has in memory; it changes as it works. */
  public String memory(VmId id) {
    return Objects.requireNonNull(machines.get(id)).memory;
  }

  public void work(VmId id, String memory) {
    Objects.requireNonNull(machines.get(id)).memory = memory;
  }

  /** One entry. */
  public final class Machine implements MachineHandle {
    private final VmId id;
    private final ProcessRef process;
    private String memory;
    private boolean isPaused;

    private Machine(VmId id, ProcessRef process, String memory) {
      this.id = id;
      this.process = process;
      this.memory = memory;
    }

    @Override
    public MachineRef ref() {
      return new MachineRef("firecracker", "kvm", process, Path.of("/none"), release);
    }

    @Override
    public boolean isAlive() {
      return machines.get(id) == this;
    }

    @Override
    public String status() {
      return isPaused ? "paused" : "running";
    }

    @Override
    public void pause() {
      isPaused = true;
    }

    @Override
    public void resume() {
      isPaused = false;
    }

    @Override
    public void snapshot(Path folder) {
      if (!isPaused) {
        throw new HostFault("a machine that runs cannot be written down");
      }
      DurableFiles.write(
          folder.resolve("memory"), memory.getBytes(StandardCharsets.UTF_8), "rw-------");
    }

    @Override
    public void resizeDisk(int number, long bytes) {
      throw new HostFault("this machine has no disks");
    }

    @Override
    public void stop(Duration grace) {
      machines.remove(id, this);
    }
  }
}
