package dev.visco.vmm.firecracker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.JsonNode;

/**
 * A Firecracker's API as it was recorded: to each request its next recorded answer. A test may have
 * it answer with any bytes instead, and hang up or not behind them.
 */
final class ScriptedFirecracker implements AutoCloseable {
  private final ServerSocketChannel server;
  private final Path socket;
  private final Map<String, Queue<JsonNode>> answers = new ConcurrentHashMap<>();
  private final AtomicReference<Raw> raw = new AtomicReference<>();

  /** What it was asked, as {@code PUT /x BODY}. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /**
   * Bytes instead of an answer.
   *
   * @param pauseMillis between two of them
   */
  record Raw(List<String> parts, long pauseMillis, boolean hangsUp) {}

  ScriptedFirecracker(Path socket) throws IOException {
    this.socket = socket;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serve);
  }

  /** Answers as the steps of a scenario. */
  ScriptedFirecracker playing(JsonNode scenario) {
    for (JsonNode step : scenario.path("steps")) {
      if (step.has("do")) {
        answers.computeIfAbsent(step.path("do").asString(), key -> new ArrayDeque<>()).add(step);
      }
    }
    return this;
  }

  void answering(Raw bytes) {
    raw.set(bytes);
  }

  private void serve() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        Thread.ofVirtual().start(() -> serve(channel));
      }
    } catch (IOException e) {
      return; // It was closed.
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      String request = request(channel);
      requests.add(request);
      Raw bytes = raw.get();
      if (bytes == null) {
        send(channel, answer(request));
      } else {
        for (String part : bytes.parts()) {
          send(channel, part);
          Thread.sleep(bytes.pauseMillis());
        }
        if (!bytes.hangsUp()) {
          channel.read(ByteBuffer.allocate(1)); // Until the client goes.
        }
      }
    } catch (IOException e) {
      return; // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String request(SocketChannel channel) throws IOException {
    var text = new StringBuilder();
    ByteBuffer buffer = ByteBuffer.allocate(65536);
    while (true) {
      int head = text.indexOf("\r\n\r\n");
      if (head >= 0) {
        var length = java.util.regex.Pattern.compile("Content-Length: (\\d+)").matcher(text);
        int body = length.find() ? Integer.parseInt(length.group(1)) : 0;
        if (text.length() >= head + 4 + body) {
          String first = text.substring(0, text.indexOf(" HTTP/1.1"));
          return (first + " " + text.substring(head + 4)).strip();
        }
      }
      if (channel.read(buffer.clear()) < 0) {
        throw new IOException("half a request");
      }
      text.append(StandardCharsets.UTF_8.decode(buffer.flip()));
    }
  }

  private String answer(String request) {
    String key = request.split(" ", 3)[0] + " " + request.split(" ", 3)[1];
    Queue<JsonNode> known = answers.get(key);
    JsonNode step = known == null ? null : known.size() > 1 ? known.poll() : known.peek();
    if (step == null) {
      return "HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\n{}";
    }
    String body = step.has("answer") ? step.path("answer").toString() : "";
    return "HTTP/1.1 %d \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n%s\r\n%s"
        .formatted(
            step.path("status").asInt(),
            body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n",
            body);
  }

  private static void send(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
  }
}
