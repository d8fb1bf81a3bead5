package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Criterion 12 with real guests: ready means that the guest reaches the outside. */
@ExtendWith(OuterNetwork.Extension.class)
class WayOutIT {
  private static final String POOL = "192.168.100.0/24";

  /** What dockerd with iptables-nft leaves on a host. */
  private static final String DOCKER =
      """
      table ip filter {
        chain DOCKER-USER { return; }
        chain DOCKER { }
        chain FORWARD {
          type filter hook forward priority filter; policy drop;
          jump DOCKER-USER
          oifname "docker0" ct state related,established accept
          iifname "docker0" oifname != "docker0" accept
        }
      }
      """;

  private final Host host = new LinuxHost();

  @AfterEach
  void nothingOfOthersIsLeft() {
    host.run(Command.of("nft", "delete", "table", "ip", "filter"));
  }

  private static JsonNode wayOut(ViscoUnderTest visco, String vm) {
    for (JsonNode line : visco.request("GET", "/api/vms/" + vm + "/report").path("criteria")) {
      if (line.path("number").asInt() == 12) {
        return line;
      }
    }
    throw new AssertionError("no criterion 12");
  }

  private static JsonNode diagnosis(ViscoUnderTest visco, String vm) {
    return Json.read(visco.run("diagnose", vm, "--json").output(), JsonNode.class);
  }

  @Test
  void aGuestBehindDockersFirewallIsNotReadyUntilThatLetsItThrough() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      host.check(Command.of("nft", "-f", "-").withInput(DOCKER));
      CommandResult failed = visco.run("create");
      assertThat(failed.exitCode()).as(failed.error()).isNotZero();
      String vm = visco.json("ps").path(0).path("vmId").asString();
      assertThat(wayOut(visco, vm).path("verdict").asString()).isEqualTo("not-met");
      JsonNode diagnosis = diagnosis(visco, vm);
      assertThat(diagnosis.path("rule").asString()).isEqualTo("forward-dropped-by-docker");
      assertThat(diagnosis.path("evidence").toString()).contains("ip filter FORWARD");
      assertThat(diagnosis.path("command").asString())
          .contains("iptables -I DOCKER-USER -s " + POOL + " -j ACCEPT");

      // The remedy, as iptables-nft writes it.
      host.check(
          Command.of("nft", "-f", "-")
              .withInput(
                  """
                  insert rule ip filter DOCKER-USER ip saddr %s accept
                  insert rule ip filter DOCKER-USER ip daddr %s ct state related,established accept
                  """
                      .formatted(POOL, POOL)));
      String ready = visco.create();
      assertThat(wayOut(visco, ready).path("verdict").asString()).isEqualTo("met");
      assertThat(wayOut(visco, ready).path("evidence").asString())
          .contains("the nameserver " + OuterNetwork.NAMESERVER + " answered");

      host.check(Command.of("nft", "delete", "table", "ip", "filter"));
      host.check(Command.of("nft", "-f", "-").withInput(DOCKER));
      assertThat(diagnosis(visco, ready).path("rule").asString())
          .as("of a VM that was ready")
          .isEqualTo("forward-dropped-by-docker");
    }
  }

  @Test
  void aHostThatHasNoWayOutItselfHasReadyVmsAllTheSame() {
    String nobody = "203.0.113.77";
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_NAMESERVER", nobody)).up()) {
      JsonNode wayOut = wayOut(visco, visco.create());
      assertThat(wayOut.path("verdict").asString()).isEqualTo("not-applicable");
      assertThat(wayOut.path("evidence").asString())
          .isEqualTo(
              "the host itself has no way out: the nameserver "
                  + nobody
                  + " does not answer this host");
    }
  }

  @Test
  void anotherPlaceThanTheNameserverMayBeAskedFor() {
    String web = OuterNetwork.WEB + ":80";
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_NETWORK_PROBE", web)).up()) {
      JsonNode wayOut = wayOut(visco, visco.create());
      assertThat(wayOut.path("verdict").asString()).isEqualTo("met");
      assertThat(wayOut.path("evidence").asString())
          .isEqualTo("the guest opened a connection to " + web);
    }
  }

  /** Pi-hole, dnsmasq or unbound on the host itself: resolv.conf has the host's own address. */
  @Test
  void theNameserverMayBeOnTheHostsOwnAddress() throws IOException, InterruptedException {
    Process own =
        new ProcessBuilder(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--user=root",
                "--no-resolv",
                "--no-hosts",
                "--pid-file=",
                "--bind-interfaces",
                "--listen-address=" + OuterNetwork.HOST,
                "--address=/own.example.test/" + OuterNetwork.WEB)
            .inheritIO()
            .start();
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_NAMESERVER", OuterNetwork.HOST)).up()) {
      String vm = visco.create();
      assertThat(wayOut(visco, vm).path("verdict").asString()).isEqualTo("met");
      assertThat(visco.ok("exec", vm, "--", "getent", "hosts", "own.example.test"))
          .contains(OuterNetwork.WEB);
    } finally {
      own.destroy();
      assertThat(own.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
