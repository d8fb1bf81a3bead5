package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How long a VM of 512 MiB stands still for a fork, as seen from outside: the longest pause between
 * two lines of its console, on which a program of its guest writes every 20 ms. Once with what a
 * guest has after its boot, and once with much in memory and on its disk. Run it by {@code
 * bench/snapshot-memory}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class ForkStandstillBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);
  private static final String TICK =
      "(while :; do echo tick >/dev/ttyS0; sleep 0.02; done) >/dev/null 2>&1 </dev/null &";
  private static final String FILL =
      "mount -o remount,size=90% /dev/shm; dd if=/dev/urandom of=/dev/shm/full bs=1M count=300;"
          + " cat /dev/shm/full /dev/shm/full >/srv/full; sync";

  @Test
  void standstill() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String body = "{\"userId\":\"bench\",\"vmType\":\"cli\",\"memoryMib\":512,\"vcpus\":1}";
      String id = visco.post("/api/vms?wait=ready", body).path("vmId").asString();
      shell(visco, id, TICK);
      System.out.println("| a VM of 512 MiB | stands still, ms (median) | most |");
      System.out.println("|---|---|---|");
      measure(visco, id, "as booted");
      shell(visco, id, FILL);
      measure(visco, id, "with 300 MiB more in memory, and 600 MiB on its disk");
    }
  }

  private static void measure(ViscoUnderTest visco, String id, String what) throws Exception {
    Path console = visco.data().resolve("vms").resolve(id).resolve("console.log");
    var pauses = new ArrayList<Long>();
    for (int round = 0; round < ROUNDS; round++) {
      var isDone = new AtomicBoolean();
      try (var thread = Executors.newSingleThreadExecutor()) {
        Future<Long> longest = thread.submit(() -> longest(console, isDone));
        Thread.sleep(500);
        visco.ok("snapshot", "create", id, "--name", "now" + round);
        Thread.sleep(200);
        isDone.set(true);
        pauses.add(longest.get());
      }
      visco.ok("snapshot", "rm", "now" + round);
    }
    Collections.sort(pauses);
    System.out.printf("| %s | %d | %d |%n", what, pauses.get(pauses.size() / 2), pauses.getLast());
  }

  /** The longest time in milliseconds in which nothing came. */
  private static long longest(Path console, AtomicBoolean isDone) throws Exception {
    long longest = 0;
    long last = System.nanoTime();
    long size = Files.size(console);
    while (!isDone.get()) {
      long now = Files.size(console);
      if (now != size) {
        longest = Math.max(longest, System.nanoTime() - last);
        last = System.nanoTime();
        size = now;
      }
      Thread.sleep(2);
    }
    return Duration.ofNanos(longest).toMillis();
  }

  private static void shell(ViscoUnderTest visco, String vm, String script) throws Exception {
    assertThat(visco.ok("exec", vm, "--", "sh", "-c", script)).isNotNull();
  }
}
