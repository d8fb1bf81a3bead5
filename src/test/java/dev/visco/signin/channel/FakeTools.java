package dev.visco.signin.channel;

import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A guest in which one tool runs, whose behaviour a test writes down as a program. */
public final class FakeTools implements LoginTools {
  /** What the tool does; returns its exit code. */
  public interface FakeTool {
    int run(FakeIo io) throws Exception;
  }

  /** The tool's side. */
  public static final class FakeIo {
    private final OutputStream out;
    private final OutputStream error;
    private final ByteQueue in;
    private final BlockingQueue<String> links;

    private FakeIo(
        OutputStream out, OutputStream error, ByteQueue in, BlockingQueue<String> links) {
      this.out = out;
      this.error = error;
      this.in = in;
      this.links = links;
    }

    public void print(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }

    public void complain(String text) throws IOException {
      error.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A link for which it starts a browser. */
    public void open(String link) {
      links.add(link);
    }

    public String readLine() throws IOException {
      var line = new StringBuilder();
      for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
        line.append((char) next);
      }
      return line.toString();
    }

    /** As many characters as this, as they come. */
    public String read(int count) throws IOException {
      return new String(in.readNBytes(count), StandardCharsets.UTF_8);
    }
  }

  private final BlockingQueue<String> links = new LinkedBlockingQueue<>();
  private final FakeTool tool;
  private final int port;
  volatile @Nullable List<String> started;
  volatile @Nullable Map<String, String> environment;
  volatile boolean isTerminal;
  volatile boolean isClosed;

  public FakeTools(FakeTool tool) {
    this(0, tool);
  }

  /**
   * @param port where a server of the test stands for the tool's
   */
  FakeTools(int port, FakeTool tool) {
    this.port = port;
    this.tool = tool;
  }

  /** A pipe whose writers may be any threads, also such that end before it is read. */
  private static final class ByteQueue extends InputStream {
    private final BlockingQueue<Integer> bytes = new LinkedBlockingQueue<>();
    private boolean isOver;

    @Override
    public int read() throws IOException {
      try {
        int next = isOver ? -1 : bytes.take();
        isOver = next < 0;
        return next;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("ended", e);
      }
    }

    /** Where it is written. */
    OutputStream end() {
      return new OutputStream() {
        @Override
        public void write(int one) {
          bytes.add(one & 0xff);
        }

        @Override
        public void close() {
          bytes.add(-1);
        }
      };
    }
  }

  /** A process on a thread of this JVM. */
  private final class FakeProcess implements GuestProcess {
    private final ByteQueue in = new ByteQueue();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final Thread thread;

    FakeProcess(FakeTool program, OutputStream out, OutputStream error) throws IOException {
      var io = new FakeIo(out, error, in, links);
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  ended.complete(program.run(io));
                } catch (Exception | AssertionError e) {
                  ended.completeExceptionally(e);
                }
              });
    }

    @Override
    public OutputStream input() {
      return in.end();
    }

    @Override
    public void signal(String name) {
      thread.interrupt();
    }

    @Override
    public void resize(int columns, int rows) {}

    @Override
    public int waitFor() throws InterruptedException, IOException {
      try {
        return ended.get();
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      }
    }

    @Override
    public void close() {
      isClosed = true;
      thread.interrupt();
      ended.completeExceptionally(new IOException("closed"));
    }
  }

  @Override
  public GuestProcess start(
      List<String> command, Map<String, String> variables, OutputStream out, OutputStream error)
      throws IOException {
    started = command;
    environment = variables;
    return new FakeProcess(tool, out, error);
  }

  @Override
  public GuestProcess terminal(
      List<String> command, Map<String, String> variables, OutputStream out) throws IOException {
    isTerminal = true;
    return start(command, variables, out, OutputStream.nullOutputStream());
  }

  @Override
  public GuestProcess links(OutputStream out) throws IOException {
    return new FakeProcess(
        io -> {
          while (true) {
            String link = links.poll(1, TimeUnit.HOURS);
            out.write((link + "\n").getBytes(StandardCharsets.UTF_8));
          }
        },
        OutputStream.nullOutputStream(),
        OutputStream.nullOutputStream());
  }

  @Override
  public GuestConnection dial(int asked) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    return new GuestConnection() {
      @Override
      public InputStream input() {
        try {
          return socket.getInputStream();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }

      @Override
      public OutputStream output() {
        try {
          return socket.getOutputStream();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }

      @Override
      public void close() {
        try {
          socket.close();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    };
  }
}
