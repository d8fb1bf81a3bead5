package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code down} ends what runs, whatever has become of the host since it was started. */
@ExtendWith(OuterNetwork.Extension.class)
class DownIT {
  private static final List<String> FOREIGN =
      List.of("0.0.0.0/1", "128.0.0.0/1", "192.168.100.128/25");

  @TempDir Path configuration;
  private final LinuxHost host = new LinuxHost();

  /**
   * All at once: somebody flushed all rules, a VPN brought the halves of a default route and one in
   * the pool, the pool is set to a network of the host, and a type of VMs cannot be read.
   */
  @Test
  void endsAVmOnAHostOnWhichNoneCouldBeStarted() throws IOException {
    Path types = Files.createDirectory(configuration.resolve("types"));
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_CONFIG", configuration.toString())).up()) {
      String vm = visco.create();
      visco.killDaemon();
      Files.writeString(types.resolve("broken.toml"), "this is no type");
      host.check(Command.of("nft", "flush", "ruleset"));
      for (String route : FOREIGN) {
        host.check(Command.of("ip", "route", "add", route, "via", OuterNetwork.NAMESERVER));
      }
      String overlapping = "network.pool=203.0.113.0/24";
      assertThat(visco.run("--set", overlapping, "up", "--no-vm").exitCode())
          .as("such a host runs no VM")
          .isNotZero();

      CommandResult down = visco.run("--set", overlapping, "down", "--yes", "--json");
      assertThat(down.exitCode()).as(down.output() + down.error()).isZero();
      assertThat(down.output())
          .startsWith("{\"data\":\"" + visco.data())
          .contains("\"destroyed\":[\"" + vm + "\"],\"left\":[]")
          .contains("\"purged\":false");
      assertThat(visco.leftovers()).as(vm).isEmpty();
      Files.delete(types.resolve("broken.toml"));
    } finally {
      for (String route : FOREIGN) {
        host.run(Command.of("ip", "route", "del", route));
      }
    }
  }
}
