package dev.visco.bench;

import static dev.visco.bench.Medians.median;
import static dev.visco.bench.Medians.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.bench.BareClones.Care;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * How long it takes from a request to the first command in a new VM that goes on from a snapshot,
 * in one that is woken, and in one that boots, in turns; how long several at once take; and what
 * memory each of them takes. Run it by {@code bench/clone}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class CloneBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);
  private static final int COPIES = Integer.getInteger("copies", 5);
  private static final int AT_ONCE = Integer.getInteger("at-once", 20);

  @Test
  void firstCommandAndMemory() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "30", "VISCO_VMS_PER_USER", "50"))
            .up()) {
      System.out.println(
          "| transport | clone, first command | wake, first command | boot, first command | clone of boot | wake of clone |");
      System.out.println("|---|---|---|---|---|---|");
      for (String transport : List.of("mmio", "pci")) {
        String snapshot = "base-" + transport;
        String parent = created(visco, booting(transport)).path("vmId").asString();
        visco.ok("snapshot", "create", parent, "--name", snapshot, "--keep");
        var clones = new ArrayList<Long>();
        var wakes = new ArrayList<Long>();
        var boots = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
          clones.add(firstCommand(visco, cloning(snapshot)));
          visco.ok("sleep", parent);
          wakes.add(millis(() -> execute(visco, parent)));
          boots.add(firstCommand(visco, booting(transport)));
        }
        System.out.printf(
            "| %s | %s | %s | %s | %.2f | %.2f |%n",
            transport,
            seconds(clones),
            seconds(wakes),
            seconds(boots),
            (double) median(clones) / median(boots),
            (double) median(wakes) / median(clones));
        visco.ok("rm", parent);
      }
      atOnce(visco);
      memory(visco);
    }
  }

  /** Beside clones that a careful person makes by hand. */
  @Test
  void besideBare() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "30", "VISCO_VMS_PER_USER", "50"))
            .up()) {
      System.out.println("| transport | first command in | median (range) | Visco's of it |");
      System.out.println("|---|---|---|---|");
      for (String transport : List.of("mmio", "pci")) {
        String snapshot = "base-" + transport;
        String parent = created(visco, booting(transport)).path("vmId").asString();
        boolean isLast = transport.equals("mmio");
        try (var bare = BareClones.of(visco, parent, snapshot, isLast ? AT_ONCE : 1)) {
          var ours = new ArrayList<Long>();
          var theirs = new EnumMap<Care, List<Long>>(Care.class);
          for (int round = 0; round < ROUNDS; round++) {
            ours.add(firstCommand(visco, cloning(snapshot)));
            for (Care care : Care.values()) {
              theirs.computeIfAbsent(care, it -> new ArrayList<>()).add(bare.start(0, care));
              bare.stop();
            }
          }
          System.out.printf("| %s | a clone of Visco's | %s | |%n", transport, seconds(ours));
          theirs.forEach((care, millis) ->
              System.out.printf(
                  "| %s | bare, %s | %s | %.2f |%n",
                  transport, care, seconds(millis), (double) median(ours) / median(millis)));
          if (isLast) {
            atOnceBesideBare(visco, bare, snapshot);
          }
        }
        visco.ok("rm", parent);
      }
    }
  }

  private static void atOnceBesideBare(ViscoUnderTest visco, BareClones bare, String snapshot)
      throws Exception {
    System.out.println("| at once, bare | Visco | bare | ratio |");
    System.out.println("|---|---|---|---|");
    for (Care care : Care.values()) {
      Together ours = together(visco, cloning(snapshot));
      Thread.sleep(3000);
      long ourMib = proportional(pids(visco, ours.vms()));
      remove(visco, ours.vms());
      long theirs = bare.together(care);
      Thread.sleep(3000);
      long theirMib = proportional(bare.pids());
      bare.stop();
      System.out.printf(
          "| %d, %s: the last one's first command | %.1f s | %.1f s | %.2f |%n",
          AT_ONCE, care, ours.millis() / 1e3, theirs / 1e3, (double) ours.millis() / theirs);
      System.out.printf(
          "| %d, %s: MiB (PSS) each | %d | %d | %.2f |%n",
          AT_ONCE, care, ourMib / AT_ONCE, theirMib / AT_ONCE, (double) ourMib / theirMib);
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
    var made = new ArrayList<String>();
    long millis =
        millis(() -> {
          made.add(created(visco, body).path("vmId").asString());
          execute(visco, made.getFirst());
        });
    visco.ok("rm", made.getFirst());
    return millis;
  }

  private interface Timed {
    void go() throws Exception;
  }

  private static long millis(Timed work) throws Exception {
    long start = System.nanoTime();
    work.go();
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  private static void execute(ViscoUnderTest visco, String vm) {
    JsonNode answer = visco.post("/api/vms/" + vm + "/exec", "{\"command\":[\"true\"]}");
    assertThat(answer.path("exitCode").asInt()).isZero();
  }

  /** Until the last of them has run its first command. */
  private static void atOnce(ViscoUnderTest visco) throws Exception {
    System.out.println("| at once | cloned | booted | ratio |");
    System.out.println("|---|---|---|---|");
    Together cloned = together(visco, cloning("base-mmio"));
    remove(visco, cloned.vms());
    Together booted = together(visco, booting("mmio"));
    remove(visco, booted.vms());
    long clones = cloned.millis();
    long boots = booted.millis();
    System.out.printf(
        "| %d | %.1f s | %.1f s | %.2f |%n",
        AT_ONCE, clones / 1e3, boots / 1e3, (double) clones / boots);
  }

  private record Together(long millis, List<String> vms) {}

  private static void remove(ViscoUnderTest visco, List<String> vms) {
    vms.forEach(id -> visco.ok("rm", id));
  }

  private static Together together(ViscoUnderTest visco, String body) throws Exception {
    var made = new ConcurrentLinkedQueue<String>();
    long millis =
        millis(() -> {
          try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<?>>();
            for (int number = 0; number < AT_ONCE; number++) {
              all.add(
                  threads.submit(() -> {
                    String id = created(visco, body).path("vmId").asString();
                    made.add(id);
                    execute(visco, id);
                    return id;
                  }));
            }
            for (Future<?> one : all) {
              one.get();
            }
          }
        });
    return new Together(millis, List.copyOf(made));
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
    long ofBoots = proportional(pids(visco, boots));
    long ofClones = proportional(pids(visco, clones));
    System.out.println("| machines | MiB (PSS) each, cloned | booted | ratio |");
    System.out.println("|---|---|---|---|");
    System.out.printf(
        "| %d | %d | %d | %.2f |%n",
        COPIES, ofClones / COPIES, ofBoots / COPIES, (double) ofClones / ofBoots);
  }

  private static List<Long> pids(ViscoUnderTest visco, List<String> vms) {
    return vms.stream().map(vm -> visco.json("inspect", vm).path("pid").asLong()).toList();
  }

  private static long proportional(List<Long> pids) throws IOException {
    long kib = 0;
    for (long pid : pids) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
        if (line.startsWith("Pss:")) {
          kib += Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    }
    return kib / 1024;
  }
}
