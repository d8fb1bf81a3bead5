package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * How long it takes from a request to the first command in a VM that is taken from a pool, plain
 * and with a name and variables, against a command in a VM that is there, and against a VM that
 * boots; in turns, each by the one HTTP client that a program has. Run it by {@code bench/pool}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class PoolBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 9);

  /** No two VMs of a user have the same name. */
  private static final AtomicInteger ROUND = new AtomicInteger();

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
    try (var visco = ViscoUnderTest.withImage(settings).up();
        var api = BenchApi.of(visco)) {
      String there = booted(api);
      api.execute(there, "true");
      var taken = new ArrayList<Double>();
      var named = new ArrayList<Double>();
      var commands = new ArrayList<Double>();
      var boots = new ArrayList<Double>();
      for (int round = 0; round < ROUNDS; round++) {
        awaitWaiting(visco);
        taken.add(millis(() -> api.execute(taken(api, ""), "true")));
        awaitWaiting(visco);
        String more = ",\"name\":\"box%d\",\"env\":{\"WHO\":\"anna\",\"AT\":\"home\"}";
        named.add(
            millis(() -> api.execute(taken(api, more.formatted(ROUND.incrementAndGet())), "true")));
        awaitWaiting(visco);
        commands.add(millis(() -> api.execute(there, "true")));
        boots.add(millis(() -> api.execute(booted(api), "true")));
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
      print("the same with a name and two variables", named, one);
      print("a command in a VM that is there", commands, one);
      print("boot, first command", boots, one);
    }
  }

  private static JsonNode created(BenchApi api, String type, String more) throws Exception {
    return api.created("{\"userId\":\"bench\",\"vmType\":\"" + type + "\"" + more + "}");
  }

  private static String booted(BenchApi api) throws Exception {
    return created(api, "cli", "").path("vmId").asString();
  }

  /** The id of one that waited. */
  private static String taken(BenchApi api, String more) throws Exception {
    JsonNode vm = created(api, "waiting", more);
    assertThat(vm.path("start").asString()).isEqualTo("pool");
    return vm.path("vmId").asString();
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
