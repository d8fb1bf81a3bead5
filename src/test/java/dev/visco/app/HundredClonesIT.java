package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.LinuxHost;
import dev.visco.image.QcowHeader;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.vmm.qemu.QemuCommand;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * A hundred real guests go on from one snapshot, and no two of them share anything by which they
 * could be taken for each other. Some are made at a time, and each is paused once it was asked, so
 * that two processors are enough for them.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes many minutes; ./visco test --all runs it")
class HundredClonesIT {
  private static final int CLONES = 100;
  private static final int AT_ONCE = 5;
  private static final int MIB = 96;

  /** What is counted of them: each one's guest and all of the code that its emulator may keep. */
  private static final long WANTED = (CLONES + 1) * (MIB + (long) QemuCommand.translationMib(MIB));

  /** By what each line tells. */
  private static final Map<String, String> QUESTIONS =
      Map.of(
          "host key", "cat /run/visco/ssh_host_ed25519_key.pub",
          "machine-id", "cat /etc/machine-id",
          "host name", "hostname",
          "MAC", "cat /sys/class/net/eth0/address",
          "address", "ip -4 -o addr show dev eth0 | grep -o 'inet [^ ]*'",
          "random bytes", "head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n'",
          "random UUID", "cat /proc/sys/kernel/random/uuid");

  private static final Map<String, String> SETTINGS =
      Map.of(
          "VISCO_POOL", "192.168.100.0/22",
          "VISCO_VMS_PER_USER", "200",
          "VISCO_DISK_MIB", "4000000",
          "VISCO_MEMORY_MIB", Long.toString(WANTED),
          "VISCO_SPARE_SLOTS", "8");

  @Test
  void noTwoOfAHundredShareAKeyANameARandomNumberOrAnAddress() throws Exception {
    assumeTrue(
        new LinuxHost().memoryMib() > WANTED, "skipped: it takes a host of " + WANTED + " MiB");
    try (var visco = ViscoUnderTest.withImage(SETTINGS).up()) {
      String box = visco.create("--name", "box", "--memory", MIB + "m", "--cpus", "1");
      visco.ok(
          "exec", box, "--", "sh", "-c", "tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id");
      visco.ok("snapshot", "create", "box", "--name", "base", "--keep");
      var seen = new HashMap<String, Set<String>>();
      ask(visco, box, seen);
      visco.request("POST", "/api/vms/" + box + "/pause");
      var clones = new ArrayList<String>();
      for (int made = 0; made < CLONES; made += AT_ONCE) {
        clones.addAll(some(visco, made, seen));
      }
      assertThat(clones).hasSize(CLONES);
      QUESTIONS.keySet().forEach(what -> assertThat(seen.get(what)).as(what).hasSize(CLONES + 1));
      assertSharedAndLayered(visco, clones);
      assertThat(visco.run("snapshot", "rm", "base").error())
          .contains("is in use by")
          .contains(clones);

      visco.ok("rm", "--all", "--force");
      visco.ok("snapshot", "rm", "base");
      assertThat(visco.data().resolve("snapshots")).isEmptyDirectory();
      visco.ok("down", "--yes");
      assertThat(visco.leftovers()).isEmpty();
      assertThat(sealedMemories()).isEmpty();
    }
  }

  private static List<String> some(ViscoUnderTest visco, int made, Map<String, Set<String>> seen) {
    var some = new ArrayList<String>();
    for (int number = made; number < made + AT_ONCE; number++) {
      String body = "{\"userId\":\"operator\",\"from\":\"base\",\"name\":\"clone-" + number + "\"}";
      some.add(visco.post("/api/vms", body).path("vmId").asString());
    }
    for (String clone : some) {
      visco.awaitReady(clone);
      ask(visco, clone, seen);
      isProven(visco, clone);
      JsonNode paused = visco.request("POST", "/api/vms/" + clone + "/pause");
      assertThat(paused.path("state").asString()).isEqualTo("paused");
    }
    return some;
  }

  private static void ask(ViscoUnderTest visco, String vm, Map<String, Set<String>> seen) {
    List<String> subjects = List.copyOf(QUESTIONS.keySet());
    String script =
        String.join(
            "; ", subjects.stream().map(one -> "echo \"$(" + QUESTIONS.get(one) + ")\"").toList());
    String body = Json.line(Map.of("command", List.of("sh", "-c", script)));
    JsonNode said = visco.post("/api/vms/" + vm + "/exec", body);
    List<String> answers = said.path("stdout").asString("").lines().toList();
    assertThat(answers).as("%s", said).hasSameSizeAs(subjects);
    for (int number = 0; number < answers.size(); number++) {
      assertThat(answers.get(number)).as(subjects.get(number)).isNotBlank();
      assertThat(
              seen.computeIfAbsent(subjects.get(number), _ -> new HashSet<>())
                  .add(answers.get(number)))
          .as("%s of %s: %s", subjects.get(number), vm, answers.get(number))
          .isTrue();
    }
  }

  private static void isProven(ViscoUnderTest visco, String vm) {
    JsonNode certificate = visco.request("GET", "/api/vms/" + vm + "/report").path("certificate");
    assertThat(certificate.path("generation").asInt()).as(vm).isEqualTo(1);
    certificate
        .path("lines")
        .forEach(line -> assertThat(line.path("met").asBoolean()).as("%s", line).isTrue());
  }

  /** One memory and one disk below them all. */
  private static void assertSharedAndLayered(ViscoUnderTest visco, List<String> clones)
      throws IOException {
    var memories = new HashSet<String>();
    var below = new HashSet<Path>();
    long kib = 0;
    for (String clone : clones) {
      long pid = visco.request("GET", "/api/vms/" + clone).path("pid").asLong();
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
        if (line.contains("/memfd:visco-memory-")) {
          // Device, inode and name.
          String[] fields = line.split(" +", 6);
          memories.add(String.join(" ", Arrays.asList(fields).subList(3, 6)));
        }
      }
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
        kib += line.startsWith("Pss:") ? Long.parseLong(line.replaceAll("\\D", "")) : 0;
      }
      Path disk = visco.data().resolve("vms").resolve(clone).resolve("root.qcow2");
      below.add(QcowHeader.below(disk).orElseThrow());
    }
    assertThat(memories).hasSize(1);
    assertThat(below).hasSize(1);
    System.out.println(
        clones.size() + " clones: " + kib / 1024 / clones.size() + " MiB of PSS each");
  }

  /** Of any process. */
  private static List<Path> sealedMemories() throws IOException {
    var found = new ArrayList<Path>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try (var open = Files.newDirectoryStream(process.resolve("fd"))) {
          for (Path file : open) {
            if (Files.readSymbolicLink(file).toString().startsWith("/memfd:visco-memory-")) {
              found.add(file);
            }
          }
        } catch (IOException e) {
          continue; // It has ended, or is a thread of the kernel.
        }
      }
    }
    return found;
  }
}
