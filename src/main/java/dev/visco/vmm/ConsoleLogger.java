package dev.visco.vmm;

import dev.visco.host.DataFolders;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * Limits the files of what a guest can make its VMM write without end: its console and, for
 * Firecracker, its log. The VMM writes into FIFOs, and a process ({@code console-log.pl}) moves the
 * output of a machine's FIFOs into files of limited size. So a chatty guest cannot fill the disk,
 * and the VM outlives the daemon.
 */
public final class ConsoleLogger {
  private static final String NAME = "/console-log.";
  private static final String SCRIPT = "console-log.pl";
  private static final Duration END = Duration.ofSeconds(2);

  private ConsoleLogger() {}

  /**
   * A file of limited size.
   *
   * @param fifo where the VMM writes
   * @param file where it stands
   * @param bytes maximum size of the file, and of the file with its older part
   */
  public record Bounded(Path fifo, Path file, long bytes) {
    /** A machine's console. */
    public static Bounded console(BootSpec spec) {
      return new Bounded(RunFolder.of(spec).fifo(), spec.console(), spec.consoleBytes());
    }
  }

  /**
   * Starts a machine's logger, and removes what those of earlier launches wrote. The caller holds
   * both ends of each FIFO open until the VMM has opened it: a logger ends once nobody can write.
   *
   * @param cache a folder for the script
   * @param files its console; and its log, if it has a FIFO
   * @param errors the file for the logger's errors: the FIFO of the log, or a file if it has none
   */
  public static ProcessRef start(Host host, Path cache, List<Bounded> files, Path errors) {
    var command = new ArrayList<>(List.of("perl", script(cache).toString()));
    for (Bounded one : files) {
      removed(one.file());
      command.addAll(
          List.of(one.fifo().toString(), one.file().toString(), Long.toString(one.bytes())));
    }
    // It holds the reading end of the console from its start, and an end of the log's FIFO by its
    // standard error until it has opened that, so that no byte of a VMM that ends at once is lost.
    return host.start(new Detached(command, errors, files.getFirst().fifo(), null, null));
  }

  private static void removed(Path file) {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(older(file));
      Files.deleteIfExists(ConsoleTimes.file(file));
    } catch (IOException e) {
      throw new HostFault("cannot remove what an earlier launch wrote: " + e.getMessage(), e);
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
   * Whether a process is the logger of this FIFO, or is about to become it: setsid has the logger's
   * arguments after its own. Earlier versions had one for each FIFO, by a script of another kind.
   */
  private static boolean isLogger(RunningProcess process, Path fifo) {
    List<String> arguments = process.arguments();
    int ours = arguments.indexOf(fifo.toString());
    return process.isRoots()
        && ours > 0
        && arguments.subList(0, ours).stream().anyMatch(word -> word.contains(NAME));
  }
}
