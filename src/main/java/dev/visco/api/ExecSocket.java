package dev.visco.api;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A command or a terminal in a guest over one WebSocket; see {@link ExecMessage} for its frames.
 */
public final class ExecSocket implements Session.Listener {
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private final VmService vms;
  private final VmId id;
  private @Nullable Session socket;
  private @Nullable GuestSession session;
  private volatile @Nullable GuestProcess process;

  ExecSocket(VmService vms, VmId id) {
    this.vms = vms;
    this.id = id;
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    socket = opened;
    opened.demand();
  }

  private Session socket() {
    return Objects.requireNonNull(socket);
  }

  @Override
  public void onWebSocketText(String text) {
    try {
      ExecMessage message = Json.read(text, ExecMessage.class);
      GuestProcess running = process;
      if (running == null) {
        start(message);
      } else if (message.eof() != null) {
        running.input().close();
      } else if (message.resize() != null) {
        Size size = Size.of(message.resize());
        running.resize(size.columns(), size.rows());
      }
      socket().demand();
    } catch (JacksonException e) {
      fail(Problems.of(e).detail());
    } catch (IOException | Refused | GuestUnreachable | HostFault e) {
      fail(e.getMessage() + "");
    }
  }

  private void start(ExecMessage message) throws IOException, GuestUnreachable {
    List<String> command = Objects.requireNonNullElse(message.command(), List.of());
    boolean isTerminal = Boolean.TRUE.equals(message.tty());
    GuestSession opened = vms.session(id, CONNECT);
    session = opened;
    OutputStream output = new Frames(ExecMessage.OUTPUT);
    GuestProcess started;
    if (isTerminal) {
      Size size = Size.of(message.resize());
      started =
          opened.terminal(
              command,
              Objects.requireNonNullElse(message.term(), "xterm"),
              size.columns(),
              size.rows(),
              output);
    } else if (command.isEmpty()) {
      throw Refused.invalid("command", "", "is missing", "Send the program and its arguments.");
    } else {
      started = opened.start(command, output, new Frames(ExecMessage.ERROR));
    }
    process = started;
    Thread.ofVirtual().name("exec " + id).start(() -> await(started));
  }

  private void await(GuestProcess running) {
    try {
      int code = running.waitFor();
      send(ExecMessage.ended(code));
      socket().close(StatusCode.NORMAL, "", Callback.NOOP);
    } catch (IOException e) {
      fail(e.getMessage() + "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }

  private void fail(String why) {
    try {
      send(ExecMessage.broken(why));
    } catch (IOException e) {
      // The client has gone.
    }
    socket().close(StatusCode.NORMAL, "", Callback.NOOP);
    end();
  }

  private void send(ExecMessage message) throws IOException {
    var sent = new Callback.Completable();
    socket().sendText(Json.line(message), sent);
    await(sent);
  }

  private static void await(Callback.Completable sent) throws IOException {
    try {
      sent.get();
    } catch (ExecutionException e) {
      throw new IOException("the client has gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    GuestProcess running = process;
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    callback.succeed();
    try {
      if (running != null) {
        running.input().write(bytes);
        running.input().flush();
      }
    } catch (IOException e) {
      // The command has closed its input; its exit code says more.
    }
    // The next frame is asked for only now: a guest that does not read holds up the client, not our
    // memory.
    socket().demand();
  }

  @Override
  public void onWebSocketClose(int code, String reason, Callback callback) {
    end();
    callback.succeed();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    end();
  }

  private void end() {
    GuestProcess running = process;
    if (running != null) {
      running.close();
    }
    GuestSession opened = session;
    if (opened != null) {
      opened.close();
    }
  }

  /** A terminal's, in characters. */
  private record Size(int columns, int rows) {
    private static final int MOST = 10_000;

    static Size of(@Nullable List<Integer> sent) {
      if (sent == null) {
        return new Size(80, 24);
      }
      if (sent.size() != 2 || !sent.stream().allMatch(it -> it != null && it > 0 && it <= MOST)) {
        throw Refused.invalid(
            "resize",
            sent.toString(),
            "is no size of a terminal",
            "Send columns and rows, from 1 to " + MOST + ".");
      }
      return new Size(sent.get(0), sent.get(1));
    }
  }

  /** Each write is one frame, and waits until it has been sent. */
  private final class Frames extends OutputStream {
    private final byte channel;

    Frames(byte channel) {
      this.channel = channel;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer frame =
          ByteBuffer.allocate(length + 1).put(channel).put(bytes, offset, length).flip();
      var sent = new Callback.Completable();
      socket().sendBinary(frame, sent);
      await(sent);
    }

    private void await(Callback.Completable sent) throws IOException {
      ExecSocket.await(sent);
    }
  }
}
