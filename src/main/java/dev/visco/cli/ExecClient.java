package dev.visco.cli;

import dev.visco.session.WebSocketConnector;
import dev.visco.session.WebSocketStream;
import dev.visco.session.WebSocketStream.Message;
import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The client's end of a command or terminal in a guest; see {@link ExecMessage}. */
final class ExecClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(30);

  /** A terminal may be left alone for so long, and a guest may read as slowly. */
  private static final Duration IDLE = Duration.ofHours(12);

  private final OutputStream out;
  private final OutputStream err;
  private final WebSocketConnector connector =
      new WebSocketConnector(new WebSocketConnector.WebSocketLimits(2 << 20, IDLE));
  private volatile @Nullable WebSocketStream stream;

  ExecClient(OutputStream out, OutputStream err) {
    this.out = out;
    this.err = err;
  }

  void start(DaemonClient api, String id, ExecMessage start) {
    stream = connect(api.address(), id);
    try {
      send(start);
    } catch (IOException e) {
      // The connection has ended already; the daemon's messages tell why.
    }
  }

  private WebSocketStream connect(ApiAddress address, String id) {
    try {
      return connector.connect(
          address.webSocket("/api/vms/" + id + "/exec", connector),
          Map.of("Authorization", "Bearer " + address.token()),
          List.of(),
          CONNECT);
    } catch (IOException e) {
      throw ApiException.unreachable(address, e);
    }
  }

  private WebSocketStream stream() {
    return Objects.requireNonNull(stream, "start comes first");
  }

  void send(ExecMessage message) throws IOException {
    stream().write(Json.line(message));
  }

  /** Sends all of {@code in}; its end too. */
  void pump(InputStream in) {
    byte[] buffer = new byte[1 << 15];
    try {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        stream().write(ByteBuffer.wrap(buffer, 0, count));
      }
      send(ExecMessage.endOfInput());
    } catch (IOException e) {
      // The command ended without reading all of it; its exit code tells more.
    }
  }

  /** Writes the command's output to the streams until it ends, and returns its exit code. */
  int exitCode() {
    try {
      for (Optional<Message> next = stream().next(IDLE);
          next.isPresent();
          next = stream().next(IDLE)) {
        OptionalInt code = taken(next.get());
        if (code.isPresent()) {
          return code.getAsInt();
        }
      }
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        return CommandExitCode.NOT_RUN;
      }
      throw new ApiException(e.getMessage() + "", CommandExitCode.REFUSED);
    }
    WebSocketStream.Ending ending = Objects.requireNonNull(stream().ending());
    throw new ApiException(
        "The connection to the daemon ended (" + ending.code() + " " + ending.reason() + ").",
        CommandExitCode.REFUSED);
  }

  /** Handles one message; the exit code if it has one. */
  private OptionalInt taken(Message message) throws IOException {
    return switch (message) {
      case Message.TextMessage it -> told(Json.read(it.text(), ExecMessage.class));
      case Message.BinaryMessage it -> {
        byte[] bytes = it.bytes();
        OutputStream to = bytes[0] == ExecMessage.ERROR ? err : out;
        to.write(bytes, 1, bytes.length - 1);
        to.flush();
        yield OptionalInt.empty();
      }
    };
  }

  private static OptionalInt told(ExecMessage message) {
    if (message.error() != null) {
      throw new ApiException(message.error(), CommandExitCode.REFUSED);
    }
    return message.exit() == null ? OptionalInt.empty() : OptionalInt.of(message.exit());
  }

  @Override
  public void close() {
    connector.close();
  }
}
