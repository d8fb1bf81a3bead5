package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.compatible.Compatible;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.vmm.ProbeGuest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Other people's clients run a whole life cycle, unchanged, against the single file that {@code
 * --write} makes: they start it, boot a guest, pause it, take a snapshot and load that elsewhere.
 * They come from their registries, so these tests run on the host's own network.
 */
class ClientsIT {
  private static final Path CLIENTS = Path.of("src/test/clients").toAbsolutePath();
  private static final Duration LONG = Duration.ofMinutes(9);

  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;

  @Test
  void theGoSdk() throws IOException {
    Path source = CLIENTS.resolve("go");
    Path client = folder.resolve("client");
    require(
        "firecracker-go-sdk",
        Command.of("go", "build", "-o", client.toString(), ".").in(source).within(LONG));
    CommandResult life = live(List.of(client.toString()), Map.of());
    assertThat(life.output()).contains("state Running version 1.16.1", "restored Running");
  }

  @Test
  void thePythonClient() throws IOException {
    Path packages = folder.resolve("packages");
    require(
        "firecracker-python",
        Command.of(
                "python3",
                "-m",
                "pip",
                "install",
                "--quiet",
                "--target",
                packages.toString(),
                "-r",
                CLIENTS.resolve("python/requirements.txt").toString())
            .within(LONG));
    CommandResult life =
        live(
            List.of("python3", CLIENTS.resolve("python/life.py").toString()),
            Map.of("PYTHONPATH", packages.toString()));
    assertThat(life.output())
        .contains(
            "version 1.16.1", "state Running", "refused True", "restored Running", "ended with 0");
  }

  /** Skips the test, and says why, where the client is not to be had. */
  private void require(String client, Command fetch) {
    CommandResult fetched;
    try {
      fetched = host.run(fetch.withEnvironment(System.getenv()));
    } catch (HostFault e) {
      assumeTrue(false, "skipped: " + client + " is not to be had: " + e.getMessage());
      return;
    }
    assumeTrue(fetched.succeeded(), "skipped: " + client + " is not to be had: " + fetched.error());
  }

  private CommandResult live(List<String> client, Map<String, String> environment)
      throws IOException {
    Path binary = folder.resolve("firecracker");
    host.check(
        Command.of(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                Compatible.class.getName(),
                "--write",
                binary.toString())
            .within(LONG));
    Path disk = folder.resolve("disk.img");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(16 << 20);
    }
    var command = new java.util.ArrayList<>(client);
    command.addAll(
        List.of(
            binary.toString(),
            ProbeGuest.forQemu(folder.resolve("vmlinux")).toString(),
            disk.toString(),
            Files.createDirectory(folder.resolve("run")).toString()));
    CommandResult life = host.check(Command.of(command).withEnvironment(environment).within(LONG));
    assertThat(Files.readString(folder.resolve("run/first.console")))
        .contains("root=/dev/vda rw virtio_mmio.device=4K@0xc0001000:5");
    assertThat(host.processes())
        .noneMatch(one -> String.join(" ", one.arguments()).contains(folder.toString()));
    return life;
  }
}
