package dev.visco.vmm;

import dev.visco.host.DataFolders;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.RunningProcess;
import dev.visco.host.Waiting;
import dev.visco.model.BootSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * The way to the disk of what a guest makes a VMM write without end, its console and for
 * Firecracker its log. The VMM writes into a FIFO, and a process of its own for each ({@code
 * console-log.sh}) moves it into a file of bounded size: a VM outlives the daemon, and a chatty
 * guest cannot fill the disk.
 */
public final class ConsoleLogger {
  private static final String SCRIPT = "console-log.sh";
  private static final Duration END = Duration.ofSeconds(2);

  private ConsoleLogger() {}

  /**
   * Starts it for a machine that is about to be launched; consoles of earlier ones are removed.
   *
   * @param cache where the script is kept
   * @param log what it has to complain about
   */
  public static void start(Host host, Path cache, BootSpec spec, Path log) {
    start(host, cache, RunFolder.of(spec).fifo(), spec.console(), spec.consoleBytes(), log);
  }

  /**
   * Starts one that moves what is written into {@code fifo} into {@code file}; what earlier ones
   * wrote is removed.
   *
   * @param bytes that the file, and the one with its older part, have at most
   */
  public static void start(Host host, Path cache, Path fifo, Path file, long bytes, Path log) {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(older(file));
    } catch (IOException e) {
      throw new HostFault("cannot remove what an earlier launch wrote: " + e.getMessage(), e);
    }
    // A guest that prints without end waits for its logger, and the daemon and other guests do not.
    List<String> command =
        List.of(
            "nice",
            "-n",
            "10",
            "sh",
            script(cache).toString(),
            fifo.toString(),
            file.toString(),
            Long.toString(bytes));
    // It holds the reading end from its first moment on, so that a VMM whose standard output is the
    // FIFO can be started at once and loses no byte.
    try (FileChannel both = bothEnds(fifo)) {
      host.start(new Detached(command, log, fifo, null, null));
    } catch (IOException e) {
      throw new HostFault("cannot open " + fifo + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens a FIFO without waiting for its other end (fifo(7)). The VMM's user may have put anything
   * in its place, so no link is followed.
   */
  public static FileChannel bothEnds(Path fifo) throws IOException {
    return FileChannel.open(
        fifo, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  /** Where the first part of a console is once the file was full. */
  public static Path older(Path console) {
    return console.resolveSibling(console.getFileName() + ".1");
  }

  /** The script on disk, where a shell finds it. */
  public static Path script(Path cache) {
    Path script = cache.resolve(SCRIPT);
    try (InputStream source =
        Objects.requireNonNull(ConsoleLogger.class.getResourceAsStream(SCRIPT))) {
      byte[] text = source.readAllBytes();
      if (!Files.exists(script) || !Arrays.equals(text, Files.readAllBytes(script))) {
        DataFolders.closed(cache);
        DurableFiles.write(script, text, "rw-------");
      }
      return script;
    } catch (IOException e) {
      throw new HostFault("cannot write " + script + ": " + e.getMessage(), e);
    }
  }

  /**
   * Ends it; the VMM must have ended before. It does so by itself once it has written all, so it is
   * waited for, and killed only when it takes too long.
   */
  public static void end(Host host, Path fifo) {
    List<RunningProcess> loggers = loggers(host, fifo);
    if (loggers.isEmpty()) {
      return;
    }
    release(fifo);
    BooleanSupplier gone = () -> loggers.stream().noneMatch(one -> host.isAlive(one.ref()));
    if (!Waiting.until(END, gone)) {
      loggers.forEach(logger -> host.terminate(logger.ref(), true));
      Waiting.until(END, gone);
    }
  }

  /** Waits, at most so long, until it has written all that an ended VMM said. */
  public static void await(Host host, Path fifo, Duration max) {
    Waiting.until(max, () -> loggers(host, fifo).isEmpty());
  }

  private static List<RunningProcess> loggers(Host host, Path fifo) {
    return host.processes().stream().filter(process -> isLogger(process, fifo)).toList();
  }

  /** One whose VMM never came waits in its open(2) for a writer: it gets one, and sees the end. */
  private static void release(Path fifo) {
    try (FileChannel channel = bothEnds(fifo)) {
      channel.isOpen();
    } catch (IOException e) {
      // Then it is killed after a while.
    }
  }

  /** What is about to become one is found as well: setsid holds the arguments behind its own. */
  private static boolean isLogger(RunningProcess process, Path fifo) {
    List<String> arguments = process.arguments();
    int ours = arguments.indexOf(fifo.toString());
    return process.isRoots() && ours > 0 && arguments.get(ours - 1).endsWith("/" + SCRIPT);
  }
}
