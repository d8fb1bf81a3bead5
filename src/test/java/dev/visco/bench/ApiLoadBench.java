package dev.visco.bench;

import dev.visco.api.fuzz.KeptConnection;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import dev.visco.store.VmStates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The API of a daemon with many rows and two guests that boot again and again: lists, hundreds of
 * streams of events, connections that say nothing, many requests in a row. Run it by {@code
 * bench/api-load}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class ApiLoadBench {
  private static final int ROWS = Integer.getInteger("rows", 1000);
  private static final int REQUESTS = Integer.getInteger("requests", 100_000);
  private static final int STREAMS = Integer.getInteger("streams", 500);
  private static final int IDLE = Integer.getInteger("idle", 10_000);

  /** Which parts are run: those whose names are in it. */
  private static final List<String> PARTS =
      List.of(System.getProperty("parts", "lists,streams,idle,many").split(","));

  private static final int CLIENTS = 8;
  private static final Duration WHILE = Duration.ofSeconds(20);

  @Test
  void listsStreamsAndConnections() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "0", "VISCO_REQUESTS", "0")).up()) {
      List<String> guests = List.of(visco.create("--user", "a"), visco.create("--user", "b"));
      visco.killDaemon();
      fill(visco);
      visco.up();
      if (PARTS.contains("lists")) {
        lists(visco, guests);
      }
      if (PARTS.contains("streams")) {
        streams(visco, guests.getFirst());
      }
      if (PARTS.contains("idle")) {
        idle(visco);
      }
      if (PARTS.contains("many")) {
        many(visco, guests.getFirst());
      }
    }
  }

  private static void fill(ViscoUnderTest visco) throws IOException {
    String image = BenchRows.image(visco);
    try (var store = Store.open(visco.data())) {
      var rows = new VmRows(store, store.host());
      for (int number = 0; number < ROWS; number++) {
        VmId id = BenchRows.id(number);
        BenchRows.insert(rows, id, image);
        VmStates.set(store, id, VmState.DESTROYED);
      }
    }
  }

  private static int port(ViscoUnderTest visco) throws IOException {
    return Integer.parseInt(Files.readString(visco.data().resolve("port")).strip());
  }

  private static byte[] get(ViscoUnderTest visco, String path, String... headers)
      throws IOException {
    String token = Files.readString(visco.data().resolve("admin-token")).strip();
    String more = String.join("", Arrays.stream(headers).map(line -> line + "\r\n").toList());
    return ("GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + token
            + "\r\n"
            + more
            + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** How fast answers come, alone and beside two guests that boot again and again. */
  private static void lists(ViscoUnderTest visco, List<String> guests) throws Exception {
    System.out.println("\n| list | beside | a second | p50 | p99 |");
    System.out.println("|---|---|---|---|---|");
    String page = "/api/v1/vms?all=true";
    load(visco, page, Duration.ofSeconds(5)); // What is loaded and compiled once.
    row("a page of " + ROWS + " rows", "nothing", load(visco, page, WHILE));
    try (var boots = new Boots(visco, guests)) {
      row("a page of " + ROWS + " rows", "two guests that boot", load(visco, page, WHILE));
      row("the VMs that are there", "two guests that boot", load(visco, "/api/v1/vms", WHILE));
      row("all in one page", "two guests that boot", load(visco, page + "&limit=1000", WHILE));
      System.out.println("boots meanwhile: " + boots.count());
    }
  }

  private static void row(String what, String beside, List<Long> micros) {
    System.out.printf(
        "| %s | %s | %d | %.1f ms | %.1f ms |%n",
        what,
        beside,
        micros.size() / WHILE.toSeconds(),
        micros.get(micros.size() / 2) / 1000.0,
        micros.get((int) (micros.size() * 0.99)) / 1000.0);
  }

  /** The microseconds of each answer, sorted. */
  private static List<Long> load(ViscoUnderTest visco, String path, Duration length)
      throws Exception {
    byte[] request = get(visco, path);
    int port = port(visco);
    var all = new ConcurrentLinkedQueue<Long>();
    long end = System.nanoTime() + length.toNanos();
    var clients = new ArrayList<CompletableFuture<Void>>();
    for (int client = 0; client < CLIENTS; client++) {
      clients.add(
          CompletableFuture.runAsync(
              () -> {
                try (var connection = new KeptConnection(port)) {
                  while (System.nanoTime() < end) {
                    long begin = System.nanoTime();
                    int status = connection.send("GET", request).status();
                    if (status != 200) {
                      throw new IllegalStateException(path + " was answered with " + status);
                    }
                    all.add((System.nanoTime() - begin) / 1000);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> Thread.ofPlatform().start(task)));
    }
    CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).get();
    return all.stream().sorted().toList();
  }

  /** Restarts guests without end. */
  private static final class Boots implements AutoCloseable {
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> threads;
    private final ConcurrentLinkedQueue<String> done = new ConcurrentLinkedQueue<>();

    Boots(ViscoUnderTest visco, List<String> guests) {
      threads =
          guests.stream()
              .map(vm ->
                  Thread.ofPlatform()
                      .start(() -> {
                        while (!isOver.get()) {
                          visco.post("/api/vms/" + vm + "/restart?wait=ready", "{}");
                          done.add(vm);
                        }
                      }))
              .toList();
    }

    int count() {
      return done.size();
    }

    @Override
    public void close() throws InterruptedException {
      isOver.set(true);
      for (Thread thread : threads) {
        thread.join(Duration.ofMinutes(2));
      }
    }
  }

  /** From a change to the last of all streams that has it, and what they hold. */
  private static void streams(ViscoUnderTest visco, String vm) throws Exception {
    long pid = visco.daemonPid();
    long memory = ProcessFigures.residentMib(pid);
    long descriptors = ProcessFigures.descriptors(pid);
    byte[] request = get(visco, "/api/events", "Accept: text/event-stream");
    var sockets = new ArrayList<Socket>();
    var heard = new CountDownLatch(STREAMS);
    try {
      for (int number = 0; number < STREAMS; number++) {
        var socket = new Socket("127.0.0.1", port(visco));
        sockets.add(socket);
        socket.getOutputStream().write(request);
        var open = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> listen(socket, open, heard));
        if (!open.await(20, TimeUnit.SECONDS)) {
          throw new IllegalStateException("stream " + number + " was not answered");
        }
      }
      System.out.printf(
          "%n%d streams of events: %d MiB and %d descriptors more%n",
          STREAMS,
          ProcessFigures.residentMib(pid) - memory,
          ProcessFigures.descriptors(pid) - descriptors);
      long begin = System.nanoTime();
      visco.post("/api/vms/" + vm + "/pause", "{}");
      boolean isHeard = heard.await(30, TimeUnit.SECONDS);
      System.out.printf(
          "from the change to the last of them: %d ms%s%n",
          Duration.ofNanos(System.nanoTime() - begin).toMillis(),
          isHeard ? "" : ", and " + heard.getCount() + " never heard of it");
      visco.post("/api/vms/" + vm + "/resume", "{}");
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    settle(pid, descriptors, "after all have left");
  }

  private static void listen(Socket socket, CountDownLatch open, CountDownLatch heard) {
    try {
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("HTTP/1.1 200")) {
          open.countDown();
        } else if (line.startsWith("data:") && line.contains("pause")) {
          heard.countDown();
          return;
        }
      }
    } catch (SocketException e) {
      // It was closed at the end.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void settle(long pid, long descriptors, String when) throws IOException {
    long begin = System.nanoTime();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> ProcessFigures.descriptors(pid) <= descriptors + 20);
    System.out.printf(
        "%s: %d descriptors (%d before), after %d s%n",
        when,
        ProcessFigures.descriptors(pid),
        descriptors,
        Duration.ofNanos(System.nanoTime() - begin).toSeconds());
  }

  /** Connections without a word, as many as anybody may try, while one with a token works. */
  private static void idle(ViscoUnderTest visco) throws Exception {
    long pid = visco.daemonPid();
    long descriptors = ProcessFigures.descriptors(pid);
    int port = port(visco);
    var sockets = new ArrayList<Socket>();
    int refused = 0;
    byte[] request = get(visco, "/api/v1/vms");
    long worst = 0;
    try (var known = new KeptConnection(port)) {
      for (int number = 0; number < IDLE; number++) {
        try {
          sockets.add(new Socket("127.0.0.1", port));
        } catch (IOException e) {
          refused++;
        }
        if (number % 500 == 499) {
          long begin = System.nanoTime();
          if (known.send("GET", request).status() != 200) {
            throw new IllegalStateException("the one with a token was turned away");
          }
          worst = Math.max(worst, Duration.ofNanos(System.nanoTime() - begin).toMillis());
        }
      }
      System.out.printf(
          "%n%d connections that say nothing (%d refused): %d descriptors at most, a request with a"
              + " token took %d ms at most%n",
          IDLE, refused, ProcessFigures.descriptors(pid), worst);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    settle(pid, descriptors, "after they have left");
  }

  /** Requests of all kinds that change nothing for good. */
  private static void many(ViscoUnderTest visco, String vm) throws Exception {
    long pid = visco.daemonPid();
    List<byte[]> requests =
        List.of(
            get(visco, "/api/v1/vms?all=true&limit=20"),
            get(visco, "/api/v1/vms/" + vm),
            get(visco, "/api/v1/vms/" + vm + "/report"),
            get(visco, "/api/v1/events?limit=20"),
            get(visco, "/api/v1/vms/vm-ffffffff"),
            get(visco, "/api/v1/images"),
            get(visco, "/health"));
    System.out.println("\n| requests | resident MiB | descriptors | threads | a second |");
    System.out.println("|---|---|---|---|---|");
    for (int part = 0; part <= 5; part++) {
      long begin = System.nanoTime();
      int count = part == 0 ? 0 : REQUESTS / 5;
      send(port(visco), requests, count);
      long millis = Math.max(1, Duration.ofNanos(System.nanoTime() - begin).toMillis());
      System.out.printf(
          "| %d | %d | %d | %d | %d |%n",
          part * (REQUESTS / 5),
          ProcessFigures.residentMib(pid),
          ProcessFigures.descriptors(pid),
          ProcessFigures.threads(pid),
          count * 1000L / millis);
    }
  }

  private static void send(int port, List<byte[]> requests, int count) throws Exception {
    var clients = new ArrayList<CompletableFuture<Void>>();
    for (int client = 0; client < CLIENTS; client++) {
      clients.add(
          CompletableFuture.runAsync(
              () -> {
                try (var connection = new KeptConnection(port)) {
                  for (int number = 0; number < count / CLIENTS; number++) {
                    connection.send("GET", requests.get(number % requests.size()));
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> Thread.ofPlatform().start(task)));
    }
    CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).get();
  }
}
