package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * How long it takes from a request to the first command in a new VM that goes on from a snapshot,
 * against one that boots, in turns; and what memory each of several takes. Run it by {@code
 * bench/clone}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class CloneBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);
  private static final int COPIES = Integer.getInteger("copies", 5);

  @Test
  void firstCommandAndMemory() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "12", "VISCO_VMS_PER_USER", "50"))
            .up()) {
      System.out.println("| transport | clone, first command | boot, first command | ratio |");
      System.out.println("|---|---|---|---|");
      for (String transport : List.of("mmio", "pci")) {
        String snapshot = "base-" + transport;
        String parent = created(visco, booting(transport)).path("vmId").asString();
        visco.ok("snapshot", "create", parent, "--name", snapshot, "--keep");
        visco.ok("rm", parent);
        var clones = new ArrayList<Long>();
        var boots = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
          clones.add(firstCommand(visco, cloning(snapshot)));
          boots.add(firstCommand(visco, booting(transport)));
        }
        print(transport, clones, boots);
      }
      memory(visco);
    }
  }

  private static String booting(String transport) {
    return "{\"userId\":\"bench\",\"vmType\":\"cli\",\"transport\":\"" + transport + "\"}";
  }

  private static String cloning(String snapshot) {
    return "{\"userId\":\"bench\",\"from\":\"" + snapshot + "\"}";
  }

  private static JsonNode created(ViscoUnderTest visco, String body) throws Exception {
    JsonNode vm = visco.post("/api/vms?wait=ready", body);
    assertThat(vm.path("state").asString()).isEqualTo("ready");
    return vm;
  }

  private static long firstCommand(ViscoUnderTest visco, String body) throws Exception {
    long start = System.nanoTime();
    String id = created(visco, body).path("vmId").asString();
    JsonNode answer = visco.post("/api/vms/" + id + "/exec", "{\"command\":[\"true\"]}");
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    assertThat(answer.path("exitCode").asInt()).isZero();
    visco.ok("rm", id);
    return millis;
  }

  private static void print(String transport, List<Long> clones, List<Long> boots) {
    long clone = median(clones);
    long boot = median(boots);
    System.out.printf(
        "| %s | %.2f s (%.2f–%.2f) | %.2f s (%.2f–%.2f) | %.2f |%n",
        transport,
        clone / 1e3,
        clones.stream().min(Long::compare).orElseThrow() / 1e3,
        clones.stream().max(Long::compare).orElseThrow() / 1e3,
        boot / 1e3,
        boots.stream().min(Long::compare).orElseThrow() / 1e3,
        boots.stream().max(Long::compare).orElseThrow() / 1e3,
        (double) clone / boot);
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** Proportional memory of the machines: what several share counts once. */
  private static void memory(ViscoUnderTest visco) throws Exception {
    var boots = new ArrayList<String>();
    var clones = new ArrayList<String>();
    for (int number = 0; number < COPIES; number++) {
      boots.add(created(visco, booting("mmio")).path("vmId").asString());
    }
    for (int number = 0; number < COPIES; number++) {
      clones.add(created(visco, cloning("base-mmio")).path("vmId").asString());
    }
    Thread.sleep(5000);
    long ofBoots = proportional(visco, boots);
    long ofClones = proportional(visco, clones);
    System.out.println("| machines | MiB (PSS) each, cloned | booted | ratio |");
    System.out.println("|---|---|---|---|");
    System.out.printf(
        "| %d | %d | %d | %.2f |%n",
        COPIES, ofClones / COPIES, ofBoots / COPIES, (double) ofClones / ofBoots);
  }

  private static long proportional(ViscoUnderTest visco, List<String> vms) throws IOException {
    long kib = 0;
    for (String vm : vms) {
      long pid = visco.json("inspect", vm).path("pid").asLong();
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
        if (line.startsWith("Pss:")) {
          kib += Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    }
    return kib / 1024;
  }
}
