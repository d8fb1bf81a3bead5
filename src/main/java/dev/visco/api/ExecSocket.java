package dev.visco.api;

import dev.visco.api.http.Problems;
import dev.visco.api.http.Streams;
import dev.visco.commands.RemedyCommands;
import dev.visco.delivery.ToolCredentials;
import dev.visco.delivery.ToolEnvironment;
import dev.visco.host.BlockOutput;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.CommandTimeout;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.GuestSignals;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ExecMessage;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * A command or a terminal in a guest over one WebSocket; see {@link ExecMessage} for its frames.
 */
public final class ExecSocket implements Session.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(ExecSocket.class);
  private static final Duration CONNECT = Duration.ofSeconds(15);

  private final VmService vms;
  private final ToolCredentials tools;
  private final VmId id;
  private final boolean isOperators;
  private final Streams.Registration streams;
  private final CompletableFuture<GuestProcess> process = new CompletableFuture<>();
  private volatile @Nullable SocketClient client;
  private volatile @Nullable Thread starter;
  private volatile Streams.@Nullable Stream stream;
  private volatile @Nullable GuestSession session;

  /**
   * @param tools what tools get of users' credentials with their processes
   * @param isOperators whether the client may be told what is the host's alone
   */
  ExecSocket(
      VmService vms,
      ToolCredentials tools,
      VmId id,
      boolean isOperators,
      Streams.Registration streams) {
    this.tools = tools;
    this.vms = vms;
    this.id = id;
    this.isOperators = isOperators;
    this.streams = streams;
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    SocketClient to = new SocketClient(opened, this::end);
    client = to;
    try {
      stream = streams.open(to::revoke);
    } catch (Refused e) {
      fail(RemedyCommands.message(e));
      return;
    }
    to.watch("client of exec " + id);
    to.demand();
  }

  private SocketClient client() {
    return Objects.requireNonNull(client);
  }

  @Override
  public void onWebSocketText(String text) {
    try {
      ExecMessage message = Json.read(text, ExecMessage.class);
      if (starter == null) {
        begin(message);
      } else {
        tell(process.get(), message);
      }
      client().demand();
    } catch (JacksonException e) {
      fail(Problems.of(e).detail());
    } catch (IOException | Refused e) {
      fail(RemedyCommands.message(e));
    } catch (ExecutionException e) {
      // It did not start; the client was told.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(GuestProcess running, ExecMessage message) throws IOException {
    if (message.eof() != null) {
      end(running.input());
    } else if (message.signal() != null) {
      signal(running, GuestSignals.known(message.signal()));
    } else if (message.resize() != null) {
      TerminalSize size = TerminalSize.of(message.resize());
      running.resize(size.columns(), size.rows());
    }
  }

  private void end(OutputStream input) {
    try {
      input.close();
    } catch (IOException e) {
      LOG.debug("{}: a command ended before its input: {}", id, e.getMessage());
    }
  }

  /** A signal that comes too late, or to a login shell, is no failure of the command. */
  private void signal(GuestProcess running, String name) {
    Thread.ofVirtual()
        .name("signal for exec " + id)
        .start(() -> {
          try {
            running.signal(name);
          } catch (IOException | RuntimeException e) {
            LOG.debug("{}: no {} for a command: {}", id, name, e.getMessage());
          }
        });
  }

  /**
   * Starts the command in a thread of its own, so that a client that disconnects meanwhile is
   * noticed.
   */
  private synchronized void begin(ExecMessage message) {
    starter =
        Thread.ofVirtual()
            .name("exec " + id)
            .start(() -> {
              try {
                Duration timeout = ExecRoutes.timeout(message.timeout());
                GuestProcess started = start(message);
                if (process.complete(started)) {
                  await(started, timeout);
                } else {
                  started.close();
                }
              } catch (IOException | RuntimeException | GuestUnreachable e) {
                process.completeExceptionally(e);
                fail(SocketClient.words(id, "a command", isOperators, e));
              } finally {
                end();
              }
            });
  }

  private GuestProcess start(ExecMessage message) throws IOException, GuestUnreachable {
    List<String> words = Objects.requireNonNullElse(message.command(), List.of());
    Map<String, String> variables = Objects.requireNonNullElse(message.env(), Map.of());
    boolean isTerminal = Boolean.TRUE.equals(message.tty());
    GuestSession opened = vms.session(id, CONNECT);
    keep(opened);
    OutputStream output = new Frames(ExecMessage.OUTPUT);
    if (isTerminal) {
      GuestCommand command = vms.usual(id).command(words, variables, message.cwd(), message.user());
      TerminalSize size = TerminalSize.of(message.resize());
      return opened.terminal(
          command,
          Objects.requireNonNullElse(message.term(), "xterm"),
          size.columns(),
          size.rows(),
          output);
    }
    if (words.isEmpty()) {
      throw Refused.invalid("command", "", "is missing", "Send the program and its arguments.");
    }
    try (ToolEnvironment given = tools.ofCommand(id, words).without(variables.keySet())) {
      GuestCommand command =
          given.command(vms.usual(id), words, variables, message.cwd(), message.user());
      GuestProcess started = opened.start(command, output, new Frames(ExecMessage.ERROR));
      give(started, given.input());
      return started;
    }
  }

  /** Before anything that the client sends; what a command does not read is no failure of it. */
  private void give(GuestProcess started, byte[] input) {
    if (input.length == 0) {
      return;
    }
    try {
      started.input().write(input);
      started.input().flush();
    } catch (IOException e) {
      LOG.debug("{}: a command ended before it was given its input: {}", id, e.getMessage());
    }
  }

  /** Keeps the session to be closed at the end; fails if the client has gone already. */
  private synchronized void keep(GuestSession opened) throws IOException {
    session = opened;
    if (client().isOver()) {
      throw new IOException("the client has gone");
    }
  }

  private void await(GuestProcess running, @Nullable Duration timeout) {
    try (var limit = new CommandTimeout(running, timeout)) {
      int code = limit.waitFor();
      send(limit.isReached() ? ExecMessage.timedOut(code) : ExecMessage.ended(code));
      client().close(StatusCode.NORMAL, "");
    } catch (IOException e) {
      fail(e.getMessage() + "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(String why) {
    try {
      send(ExecMessage.broken(why));
    } catch (IOException e) {
      // The client has gone.
    }
    client().close(StatusCode.NORMAL, "");
    end();
  }

  private void send(ExecMessage message) throws IOException {
    client().send(Json.line(message));
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    callback.succeed();
    try {
      if (starter != null) {
        GuestProcess running = process.get();
        running.input().write(bytes);
        running.input().flush();
      }
    } catch (IOException | ExecutionException e) {
      // The command closed its input or never started; its exit tells more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client().demand(); // Only now: the guest has taken it.
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

  private synchronized void end() {
    client().end();
    if (starter != null && !process.isDone()) {
      starter.interrupt(); // It may be waiting for a guest that does not answer.
    }
    process.thenAccept(GuestProcess::close);
    process.cancel(false);
    if (session != null) {
      session.close();
    }
    if (stream != null) {
      stream.close();
    }
  }

  /** Size of a terminal in characters. */
  private record TerminalSize(int columns, int rows) {
    private static final int MAX = 10_000;

    static TerminalSize of(@Nullable List<Integer> sent) {
      if (sent == null) {
        return new TerminalSize(80, 24);
      }
      if (sent.size() != 2 || !sent.stream().allMatch(it -> it != null && it > 0 && it <= MAX)) {
        throw Refused.invalid(
            "resize",
            sent.toString(),
            "is no size of a terminal",
            "Send columns and rows, from 1 to " + MAX + ".");
      }
      return new TerminalSize(sent.get(0), sent.get(1));
    }
  }

  /** An output stream whose writes are sent as one frame each, and block until sent. */
  private final class Frames extends BlockOutput {
    private final byte channel;

    Frames(byte channel) {
      this.channel = channel;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer frame =
          ByteBuffer.allocate(length + 1).put(channel).put(bytes, offset, length).flip();
      client().send(frame);
    }
  }
}
