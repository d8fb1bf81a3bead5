package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.visco.compatible.Compatible;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.host.Tail;
import dev.visco.model.BootSpec;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.VmmContract;
import dev.visco.vmm.release.Release;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The driver keeps the contract, with guests that really boot: what it starts is the compatible
 * process, as a release without a jailer.
 */
class FirecrackerIT {
  private static Release written(String version) {
    try {
      Path folder = Files.createTempDirectory("visco-compatible");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      Path file = folder.resolve("firecracker");
      CommandResult result =
          new LinuxHost()
              .run(
                  Command.of(
                          ProcessHandle.current().info().command().orElseThrow(),
                          "--enable-native-access=ALL-UNNAMED",
                          "-cp",
                          System.getProperty(
                              "surefire.test.class.path", System.getProperty("java.class.path")),
                          Compatible.class.getName(),
                          "--write",
                          file.toString(),
                          "--compatible-release",
                          version)
                      .within(Duration.ofMinutes(3)));
      assertThat(result.exitCode()).as(result.error()).isZero();
      return RealReleases.release(file, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** On MMIO, as the release before PCI. */
  @Nested
  class OnMmio extends Contract {
    OnMmio() {
      super("1.9.1", Transport.MMIO);
    }

    /** Before 1.12 a snapshot opens the very TAP that it names, which each namespace has. */
    @Override
    @Test
    public void aSnapshotIsRestoredTwiceSideBySide() throws IOException {
      BootSpec spec = counting("tap0").build();
      MachineHandle machine = vmm.launch(spec);
      LaunchSite.awaitConsole(spec.folder(), "tick 5\r");
      machine.pause();
      Path snapshot = snapshotFolder();
      machine.snapshot(snapshot);
      machine.stop(Duration.ofSeconds(5));
      int last = ticks(spec).getLast();
      assertThatThrownBy(() -> vmm.restore(counting("tap1").build(), snapshot))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("tap \"tap1\" is not tap0");
      BootSpec copy = counting("tap0").build();
      MachineHandle restored = vmm.restore(copy, snapshot);
      LaunchSite.awaitConsole(copy.folder(), "five ticks", text -> ticks(copy).size() >= 5);
      assertThat(ticks(copy).getFirst()).isBetween(last, last + 2);
      restored.stop(Duration.ofSeconds(5));
    }
  }

  /** On PCI, as the newest. */
  @Nested
  class OnPci extends Contract {
    OnPci() {
      super("1.16.1", Transport.PCI);
    }
  }

  /** What both have in common. */
  abstract static class Contract extends VmmContract {
    private final Release release;
    private final Transport transport;

    Contract(String version, Transport transport) {
      this.release = written(version);
      this.transport = transport;
    }

    @Override
    public Vmm vmm(Host host, Path cache) {
      return new Firecracker(host, cache, release);
    }

    @Override
    public Transport transport() {
      return transport;
    }

    /** A guest can make Firecracker warn without end: its log is written as the console is. */
    @Test
    void whatItLogsWithoutEndIsBoundedAndItLives() throws IOException {
      BootSpec spec = spec().build();
      MachineHandle machine = vmm.launch(spec);
      Path run = spec.folder().resolve("run");
      byte[] warning = ("x".repeat(127) + "\n").repeat(512).getBytes(StandardCharsets.US_ASCII);
      try (FileChannel log = ConsoleLogger.bothEnds(run.resolve("log.fifo"))) {
        for (int mebibytes = 0; mebibytes < 10 * 16; mebibytes++) {
          log.write(ByteBuffer.wrap(warning));
        }
        log.write(ByteBuffer.wrap("the last warning\n".getBytes(StandardCharsets.US_ASCII)));
        Path file = spec.folder().resolve("vmm.log");
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> Tail.said(file).endsWith("the last warning"));
        assertThat(file).satisfies(it -> assertThat(Files.size(it)).isLessThanOrEqualTo(1 << 20));
        assertThat(Files.size(ConsoleLogger.older(file))).isEqualTo(1 << 20);
        assertThat(Files.getPosixFilePermissions(file))
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      }
      assertThat(machine.isAlive()).isTrue();
      machine.stop(Duration.ofSeconds(5));
      assertThat(new LinuxHost().processes())
          .noneMatch(process -> process.arguments().contains(run.resolve("log.fifo").toString()));
    }

    @Test
    void whatEmulatesIsSaidToEmulate() {
      BootSpec spec = spec().build();
      MachineHandle machine = vmm.launch(spec);
      assertThat(machine.ref().accelerator()).isEqualTo("tcg");
      machine.stop(Duration.ofSeconds(5));
    }
  }
}
