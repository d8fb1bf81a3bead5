package dev.visco.lifecycle.monitor;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.vmm.ConsoleTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Marks once a second how long each VM's console is, so that its lines have times. */
public final class ConsoleClock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConsoleClock.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private final Path vms;
  private final Map<Path, ConsoleTimes> known = new HashMap<>();
  private final Loop loop;

  /**
   * @param vms the folder with a folder for each VM
   */
  public ConsoleClock(Path vms) {
    this.vms = vms;
    this.loop =
        Loop.every("console-clock", Duration.ZERO, PERIOD, SteadyClock.ofHost(), this::round);
  }

  public void start() {
    loop.start();
  }

  /** One look at every console. */
  void round() {
    Set<Path> seen = new HashSet<>();
    try (var folders = Files.newDirectoryStream(vms)) {
      for (Path folder : folders) {
        Path console = folder.resolve("console.log");
        if (Files.exists(console)) {
          seen.add(console);
          mark(console);
        }
      }
    } catch (NoSuchFileException e) {
      // There was never a VM.
    } catch (IOException e) {
      LOG.warn("cannot list the consoles of VMs: {}; it is tried again", e.toString());
    }
    known.keySet().retainAll(seen);
  }

  private void mark(Path console) {
    try {
      ConsoleTimes times = known.get(console);
      if (times == null || !Files.exists(ConsoleTimes.file(console))) {
        times = ConsoleTimes.read(console); // It is new, or that of an earlier boot was put away.
        known.put(console, times);
      }
      times.mark();
    } catch (IOException e) {
      LOG.debug("cannot mark the time in {}: {}", console, e.toString());
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
