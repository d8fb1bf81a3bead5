package dev.visco.api;

import dev.visco.host.MemoryBudget;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A guest that knows some programs: {@code cat} (its input comes back; ends with 0 at its end),
 * {@code fail} (says so on standard error, ends with 3), {@code hang} (breaks off), {@code sleep}
 * (says nothing and does not end) and {@code deaf} (the same, and takes nothing of its input).
 */
public final class FakeGuest {
  /** Terminals as they were opened and resized. */
  public final BlockingQueue<String> terminals = new LinkedBlockingQueue<>();

  /** Connections that nobody has closed. */
  public final AtomicInteger open = new AtomicInteger();

  public GuestSession session() {
    open.incrementAndGet();
    return new Session();
  }

  private final class Session implements GuestSession {
    private boolean isClosed;

    @Override
    public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput)
        throws IOException {
      var output = new ByteArrayOutputStream();
      var error = new ByteArrayOutputStream();
      try (GuestProcess process = start(command, output, error)) {
        process.input().write(input);
        process.input().close();
        int code = process.waitFor();
        var held =
            MemoryBudget.shared()
                .take("what it said", (long) output.size() + error.size(), Duration.ofSeconds(5));
        return new GuestOutput(
            new GuestOutput.Ending(code, false), output.toByteArray(), error.toByteArray(), held);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
        throws IOException {
      var process = new Program(output);
      switch (command.arguments().getFirst()) {
        case "fail" -> {
          error.write("it failed\n".getBytes(StandardCharsets.UTF_8));
          process.ended.complete(3);
        }
        case "hang" -> process.ended.completeExceptionally(new IOException());
        case "deaf" -> process.isDeaf = true;
        case "early" -> process.hasClosedInput = true;
        case "sleep" -> process.isEndless = true;
        default -> {}
      }
      return process;
    }

    @Override
    public GuestProcess terminal(
        GuestCommand command, String term, int columns, int rows, OutputStream output) {
      terminals.add(command.arguments() + " " + term + " " + columns + "x" + rows);
      return new Program(output);
    }

    @Override
    public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
      throw new IOException("nobody dials from this guest");
    }

    @Override
    public GuestFiles files() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String hostKey() {
      return "ssh-ed25519 AAAA";
    }

    @Override
    public boolean isOpen() {
      return !isClosed;
    }

    @Override
    public synchronized void close() {
      if (!isClosed) {
        isClosed = true;
        open.decrementAndGet();
      }
    }
  }

  private final class Program implements GuestSession.GuestProcess {
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final OutputStream output;
    private boolean isDeaf;
    private boolean hasClosedInput;
    private boolean isEndless;

    public Program(OutputStream output) {
      this.output = output;
    }

    @Override
    public OutputStream input() {
      return new OutputStream() {
        @Override
        public void write(int one) throws IOException {
          output.write(one);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          if (isDeaf) {
            ended.handle((code, failure) -> 0).join();
            throw new IOException("it has ended");
          }
          output.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
          if (hasClosedInput) {
            throw new IOException("the stream is already closed");
          }
        }

        @Override
        public void close() throws IOException {
          flush();
          if (!isEndless) {
            ended.complete(0);
          }
        }
      };
    }

    @Override
    public void signal(String name) {
      ended.complete(143);
    }

    @Override
    public void resize(int columns, int rows) {
      terminals.add(columns + "x" + rows);
    }

    @Override
    public int waitFor() throws InterruptedException, IOException {
      try {
        return ended.get();
      } catch (ExecutionException e) {
        throw new IOException("did not end in time", e);
      }
    }

    @Override
    public void close() {
      ended.complete(129);
    }
  }
}
