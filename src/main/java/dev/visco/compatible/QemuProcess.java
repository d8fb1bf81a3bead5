package dev.visco.compatible;

import dev.visco.compatible.Hypervisor.GuestFault;
import dev.visco.compatible.Hypervisor.MachineEnd;
import dev.visco.host.ChildProcess;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.vmm.qemu.QemuCommand;
import dev.visco.vmm.qemu.QmpSession;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A QEMU that is this process's child, with its control socket. With {@code -no-reboot
 * -no-shutdown} it stops when the guest resets or powers off, and an event tells which it was
 * (QEMU, {@code qapi/run-state.json}); after a reset it is ended, like Firecracker.
 */
final class QemuProcess {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final Duration CONNECT = Duration.ofSeconds(20);

  private static final Duration GRACE = Duration.ofMillis(500);

  /**
   * The beginning of QEMU's messages, which distinguishes them from its register dump at each
   * reset.
   */
  private static final String WORDS = QemuCommand.PROGRAM + ": ";

  /** Written on standard error under {@code -d cpu_reset}; the event only says "reset". */
  private static final String TRIPLE_FAULT = "Triple fault";

  private static final int MAX_WORDS = 5;

  private final ChildProcess process;
  private final Deque<String> words = new ArrayDeque<>();
  private final CountDownLatch connected = new CountDownLatch(1);
  private @Nullable QmpSession qmp;
  private boolean tripleFault;
  private boolean reset;
  private boolean poweredOff;

  private QemuProcess(List<String> arguments, Redirect input, Redirect output) {
    process = ChildProcess.start(arguments, input, output, this::hearLine);
  }

  /**
   * Starts it and returns when its control socket answers.
   *
   * @param arguments the arguments, given the socket that QEMU connects to
   */
  static QemuProcess start(Function<Path, List<String>> arguments, Redirect input, Redirect output)
      throws GuestFault {
    try {
      // QEMU connects to this process, so that there is no polling, and no socket is left behind.
      Path folder = Scratch.folder("visco-qemu");
      try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        Path control = folder.resolve("control");
        listener.bind(UnixDomainSocketAddress.of(control));
        var started = new QemuProcess(arguments.apply(control), input, output);
        try {
          started.connect(listener);
          return started;
        } catch (GuestFault | IOException | RuntimeException e) {
          started.kill();
          throw e;
        }
      } finally {
        DurableFiles.deleteTree(folder);
      }
    } catch (IOException | HostFault e) {
      throw new GuestFault("cannot start QEMU: " + e.getMessage());
    }
  }

  private void connect(ServerSocketChannel listener) throws IOException, GuestFault {
    Thread.ofVirtual().name("QEMU's start").start(() -> closeUnlessItComes(listener));
    try {
      SocketChannel channel = listener.accept();
      var session = QmpSession.over(channel, ANSWER, this::hearEvent);
      synchronized (this) {
        qmp = session;
      }
    } catch (ClosedChannelException e) {
      throw new GuestFault("QEMU did not start: " + said());
    } catch (IOException e) {
      process.close();
      throw new GuestFault("QEMU did not start: " + said());
    } finally {
      connected.countDown();
    }
  }

  /** Ends the wait for a QEMU that has ended or does not connect. */
  private void closeUnlessItComes(ServerSocketChannel listener) {
    try (listener) {
      process.await(CONNECT);
    } catch (InterruptedException | IOException e) {
      // It is closed anyway.
    }
  }

  private synchronized void hearLine(String line) {
    tripleFault |= line.equals(TRIPLE_FAULT);
    if (line.startsWith(WORDS)) {
      words.add(line.substring(WORDS.length()));
      if (words.size() > MAX_WORDS) {
        words.remove();
      }
    }
  }

  private synchronized String said() {
    return words.isEmpty() ? "it said nothing" : String.join("; ", words);
  }

  private synchronized void hearEvent(JsonNode event) {
    if (event.path("event").asString("").equals("SHUTDOWN")) {
      String reason = event.path("data").path("reason").asString("");
      poweredOff |= reason.equals("guest-shutdown");
      reset |= reason.equals("guest-reset");
      if (reset) {
        // On another thread: this one must go on reading the answer.
        Thread.ofVirtual().name("QEMU's end").start(this::quit);
      }
    }
  }

  /** Asks QEMU to quit, so that it restores the terminal's settings. */
  private void quit() {
    try {
      execute("quit", Map.of());
    } catch (GuestFault e) {
      kill();
    }
  }

  JsonNode execute(String command, Map<String, ?> arguments) throws GuestFault {
    try {
      return session().execute(command, arguments);
    } catch (IOException e) {
      throw new GuestFault(e.getMessage() + lastWords());
    } catch (HostFault e) {
      throw new GuestFault(String.valueOf(e.getMessage()));
    }
  }

  /** Its last message, to be appended to another one; empty while it runs. */
  String lastWords() {
    try {
      // Its socket is closed a moment before it has ended.
      return process.await(GRACE) ? ": " + said() : "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  QmpSession session() throws GuestFault {
    try {
      connected.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GuestFault("interrupted");
    }
    synchronized (this) {
      if (qmp == null) {
        throw new GuestFault("QEMU did not start: " + said());
      }
      return qmp;
    }
  }

  /** Whether the guest has switched itself off. */
  synchronized boolean poweredOff() {
    return poweredOff;
  }

  long pid() {
    return process.pid();
  }

  MachineEnd awaitEnd() throws InterruptedException {
    process.await();
    synchronized (this) {
      return !reset ? MachineEnd.BROKEN : tripleFault ? MachineEnd.TRIPLE_FAULT : MachineEnd.RESET;
    }
  }

  void kill() {
    process.close();
  }
}
