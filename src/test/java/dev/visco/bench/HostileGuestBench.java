package dev.visco.bench;

import static dev.visco.bench.Medians.median;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * What two ordinary VMs and the daemon notice of a third VM that does everything it can to be in
 * the way: it prints, floods, answers without end, connects and fills its disk, while an operator
 * follows its console, asks for its diagnosis and writes bundles. Prints the latency of a command
 * in the ordinary VMs before and beside it, and the daemon's memory and descriptors. Run it by
 * {@code bench/hostile}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class HostileGuestBench {
  private static final Duration ALONE = Duration.ofMinutes(Integer.getInteger("alone", 4));
  private static final Duration BESIDE = Duration.ofMinutes(Integer.getInteger("minutes", 10));

  /** Each runs in the hostile guest, in the background, until the guest ends. */
  private static final Map<String, String> ATTACKS =
      Map.of(
          "prints lines, escape sequences and one line without an end",
          "while :; do printf '\\033]52;c;aGk=\\007\\033[2JEXT4-fs mounted a-a-a-a-a-a-password-token'"
              + " >/dev/console; dmesg >/dev/console; done",
          "floods the nameserver, the other guests and the outside with datagrams",
          "while :; do for to in GATEWAY/53 WEB/9 OTHER/9 203.0.113.1/53; do"
              + " head -c 65000 /dev/zero >/dev/udp/$to; done; done",
          "opens connections and keeps them",
          "ulimit -n 65536; n=10; while :; do n=$((n + 1)); [ $n -lt 60000 ] || n=10;"
              + " eval \"exec $n<>/dev/tcp/WEB/80\" || sleep 0.01; done",
          "fills its disk, empties it, and fills it again",
          "while :; do dd if=/dev/urandom of=/fill bs=1M; rm -f /fill; done");

  /** A command in an ordinary VM: how long it took, and what the operator asked for at its end. */
  private record Timed(long millis, String beside) {}

  /** What the operator is asking for. */
  private static volatile String asked = "nothing";

  /** How often the operator asks, and leaves a console that he follows. */
  private static final Duration PACE = Duration.ofSeconds(5);

  @Test
  void twoOrdinaryGuestsBesideAHostileOne() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "3")).up()) {
      List<String> ordinary =
          List.of(visco.create("--user", "first"), visco.create("--user", "second"));
      measure(visco, ordinary, Duration.ofSeconds(30)); // What is loaded and compiled once.
      Measured alone = measure(visco, ordinary, ALONE);
      String hostile = visco.create("--user", "hostile");
      attack(visco, hostile, address(visco, ordinary.getFirst()));
      Measured beside;
      try (var operator = new Operator(visco, hostile)) {
        beside = measure(visco, ordinary, BESIDE);
        System.out.println("\nThe operator's own requests meanwhile: " + operator.done());
      }
      print(alone, beside);
      System.out.println("\nThe slowest beside it, and what the operator asked for meanwhile:");
      beside.commands().stream()
          .sorted(Comparator.comparingLong(Timed::millis).reversed())
          .limit(12)
          .forEach(slow -> System.out.println("  " + slow.millis() + " ms: " + slow.beside()));
      System.out.println("\nThe hostile VM: " + visco.request("GET", "/api/vms/" + hostile));
      System.out.println("\n" + visco.text("/health"));
    }
  }

  private static String address(ViscoUnderTest visco, String vm) {
    return visco.request("GET", "/api/vms/" + vm).path("address").asString();
  }

  private static void attack(ViscoUnderTest visco, String vm, String other) {
    String gateway = address(visco, vm).replaceFirst("\\d+$", "1");
    ATTACKS.forEach((what, script) -> {
      String body =
          script
              .replace("GATEWAY", gateway)
              .replace("OTHER", other)
              .replace("WEB", OuterNetwork.WEB);
      visco.ok(
          "exec",
          vm,
          "--",
          "sh",
          "-c",
          "setsid nohup bash -c \"$1\" >/dev/null 2>&1 </dev/null &",
          "sh",
          body);
      System.out.println("the hostile guest " + what);
    });
  }

  /**
   * What was seen over some minutes.
   *
   * @param commands that ended well
   * @param failures how many did not
   * @param memory the daemon's resident MiB, every ten seconds
   * @param descriptors how many it had open at the same moments
   */
  private record Measured(
      List<Timed> commands, int failures, List<Long> memory, List<Long> descriptors) {
    long percentile(int percent) {
      List<Long> sorted = commands.stream().map(Timed::millis).sorted().toList();
      return sorted.get((int) Math.ceil(percent / 100.0 * sorted.size()) - 1);
    }
  }

  private static Measured measure(ViscoUnderTest visco, List<String> vms, Duration duration)
      throws IOException {
    var measured = new Measured(new ArrayList<>(), 0, new ArrayList<>(), new ArrayList<>());
    int failures = 0;
    long start = System.nanoTime();
    long nextSample = start;
    for (int turn = 0; System.nanoTime() - start < duration.toNanos(); turn++) {
      long before = System.nanoTime();
      JsonNode answer =
          visco.post(
              "/api/vms/" + vms.get(turn % vms.size()) + "/exec", "{\"command\":[\"true\"]}");
      if (answer.path("exitCode").asInt(-1) == 0) {
        long millis = Duration.ofNanos(System.nanoTime() - before).toMillis();
        measured.commands().add(new Timed(millis, asked));
      } else {
        failures++;
        System.out.println("failed: " + answer);
      }
      if (System.nanoTime() >= nextSample) {
        nextSample += Duration.ofSeconds(10).toNanos();
        measured.memory().add(ProcessFigures.residentMib(visco.daemonPid()));
        measured.descriptors().add(ProcessFigures.descriptors(visco.daemonPid()));
      }
    }
    return new Measured(measured.commands(), failures, measured.memory(), measured.descriptors());
  }

  private static void print(Measured alone, Measured beside) {
    System.out.println(
        "\n| a command in an ordinary VM | alone | beside the hostile one | ratio |");
    System.out.println("|---|---|---|---|");
    for (int percent : List.of(50, 90, 99)) {
      System.out.printf(
          "| p%d | %d ms | %d ms | %.2f |%n",
          percent,
          alone.percentile(percent),
          beside.percentile(percent),
          (double) beside.percentile(percent) / alone.percentile(percent));
    }
    System.out.printf(
        "| commands that ended well, failed | %d, %d | %d, %d | |%n",
        alone.commands().size(), alone.failures(), beside.commands().size(), beside.failures());
    System.out.println("\n| the daemon | alone | first third beside | last third beside | most |");
    System.out.println("|---|---|---|---|---|");
    row("resident MiB", alone.memory(), beside.memory());
    row("open descriptors", alone.descriptors(), beside.descriptors());
  }

  private static void row(String what, List<Long> alone, List<Long> beside) {
    int third = Math.max(1, beside.size() / 3);
    System.out.printf(
        "| %s | %d | %d | %d | %d |%n",
        what,
        median(alone),
        median(beside.subList(0, third)),
        median(beside.subList(beside.size() - third, beside.size())),
        beside.stream().max(Long::compare).orElseThrow());
  }

  /** Somebody who wants to know what is wrong with the hostile VM, again and again. */
  private static final class Operator implements AutoCloseable {
    private final ViscoUnderTest visco;
    private final String vm;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Integer> done = new java.util.concurrent.ConcurrentSkipListMap<>();
    private final List<Thread> threads;

    Operator(ViscoUnderTest visco, String vm) {
      this.visco = visco;
      this.vm = vm;
      this.threads =
          Stream.<Runnable>of(this::ask, this::follow)
              .map(work -> Thread.ofVirtual().start(work))
              .toList();
    }

    Map<String, Integer> done() {
      return Map.copyOf(done);
    }

    private void ask() {
      String endless =
          "{\"command\":[\"sh\",\"-c\",\"tr '\\\\0' '\\\\1' </dev/zero\"],\"timeout\":\"10s\"}";
      while (!isOver.get()) {
        count("endless answer", "POST", "/exec", endless);
        count("diagnosis", "GET", "/diagnosis", "");
        count("bundle", "GET", "/bundle", "");
        count("report", "GET", "/report", "");
        rest();
      }
    }

    private void count(String what, String method, String path, String body) {
      asked = what;
      try {
        int status =
            client.send(request(method, path, body), BodyHandlers.discarding()).statusCode();
        done.merge(what + " " + status, 1, Integer::sum);
      } catch (IOException e) {
        done.merge(what + " broke off", 1, Integer::sum);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        isOver.set(true);
      } finally {
        asked = "nothing";
      }
    }

    /**
     * Follows the console for some seconds and leaves without a word, as a closed terminal does.
     */
    private void follow() {
      while (!isOver.get()) {
        try (var own = HttpClient.newHttpClient()) {
          InputStream console =
              own.send(request("GET", "/console?follow=true", ""), BodyHandlers.ofInputStream())
                  .body();
          console.readNBytes(256 * 1024);
          console.close();
          own.shutdownNow();
          done.merge("console followed", 1, Integer::sum);
        } catch (IOException e) {
          done.merge("console broke off", 1, Integer::sum);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        rest();
      }
    }

    private void rest() {
      try {
        Thread.sleep(PACE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        isOver.set(true);
      }
    }

    private HttpRequest request(String method, String path, String body) throws IOException {
      String port = Files.readString(visco.data().resolve("port")).strip();
      String token = Files.readString(visco.data().resolve("admin-token")).strip();
      return HttpRequest.newBuilder(
              URI.create("http://127.0.0.1:" + port + "/api/vms/" + vm + path))
          .header("Authorization", "Bearer " + token)
          .header("Content-Type", "application/json")
          .timeout(Duration.ofMinutes(2))
          .method(
              method,
              body.isEmpty()
                  ? HttpRequest.BodyPublishers.noBody()
                  : HttpRequest.BodyPublishers.ofString(body))
          .build();
    }

    @Override
    public void close() throws InterruptedException {
      isOver.set(true);
      for (Thread thread : threads) {
        thread.join(Duration.ofMinutes(1));
      }
      client.shutdownNow();
    }
  }
}
