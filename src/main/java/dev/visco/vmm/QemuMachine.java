package dev.visco.vmm;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** A running QEMU. */
final class QemuMachine implements MachineHandle {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private final Host host;
  private final MachineRef ref;

  QemuMachine(Host host, MachineRef ref) {
    this.host = host;
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
    try (Qmp qmp = Qmp.connect(ref.socket(), ANSWER)) {
      return qmp.execute("query-status").path("status").asString();
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

  private void execute(String command) {
    try (Qmp qmp = Qmp.connect(ref.socket(), ANSWER)) {
      qmp.execute(command);
    } catch (IOException e) {
      throw new HostFault("QEMU's control socket " + ref.socket() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void stop(Duration grace) {
    if (isAlive()) {
      // QEMU leaves its disks consistent on SIGTERM as on QMP's quit, and needs no socket for it.
      host.terminate(ref.process(), false);
      if (!Waiting.until(grace, () -> !isAlive())) {
        host.terminate(ref.process(), true);
        if (!Waiting.until(Duration.ofSeconds(10), () -> !isAlive())) {
          throw new HostFault("QEMU's process " + ref.process().pid() + " outlives SIGKILL");
        }
      }
    }
    Path run = Objects.requireNonNull(ref.socket().getParent());
    endLogger(host, run);
    DurableFiles.deleteTree(run);
  }

  @Override
  public void awaitConsole(Duration most) {
    Path run = Objects.requireNonNull(ref.socket().getParent());
    String fifo = run.resolve("console.fifo").toString();
    Waiting.until(
        most,
        () -> host.processes().stream().noneMatch(process -> isLogger(process.arguments(), fifo)));
  }

  /**
   * The logger ends by itself once it has written all; one that waits for a VMM that never came
   * does not.
   */
  static void endLogger(Host host, Path runFolder) {
    String fifo = runFolder.resolve("console.fifo").toString();
    var loggers =
        host.processes().stream().filter(process -> isLogger(process.arguments(), fifo)).toList();
    Waiting.until(
        Duration.ofSeconds(2),
        () -> loggers.stream().noneMatch(logger -> host.isAlive(logger.ref())));
    loggers.forEach(logger -> host.terminate(logger.ref(), true));
  }

  private static boolean isLogger(List<String> arguments, String fifo) {
    return arguments.size() > 2 && arguments.get(0).endsWith("sh") && arguments.contains(fifo);
  }
}
