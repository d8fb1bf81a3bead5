package dev.visco.vmm.firecracker;

import dev.visco.host.HostFault;
import dev.visco.host.UnixHttp;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Firecracker's API over its unix socket. Each call has a connection of its own: Firecracker serves
 * ten, calls are rare, and a connection that is kept open would have to be checked.
 */
final class FirecrackerApi {
  /**
   * The maximum size of an answer; the largest are {@code GET /vm/config} with 31 drives, and an
   * MMDS store.
   */
  private static final int MAX_BYTES = 1 << 20;

  private final UnixHttp http;

  /**
   * @param deadline for a whole call
   */
  FirecrackerApi(Path socket, Duration deadline) {
    this.http = new UnixHttp(socket, "Firecracker", deadline, MAX_BYTES);
  }

  /**
   * An answer: 200 with a body, 204 without, 400 with an error message, 503 when it has too many
   * connections.
   */
  record ApiAnswer(int status, JsonNode body) {
    boolean succeeded() {
      return status == 200 || status == 204;
    }

    /** Firecracker's error message. */
    String fault() {
      return body.path("fault_message").asString("status " + status);
    }
  }

  /**
   * Gets a resource.
   *
   * @throws IOException when nobody listens (yet, or any more)
   * @throws HostFault when it refuses, or its answer is late or not HTTP
   */
  JsonNode get(String path) throws IOException {
    return checked("GET", path, null).body();
  }

  /** Sets a resource; see {@link #get} for what it throws. */
  void put(String path, Object body) throws IOException {
    checked("PUT", path, body);
  }

  /** Changes a resource; see {@link #get} for what it throws. */
  void patch(String path, Object body) throws IOException {
    checked("PATCH", path, body);
  }

  private ApiAnswer checked(String method, String path, @Nullable Object body) throws IOException {
    ApiAnswer answer = call(method, path, body);
    if (!answer.succeeded()) {
      throw new HostFault("Firecracker refused " + method + " " + path + ": " + answer.fault());
    }
    return answer;
  }

  /** Makes one call, and returns the answer whatever its status. */
  ApiAnswer call(String method, String path, @Nullable Object body) throws IOException {
    UnixHttp.HttpAnswer answer = http.call(method, path, body == null ? null : Json.line(body));
    return new ApiAnswer(answer.status(), json(method + " " + path, answer.body()));
  }

  private static JsonNode json(String what, String text) {
    try {
      return text.isBlank() ? Json.mapper().createObjectNode() : Json.mapper().readTree(text);
    } catch (JacksonException e) {
      throw new HostFault(
          "Firecracker answered "
              + what
              + " with no JSON: "
              + text.substring(0, Math.min(text.length(), 200)),
          e);
    }
  }
}
