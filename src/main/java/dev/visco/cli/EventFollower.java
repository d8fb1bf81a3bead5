package dev.visco.cli;

import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Reads the daemon's stream of events (server-sent events), and goes on after the last one when the
 * daemon was restarted.
 */
final class EventFollower {
  /** An upgrade of the daemon takes some seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration PAUSE = Duration.ofMillis(500);

  private final DaemonClient api;
  private final String path;
  private String last;
  private boolean isBegun;
  private boolean isEnded;
  private long lost;

  /**
   * @param last the id of the last event that is known, empty for none
   */
  EventFollower(DaemonClient api, String path, String last) {
    this.api = api;
    this.path = path;
    this.last = last;
  }

  /**
   * Gives each event to the reader until it answers false.
   *
   * @throws ApiException when the daemon refuses, or does not answer for {@link #PATIENCE}
   */
  void follow(Predicate<JsonNode> reader) {
    while (!isEnded) {
      try {
        api.stream("GET", path, null, headers(), in -> read(in, reader));
        lost = System.nanoTime();
      } catch (ApiException e) {
        boolean isOver = System.nanoTime() - lost > PATIENCE.toNanos();
        if (!isBegun || isOver || isAnswer(e)) {
          throw e;
        }
      }
      pause();
    }
  }

  /** Whether the daemon has answered with a problem; otherwise it may be there again soon. */
  private static boolean isAnswer(ApiException e) {
    return e.exitCode() != CommandExitCode.UNREACHABLE && e.exitCode() != CommandExitCode.FAILED;
  }

  private Map<String, String> headers() {
    return last.isEmpty()
        ? Map.of("Accept", "text/event-stream")
        : Map.of("Accept", "text/event-stream", "Last-Event-ID", last);
  }

  private void read(InputStream in, Predicate<JsonNode> reader) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    try {
      for (String line = lines.readLine(); line != null && !isEnded; line = lines.readLine()) {
        isBegun = true;
        if (line.startsWith("id: ")) {
          last = line.substring(4);
        } else if (line.startsWith("data: ")) {
          isEnded = !reader.test(Json.read(line.substring(6), JsonNode.class));
        }
      }
    } finally {
      lost = System.nanoTime();
    }
  }

  private void pause() {
    if (!isEnded) {
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        isEnded = true;
      }
    }
  }
}
