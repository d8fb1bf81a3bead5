package dev.visco.vmm.qemu;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.Tail;
import dev.visco.host.Waiting;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.Standstill;
import dev.visco.vmm.VmmLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/** A QEMU process and its machine. */
final class QemuMachine implements MachineHandle {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration KILL = Duration.ofSeconds(10);
  private final Host host;
  private final Cgroups cgroups;
  private final MachineRef ref;

  QemuMachine(Host host, Cgroups cgroups, MachineRef ref) {
    this.host = host;
    this.cgroups = cgroups;
    this.ref = ref;
  }

  @Override
  public MachineRef ref() {
    return ref;
  }

  @Override
  public boolean isAlive() {
    return host.isAlive(ref.process());
  }

  @Override
  public String status() {
    return execute("query-status").path("status").asString();
  }

  /**
   * Its disks have {@code werror=stop,rerror=stop}: QEMU stops the guest at a request that fails,
   * keeps the request, and says {@code io-error}; each disk has its own {@code io-status} (QEMU,
   * {@code qapi/run-state.json}, {@code qapi/block-core.json}).
   */
  @Override
  public Standstill standstill() {
    try (Qmp qmp = Qmp.connect(ref.socket(), ANSWER)) {
      String status = qmp.execute("query-status").path("status").asString();
      if (status.equals("paused")) {
        return Standstill.PAUSED;
      }
      if (!status.equals("io-error")) {
        return Standstill.NONE;
      }
      for (JsonNode disk : qmp.execute("query-block")) {
        if (disk.path("io-status").asString("").equals("failed")) {
          return Standstill.DISK_ERROR;
        }
      }
      return Standstill.NO_SPACE;
    } catch (IOException e) {
      throw new HostFault("QEMU's control socket " + ref.socket() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void pause() {
    execute("stop");
  }

  @Override
  public void resume() {
    execute("cont");
  }

  @Override
  public void snapshot(Path folder) {
    try (Qmp qmp = Qmp.connect(ref.socket(), ANSWER)) {
      String status = qmp.execute("query-status").path("status").asString();
      if (!status.equals("paused")) {
        throw new Refused(
            new Refusal.Conflict(
                "The machine is " + status + "; only a paused one can be saved.",
                "Pause it first."));
      }
      new QemuSnapshot(folder).write(host, ref, qmp);
    } catch (IOException e) {
      throw new HostFault("cannot write a snapshot into " + folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Loads what {@link #snapshot} wrote into a machine that waits for it; it stays paused.
   *
   * @param hasMemory whether it was started with the snapshot's memory
   */
  void load(QemuSnapshot snapshot, QemuSnapshot.About about, boolean hasMemory) {
    Path socket = folder().path().resolve("state.sock");
    try (Qmp qmp = Qmp.connect(ref.socket(), ANSWER)) {
      QemuSnapshot.requireVersion(about, QemuSnapshot.version(qmp));
      if (!hasMemory) {
        GuestMemory.of(ref.process().pid(), about.memoryMib()).fill(snapshot.memory());
      }
      DeviceState.load(qmp, socket, snapshot.state());
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      Waiting.until(KILL, () -> !isAlive()); // Its log contains why it ended.
      Path vmFolder = Objects.requireNonNull(folder().path().getParent());
      throw new HostFault(
          "QEMU could not load the snapshot: " + Tail.said(vmFolder.resolve("vmm.log")), e);
    }
  }

  /** {@code block_resize} of QEMU's {@code qapi/block-core.json}; a file that is so long stays. */
  @Override
  public void resizeDisk(int number, long bytes) {
    VmmLimits.allowFileOf(host, ref.process(), bytes);
    execute("block_resize", Map.of("device", QemuArguments.disk(number), "size", bytes));
  }

  private JsonNode execute(String command) {
    return execute(command, Map.of());
  }

  private JsonNode execute(String command, Map<String, ?> arguments) {
    try (Qmp qmp = Qmp.connect(ref.socket(), ANSWER)) {
      return qmp.execute(command, arguments);
    } catch (IOException e) {
      throw new HostFault("QEMU's control socket " + ref.socket() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public OptionalLong oomKills() {
    return cgroups.oomKills(Objects.requireNonNull(folder().path().getParent()));
  }

  @Override
  public void stop(Duration grace) {
    Optional<String> group = isAlive() ? Cgroups.nameOf(ref.process().pid()) : Optional.empty();
    end(host, ref.process(), grace);
    folder().remove(host);
    group.ifPresent(cgroups::remove);
    cgroups.removeOf(Objects.requireNonNull(folder().path().getParent()));
  }

  private RunFolder folder() {
    return new RunFolder(Objects.requireNonNull(ref.socket().getParent()));
  }

  @Override
  public void awaitConsole(Duration max) {
    ConsoleLogger.await(host, folder().fifo(), max);
  }

  /**
   * Ends the process. On SIGTERM, which needs no socket, QEMU leaves its disks as consistent as on
   * QMP's quit.
   */
  static void end(Host host, ProcessRef process, Duration grace) {
    host.terminate(process, false);
    if (!Waiting.until(grace, () -> !host.isAlive(process))) {
      host.terminate(process, true);
      if (!Waiting.until(KILL, () -> !host.isAlive(process))) {
        throw new HostFault("QEMU's process " + process.pid() + " outlives SIGKILL");
      }
    }
  }
}
