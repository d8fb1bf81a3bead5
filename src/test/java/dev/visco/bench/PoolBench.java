package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * How long it takes from a request to the first command in a VM that is taken from a pool, against
 * a command in a VM that is there, and against a VM that boots; in turns. Run it by {@code
 * bench/pool}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class PoolBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 9);

  @TempDir Path configuration;

  private interface Timed {
    void go() throws Exception;
  }

  private static double millis(Timed work) throws Exception {
    long start = System.nanoTime();
    work.go();
    return (System.nanoTime() - start) / 1e6;
  }

  @Test
  void firstCommand() throws Exception {
    String type = Files.readString(Path.of("types/cli.toml"));
    Path types = Files.createDirectory(configuration.resolve("types"));
    Files.writeString(types.resolve("waiting.toml"), type + "pool = 1\n");
    var settings = Map.of("VISCO_CONFIG", configuration.toString(), "VISCO_VMS_PER_USER", "50");
    try (var visco = ViscoUnderTest.withImage(settings).up()) {
      String there = created(visco, "cli").path("vmId").asString();
      execute(visco, there);
      var taken = new ArrayList<Double>();
      var commands = new ArrayList<Double>();
      var boots = new ArrayList<Double>();
      for (int round = 0; round < ROUNDS; round++) {
        awaitWaiting(visco);
        taken.add(
            millis(() -> {
              JsonNode vm = created(visco, "waiting");
              assertThat(vm.path("start").asString()).isEqualTo("pool");
              execute(visco, vm.path("vmId").asString());
            }));
        awaitWaiting(visco);
        commands.add(millis(() -> execute(visco, there)));
        boots.add(millis(() -> execute(visco, created(visco, "cli").path("vmId").asString())));
        for (JsonNode vm : visco.json("ps", "--filter", "user=bench")) {
          if (!vm.path("vmId").asString().equals(there)) {
            visco.ok("rm", vm.path("vmId").asString());
          }
        }
      }
      System.out.println("| way | median (range) | of a command in a VM that is there |");
      System.out.println("|---|---|---|");
      double one = median(commands);
      print("taken from the pool, first command", taken, one);
      print("a command in a VM that is there", commands, one);
      print("boot, first command", boots, one);
    }
  }

  private static JsonNode created(ViscoUnderTest visco, String type) {
    JsonNode vm =
        visco.post("/api/vms?wait=ready", "{\"userId\":\"bench\",\"vmType\":\"" + type + "\"}");
    assertThat(vm.path("state").asString()).isEqualTo("ready");
    return vm;
  }

  private static void execute(ViscoUnderTest visco, String vm) {
    JsonNode answer = visco.post("/api/vms/" + vm + "/exec", "{\"command\":[\"true\"]}");
    assertThat(answer.path("exitCode").asInt()).isZero();
  }

  /** Until one waits, and nothing else is under way. */
  private static void awaitWaiting(ViscoUnderTest visco) throws Exception {
    while (visco.json("pool", "ls").get(0).path("ready").asInt() != 1) {
      Thread.sleep(500);
    }
    Thread.sleep(3000);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void print(String way, List<Double> values, double one) {
    System.out.printf(
        "| %s | %.0f ms (%.0f–%.0f) | %.2f |%n",
        way,
        median(values),
        values.stream().min(Double::compare).orElseThrow(),
        values.stream().max(Double::compare).orElseThrow(),
        median(values) / one);
  }
}
