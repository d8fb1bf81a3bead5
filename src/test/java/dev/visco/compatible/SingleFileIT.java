package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.vmm.ProbeGuest;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The one file that {@code --write} makes, as a jailer would run it: by nobody, in a bare netns.
 */
class SingleFileIT {
  private static final String NOBODY = "65534";
  private final LinuxHost host = new LinuxHost();
  private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    folder = Files.createTempDirectory("visco-single");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    file = folder.resolve("firecracker");
    SingleFile.write(file, ShownRelease.V1_13_1);
  }

  @AfterEach
  void remove() {
    assertThat(host.processes())
        .noneMatch(one -> String.join(" ", one.arguments()).contains(folder.toString()));
    DurableFiles.deleteTree(folder);
  }

  private Path writable(String name) throws IOException {
    Path made = Files.createDirectory(folder.resolve(name));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
    return made;
  }

  private List<String> asNobody(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--net",
                "--",
                "setpriv",
                "--reuid",
                NOBODY,
                "--regid",
                NOBODY,
                "--clear-groups",
                "--",
                "env",
                "--ignore-environment",
                file.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String ask(Path socket, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
      ByteBuffer read = ByteBuffer.allocate(4096);
      channel.read(read);
      return new String(read.array(), 0, read.position(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void showsTheReleaseItWasWrittenForAndHasItsCache() {
    CommandResult version = host.check(Command.of(asNobody("--version")));
    assertThat(version.output()).startsWith("Firecracker v1.13.1\n\n").contains("Visco");
    assertThat(file.resolveSibling("firecracker.aot")).isNotEmptyFile();
    assertThat(host.run(Command.of(asNobody("--id", "a_b", "--no-api"))).exitCode()).isEqualTo(153);
  }

  @Test
  void twoOfThemAreTheSameBytes() throws IOException {
    Path other = folder.resolve("other");
    SingleFile.write(other, ShownRelease.V1_13_1);
    assertThat(Files.mismatch(file, other)).isEqualTo(-1);
  }

  @Test
  void nobodyBootsAGuestWithItAndKillingItLeavesNothing() throws Exception {
    Path run = writable("run");
    Path kernel = ProbeGuest.forQemu(folder.resolve("vmlinux"));
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        "{\"boot-source\": {\"kernel_image_path\": \"%s\", \"boot_args\": \"a\"}, \"drives\": []}"
            .formatted(kernel));
    Path console = run.resolve("console");
    Path socket = run.resolve("api.sock");
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(
                asNobody("--api-sock", socket.toString(), "--config-file", config.toString()))
            .redirectInput(Redirect.PIPE)
            .redirectOutput(console.toFile())
            .redirectError(Redirect.DISCARD)
            .start();
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> Files.exists(socket));
      System.out.printf("socket after %d ms%n", (System.nanoTime() - start) / 1_000_000);
      Awaitility.await()
          .ignoreExceptions()
          .atMost(Duration.ofSeconds(20))
          .until(() -> ask(socket, "GET / HTTP/1.1\r\n\r\n").contains("\"Running\""));
      Awaitility.await()
          .until(() -> Files.readString(console).contains("probe guest, command line: a pci=off"));
    } finally {
      process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    }
    Awaitility.await()
        .until(() ->
            host.processes().stream()
                .noneMatch(one -> String.join(" ", one.arguments()).contains(kernel.toString())));
  }
}
