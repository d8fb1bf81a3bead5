package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.host.RunningProcess;
import dev.visco.vmm.ProbeConsole;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A folder for guests, and a console for each of them. Closing it asserts that none is left. */
final class GuestSite implements AutoCloseable {
  final LinuxHost host = new LinuxHost();
  final Path root;
  private final List<Closeable> open = new ArrayList<>();
  private final List<ProbeConsole> consoles = new ArrayList<>();
  private final List<String> left;

  GuestSite() {
    try {
      root = Files.createTempDirectory("visco-guests");
      left = sockets();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a hypervisor whose guest has {@link Terminal#console()}. */
  Terminal terminal() {
    try {
      int number = consoles.size();
      Path input = fifo("input" + number);
      Path output = fifo("output" + number);
      var console =
          new ProbeConsole(
              new FileOutputStream(input.toFile()), new FileInputStream(output.toFile()));
      consoles.add(console);
      return new Terminal(
          new QemuHypervisor(Redirect.from(input.toFile()), Redirect.appendTo(output.toFile())),
          console);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Open in both directions, it blocks nobody who opens it (fifo(7)). */
  private Path fifo(String name) throws IOException {
    Path file = root.resolve(name);
    host.check(Command.of("mkfifo", file.toString()));
    open.add(new RandomAccessFile(file.toFile(), "rw"));
    return file;
  }

  record Terminal(QemuHypervisor hypervisor, ProbeConsole console) {}

  private static List<String> sockets() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .map(Path::toString)
          .filter(file -> file.contains("visco-qemu"))
          .collect(Collectors.toCollection(ArrayList::new));
    }
  }

  /** Processes that speak of this site. */
  List<RunningProcess> processes() {
    return host.processes().stream()
        .filter(one -> one.arguments().stream().anyMatch(word -> word.contains(root.toString())))
        .toList();
  }

  void killAll() {
    processes().forEach(one -> host.terminate(one.ref(), true));
    Awaitility.await().until(() -> processes().isEmpty());
  }

  @Override
  public void close() throws IOException {
    try {
      assertThat(processes()).isEmpty();
      List<String> found = sockets();
      found.removeAll(left);
      // Another process's are gone in a moment.
      Awaitility.await().until(() -> found.stream().noneMatch(one -> Files.exists(Path.of(one))));
    } finally {
      killAll();
      for (Closeable one : open) {
        one.close();
      }
      consoles.forEach(ProbeConsole::close);
      DurableFiles.deleteTree(root);
    }
  }
}
