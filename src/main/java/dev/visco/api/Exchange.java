package dev.visco.api;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import tools.jackson.core.JacksonException;

/** One request and its answer, for a route that runs on a virtual thread from top to bottom. */
final class Exchange {
  private static final int MOST_BYTES = 8 << 20;
  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Map<String, String> path;

  Exchange(Request request, Response response, Callback callback, Map<String, String> path) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.path = path;
  }

  /** A part of the path that the route names. */
  String path(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no {" + name + "}");
    }
    return value;
  }

  Optional<String> query(String name) {
    Fields fields = Request.extractQueryParameters(request);
    return Optional.ofNullable(fields.getValue(name));
  }

  boolean isTrue(String name) {
    return query(name).filter("true"::equals).isPresent();
  }

  Duration duration(String name, Duration standard, Duration most) {
    Duration asked = query(name).map(text -> Durations.of(name, text)).orElse(standard);
    return asked.compareTo(most) > 0 ? most : asked;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeaders().get(name));
  }

  /** The body as a record; what is wrong with it is refused by the field's name. */
  <T> T body(Class<T> type) throws IOException {
    try (var in = Content.Source.asInputStream(request)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw Refused.invalid(
            "body",
            bytes.length + " bytes",
            "is too large",
            "Send at most " + MOST_BYTES + " bytes.");
      }
      return Json.read(bytes.length == 0 ? "{}" : new String(bytes, StandardCharsets.UTF_8), type);
    } catch (JacksonException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof Refused refused) {
          throw refused;
        }
      }
      throw e;
    }
  }

  void json(int status, Object document) {
    send(
        status,
        document instanceof dev.visco.wire.ProblemDocument
            ? "application/problem+json"
            : "application/json",
        Json.line(document) + "\n");
  }

  void text(int status, String type, String text) {
    send(status, type, text);
  }

  void withHeader(String name, String value) {
    response.getHeaders().put(name, value);
  }

  private void send(int status, String type, String text) {
    bytes(status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(int status, String type, byte[] content) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.write(true, ByteBuffer.wrap(content), callback);
  }

  /** Streams an answer; each write is sent at once and waits until the client has room for it. */
  void stream(String type, Streaming streaming) throws IOException {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    try (OutputStream out = Content.Sink.asOutputStream(response)) {
      streaming.to(out);
    }
    callback.succeeded();
  }

  boolean isCommitted() {
    return response.isCommitted();
  }

  void fail(Throwable cause) {
    callback.failed(cause);
  }

  /** What writes a streamed answer. */
  interface Streaming {
    void to(OutputStream out) throws IOException;
  }
}
