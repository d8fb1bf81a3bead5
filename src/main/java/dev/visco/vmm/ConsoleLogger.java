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
 * Limits the files of what a guest can make its VMM write without end: its console and, for
 * Firecracker, its log. The VMM writes into a FIFO, and a process for each FIFO ({@code
 * console-log.sh}) moves the output into a file of limited size. So a chatty guest cannot fill the
 * disk, and the VM outlives the daemon.
 */
public final class ConsoleLogger {
  private static final String SCRIPT = "console-log.sh";
  private static final Duration END = Duration.ofSeconds(2);

  private ConsoleLogger() {}

  /**
   * Starts the logger of a machine's console before its launch, and removes the consoles of earlier
   * launches.
   *
   * @param cache a folder for the script
   * @param log the file for the logger's errors
   */
  public static void start(Host host, Path cache, BootSpec spec, Path log) {
    try {
      Files.deleteIfExists(ConsoleTimes.file(spec.console()));
    } catch (IOException e) {
      throw new HostFault("cannot remove what an earlier launch wrote: " + e.getMessage(), e);
    }
    start(host, cache, RunFolder.of(spec).fifo(), spec.console(), spec.consoleBytes(), log);
  }

  /**
   * Starts a logger that moves everything from {@code fifo} into {@code file}; removes what earlier
   * ones wrote.
   *
   * @param bytes maximum size of the file, and of the file with its older part
   */
  public static void start(Host host, Path cache, Path fifo, Path file, long bytes, Path log) {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(older(file));
    } catch (IOException e) {
      throw new HostFault("cannot remove what an earlier launch wrote: " + e.getMessage(), e);
    }
    // Low priority: a guest that prints without end then delays itself, not the daemon and other
    // guests.
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
    // It holds the reading end from its start, so that a VMM whose standard output is the FIFO can
    // start at once and loses no byte.
    try (FileChannel both = bothEnds(fifo)) {
      host.start(new Detached(command, log, fifo, null, null));
    } catch (IOException e) {
      throw new HostFault("cannot open " + fifo + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens a FIFO without waiting for its other end (fifo(7)). Follows no link, since the VMM's user
   * may have replaced the FIFO.
   */
  public static FileChannel bothEnds(Path fifo) throws IOException {
    return FileChannel.open(
        fifo, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  /** The file with the older part of a console, once the first file was full. */
  public static Path older(Path console) {
    return console.resolveSibling(console.getFileName() + ".1");
  }

  /** The path of the script, written if needed. */
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
   * Ends a logger whose VMM has ended. It ends by itself once it has written everything, and is
   * killed only if that takes too long.
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

  /** Waits, at most {@code max}, until it has written everything of an ended VMM. */
  public static void await(Host host, Path fifo, Duration max) {
    Waiting.until(max, () -> loggers(host, fifo).isEmpty());
  }

  private static List<RunningProcess> loggers(Host host, Path fifo) {
    return host.processes().stream().filter(process -> isLogger(process, fifo)).toList();
  }

  /**
   * Releases a logger whose VMM was never started, and that waits in open(2) for a writer: this
   * opens and closes the FIFO.
   */
  private static void release(Path fifo) {
    try (FileChannel channel = bothEnds(fifo)) {
      channel.isOpen();
    } catch (IOException e) {
      // It is killed after a while instead.
    }
  }

  /**
   * Whether a process is the logger of this FIFO, or is about to become it: setsid has the logger's
   * arguments after its own.
   */
  private static boolean isLogger(RunningProcess process, Path fifo) {
    List<String> arguments = process.arguments();
    int ours = arguments.indexOf(fifo.toString());
    return process.isRoots() && ours > 0 && arguments.get(ours - 1).endsWith("/" + SCRIPT);
  }
}
