package dev.visco.signin.channel;

import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.wire.Json;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A tool that takes and gives lines of JSON: requests with ids, their answers, and the rest. */
final class JsonTool {
  /** Requests without an answer yet. */
  private static final int MAX_PENDING = 100;

  private final Map<String, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final Function<JsonNode, @Nullable String> idOf;
  private final Consumer<JsonNode> others;
  private final LastLine errors = new LastLine();
  private final GuestProcess process;
  private volatile @Nullable IOException ended;

  /**
   * Starts the tool of a login.
   *
   * @param idOf the id of the request that a message answers; null when it answers none
   * @param others takes messages that answer nothing
   */
  JsonTool(ToolLogin login, Function<JsonNode, @Nullable String> idOf, Consumer<JsonNode> others)
      throws IOException {
    this.idOf = idOf;
    this.others = others;
    this.process =
        login.running(
            login.tools.start(
                login.command(),
                login.provider.environment(login.method),
                new JsonLineReader(this::message),
                errors));
    Thread.ofVirtual().name("end of a tool in a guest").start(this::awaitEnd);
  }

  private void message(JsonNode message) {
    String id = idOf.apply(message);
    CompletableFuture<JsonNode> waiting = id == null ? null : pending.remove(id);
    if (waiting != null) {
      waiting.complete(message);
    } else {
      others.accept(message);
    }
  }

  private void awaitEnd() {
    IOException why;
    try {
      int code = process.waitFor();
      String said = errors.text();
      why = new IOException("the tool ended with " + code + (said.isEmpty() ? "" : ": " + said));
    } catch (IOException e) {
      why = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = new IOException("interrupted", e);
    }
    ended = why;
    for (CompletableFuture<JsonNode> waiting : pending.values()) {
      waiting.completeExceptionally(why);
    }
  }

  /** Sends a message that needs no answer. */
  void send(Object message) throws IOException {
    synchronized (process) {
      process.input().write(Json.bytes(message));
      process.input().flush();
    }
  }

  /** Sends a message, and returns what will be its answer. */
  CompletableFuture<JsonNode> request(String id, Object message) throws IOException {
    var answer = new CompletableFuture<JsonNode>();
    if (pending.size() >= MAX_PENDING) {
      throw new IOException("the tool answers nothing");
    }
    pending.put(id, answer);
    IOException over = ended;
    if (over != null) {
      throw over;
    }
    send(message);
    return answer;
  }

  /** Completes with the tool's end, if that comes first. */
  CompletableFuture<JsonNode> expected(String id) {
    var answer = new CompletableFuture<JsonNode>();
    pending.put(id, answer);
    IOException over = ended;
    if (over != null) {
      answer.completeExceptionally(over);
    }
    return answer;
  }

  /** Waits for an answer as long as a tool may need. */
  static JsonNode answer(CompletableFuture<JsonNode> answer)
      throws IOException, InterruptedException {
    try {
      return answer.get(ToolLogin.ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("the tool did not answer in time", e);
    } catch (ExecutionException e) {
      throw cause(e);
    }
  }

  /** Waits for what a person has to do first; the login's own end bounds it. */
  static JsonNode outcome(CompletableFuture<JsonNode> answer)
      throws IOException, InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw cause(e);
    }
  }

  private static IOException cause(ExecutionException e) {
    return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
  }
}
