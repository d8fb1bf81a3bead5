package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.ViscoUnderTest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Real guests go on from one moment of another one, and each is a VM of its own. */
class CloneIT {
  private static final String HOOK =
      "mkdir -p /etc/visco/restore.d; printf '#!/bin/sh\\necho $VISCO_GENERATION >>/srv/hook\\n'"
          + " >/etc/visco/restore.d/mark; chmod 755 /etc/visco/restore.d/mark";

  @ParameterizedTest
  @MethodSource("dev.visco.outer.Transports#mmio")
  void clonesGoOnAndShareNothingThatMustBeTheirOwn(String transport) throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String box = visco.create("--transport", transport, "--name", "box", "-e", "SHARED=yes");
      shell(visco, box, HOOK);
      shell(visco, box, "echo before >/srv/disk; echo before >/run/memory");
      shell(
          visco,
          box,
          "(while sleep 0.2; do date +%s >/run/tick.new; mv /run/tick.new /run/tick; done) >/dev/null 2>&1 </dev/null &");

      List<String> copies =
          visco.ok("fork", "box", "-n", "2", "--name", "copy", "-e", "MORE=1").lines().toList();
      assertThat(copies).hasSize(2);
      shell(visco, box, "echo after >/srv/disk; echo after >/run/memory");
      var all = new ArrayList<>(copies);
      all.add(box);
      areDistinct(visco, all);
      for (String copy : copies) {
        isOwn(visco, copy, 1);
        assertThat(shell(visco, copy, "cat /srv/disk /run/memory")).isEqualTo("before\nbefore\n");
        assertThat(shell(visco, copy, "echo $SHARED $MORE")).isEqualTo("yes 1\n");
      }
      assertThat(shell(visco, copies.getFirst(), "hostname")).isEqualTo("copy-1\n");

      // What they went on from may go, and so may a daemon.
      visco.ok("rm", "box");
      visco.killDaemon();
      visco.ok("up");
      String second = copies.get(1);
      assertThat(shell(visco, second, "cat /run/memory")).isEqualTo("before\n");

      // A clone's own snapshot, and a clone of that.
      shell(visco, second, "echo second >/run/memory");
      visco.ok("snapshot", "create", second, "--name", "later");
      String third = visco.ok("create", "--from", "later", "--name", "third").strip();
      isOwn(visco, third, 2);
      assertThat(shell(visco, third, "cat /run/memory")).isEqualTo("second\n");
      areDistinct(visco, List.of(copies.get(0), second, third));

      // A clone that is started anew boots as any other VM.
      visco.ok("restart", third);
      assertThat(shell(visco, third, "hostname; cat /srv/disk")).isEqualTo("third\nbefore\n");
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
    }
  }

  private static String shell(ViscoUnderTest visco, String vm, String script) throws Exception {
    return visco.ok("exec", vm, "--", "sh", "-c", script);
  }

  private static void isOwn(ViscoUnderTest visco, String vm, int generation) throws Exception {
    JsonNode certificate = visco.json("report", vm).path("certificate");
    assertThat(certificate.path("generation").asInt()).isEqualTo(generation);
    var subjects = new HashSet<String>();
    for (JsonNode line : certificate.path("lines")) {
      assertThat(line.path("met").asBoolean()).as("%s", line).isTrue();
      subjects.add(line.path("subject").asString());
    }
    assertThat(subjects)
        .contains("address", "host-key", "random", "clock", "generation", "hostname", "hooks");
    assertThat(shell(visco, vm, "cat /run/visco/generation")).isEqualTo(generation + "\n");
    assertThat(shell(visco, vm, "tail -n 1 /srv/hook")).isEqualTo(generation + "\n");
    String[] times = shell(visco, vm, "date +%s; cat /run/tick").split("\n", -1);
    long now = Instant.now().getEpochSecond();
    assertThat(Long.parseLong(times[0])).isCloseTo(now, Offset.offset(3L));
    assertThat(Long.parseLong(times[1]))
        .as("the program goes on")
        .isCloseTo(now, Offset.offset(5L));
    JsonNode shown = visco.json("inspect", vm);
    assertThat(shell(visco, vm, "ip -4 -o addr show dev eth0"))
        .contains(" " + shown.path("address").asString() + "/");
  }

  private static void areDistinct(ViscoUnderTest visco, List<String> vms) throws Exception {
    for (String question :
        List.of(
            "cat /run/visco/ssh_host_ed25519_key.pub",
            "cat /sys/class/net/eth0/address",
            "ip -4 -o addr show dev eth0",
            "hostname",
            "head -c 16 /dev/urandom | od -An -tx1",
            "cat /proc/sys/kernel/random/uuid")) {
      var answers = new HashSet<String>();
      for (String vm : vms) {
        answers.add(shell(visco, vm, question));
      }
      assertThat(answers).as(question).hasSize(vms.size());
    }
    Set<String> addresses = new HashSet<>();
    visco.json("ps").forEach(vm -> addresses.add(vm.path("address").asString()));
    assertThat(addresses).hasSize(visco.json("ps").size());
  }
}
