package dev.visco.vmm.qemu;

import dev.visco.host.HostFault;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The control socket of a QEMU that is this process's child, connected for its whole life. Events
 * are passed on as they come, also between commands. {@link Qmp} is for machines that are not
 * children.
 */
public final class QmpSession implements Monitor, AutoCloseable {
  private final SocketChannel channel;
  private final Duration deadline;
  private final Consumer<JsonNode> events;
  private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
  private @Nullable JsonNode greeting;

  private QmpSession(SocketChannel channel, Duration deadline, Consumer<JsonNode> events) {
    this.channel = channel;
    this.deadline = deadline;
    this.events = events;
  }

  /**
   * Negotiates on a connection.
   *
   * @param deadline for each answer
   * @param events receives every event, on a thread of its own, and a {@link MissingNode} when the
   *     connection has ended
   */
  public static QmpSession over(SocketChannel channel, Duration deadline, Consumer<JsonNode> events)
      throws IOException {
    var session = new QmpSession(channel, deadline, events);
    Thread.ofVirtual().name("qmp").start(session::read);
    JsonNode greeting = session.answer("the connection");
    if (!greeting.has("QMP")) {
      throw new IOException("no QMP greeting: " + greeting);
    }
    session.greeting = greeting;
    session.execute("qmp_capabilities");
    return session;
  }

  /** QEMU's version, like {@code 7.2}. */
  public String version() {
    if (greeting == null) {
      throw new IllegalStateException("not greeted yet");
    }
    return versionOf(greeting);
  }

  static String versionOf(JsonNode greeting) {
    JsonNode version = greeting.path("QMP").path("version").path("qemu");
    return version.path("major").asInt() + "." + version.path("minor").asInt();
  }

  @Override
  public synchronized JsonNode execute(String command, Map<String, ?> arguments)
      throws IOException {
    String line = Json.line(Map.of("execute", command, "arguments", arguments)) + "\n";
    ByteBuffer request = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    while (request.hasRemaining()) {
      channel.write(request);
    }
    JsonNode answer = answer(command);
    if (answer.has("error")) {
      throw new HostFault(
          "QEMU refused " + command + ": " + answer.get("error").path("desc").asString());
    }
    return answer.path("return");
  }

  private JsonNode answer(String what) throws IOException {
    try {
      JsonNode answer = answers.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (answer == null) {
        close(); // A late answer would otherwise be taken for that of the next command.
        throw new HostFault("QEMU did not answer " + what + " within " + deadline);
      }
      if (answer.isMissingNode()) {
        answers.add(answer); // For the next caller.
        throw new IOException("QEMU closed its control socket");
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new HostFault("interrupted while QEMU was asked for " + what, e);
    }
  }

  private void read() {
    try (var lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode said = Json.mapper().readTree(line);
        if (said.has("event")) {
          events.accept(said);
        } else {
          answers.add(said);
        }
      }
    } catch (IOException e) {
      // Treated like the end of the connection.
    } finally {
      answers.add(MissingNode.getInstance());
      events.accept(MissingNode.getInstance());
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is lost.
    }
  }
}
