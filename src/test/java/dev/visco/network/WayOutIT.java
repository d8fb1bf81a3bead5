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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Criterion 12 with real guests: ready means that the guest reaches the outside. */
@ExtendWith(OuterNetwork.Extension.class)
class WayOutIT {
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

  private void load(String name) {
    host.check(Command.of("nft", "-f", Path.of("src/test/resources/hosts", name).toString()));
  }

  private String ruleset() {
    return host.check(Command.of("nft", "list", "ruleset")).output();
  }

  /** Docker leaves a chain to the host's owner, in which guests are let through. */
  @Test
  void besideDockersFirewallGuestsHaveTheirWayOutAndItIsGivenBackAsItWas() {
    load("docker.nft");
    String before = ruleset();
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String vm = visco.create();
      assertThat(wayOut(visco, vm).path("verdict").asString()).isEqualTo("met");
      // Docker is started anew, and makes all of its rules anew.
      host.check(Command.of("nft", "delete", "table", "ip", "filter"));
      load("docker.nft");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> visco.ok("events").contains("DOCKER-USER"));
      assertThat(visco.ok("exec", vm, "--", "curl", "-s", "http://" + OuterNetwork.WEB_NAME + "/"))
          .contains(OuterNetwork.WEB_TEXT);
    }
    assertThat(ruleset()).isEqualTo(before);
  }

  @Test
  void aFirewallThatKeepsGuestsInIsRefusedBeforeAndExplainedAfter() {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      load("ufw.nft");
      CommandResult refused = visco.run("create");
      assertThat(refused.exitCode()).as(refused.error()).isEqualTo(3);
      assertThat(refused.error())
          .contains("forward-dropped", "chain FORWARD of table ip filter")
          .contains("iptables -I FORWARD -i v");

      CommandResult failed = visco.run("create", "--force");
      assertThat(failed.exitCode()).as(failed.error()).isEqualTo(1);
      String vm = visco.json("ps").path(0).path("vmId").asString();
      assertThat(wayOut(visco, vm).path("verdict").asString()).isEqualTo("not-met");
      JsonNode diagnosis = diagnosis(visco, vm);
      assertThat(diagnosis.path("rule").asString()).isEqualTo("forward-dropped");
      assertThat(diagnosis.path("evidence").toString())
          .contains("chain FORWARD of table ip filter drops what guests send (policy drop)");

      // The remedy, as iptables-nft writes it.
      String veths = "v" + visco.installation().orElseThrow() + "h*";
      host.check(
          Command.of("nft", "-f", "-")
              .withInput(
                  """
                  insert rule ip filter FORWARD iifname "%s" accept
                  insert rule ip filter FORWARD oifname "%s" ct state related,established accept
                  """
                      .formatted(veths, veths)));
      String ready = visco.create();
      assertThat(wayOut(visco, ready).path("verdict").asString()).isEqualTo("met");
      assertThat(wayOut(visco, ready).path("evidence").asString())
          .contains("the nameserver " + OuterNetwork.NAMESERVER + " answered");

      host.check(Command.of("nft", "delete", "table", "ip", "filter"));
      load("ufw.nft");
      assertThat(diagnosis(visco, ready).path("rule").asString())
          .as("of a VM that was ready")
          .isEqualTo("forward-dropped");
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
