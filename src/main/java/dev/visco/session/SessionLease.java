package dev.visco.session;

import dev.visco.session.KeptSessions.Connection;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One user's part of a kept connection. A channel that is refused because the connection has as
 * many as sshd allows, or because the connection has ended since, is opened on another one; nothing
 * of a command was run then.
 */
final class SessionLease implements GuestSession {
  /**
   * How long a channel is asked for. sshd counts one that was closed until its process has ended,
   * so that a connection may refuse what it has room for a moment later.
   */
  private static final Duration MAX = Duration.ofSeconds(15);

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Source source;
  private final Map<Connection, List<AutoCloseable>> begun = new LinkedHashMap<>();
  private @Nullable Connection last;
  private boolean isClosed;

  /** Gives connections. */
  interface Source {
    Connection use() throws GuestUnreachable;
  }

  /** Something that takes a channel. */
  private interface Opening<T extends AutoCloseable> {
    T open(GuestSession session) throws IOException;
  }

  SessionLease(Source source) {
    this.source = source;
  }

  /** Takes a connection, so that a guest that cannot be reached is known at once. */
  void connect() throws GuestUnreachable {
    keep(source.use());
  }

  private synchronized void keep(Connection one) {
    if (isClosed) {
      one.release();
      throw new IllegalStateException("the session was closed");
    }
    if (begun.putIfAbsent(one, new ArrayList<>()) != null) {
      one.release(); // Taken twice: something of this session is on it already.
    }
    last = one;
  }

  private synchronized Connection last() {
    return Objects.requireNonNull(last, "connect comes first");
  }

  private <T extends AutoCloseable> T opened(Opening<T> opening) throws IOException {
    long start = System.nanoTime();
    while (true) {
      Connection one = last();
      try {
        T open = opening.open(one.session());
        begin(one, open);
        return open;
      } catch (ChannelRefused e) {
        requireTime(start, e);
        one.refused();
        another(one, e);
      } catch (IOException e) {
        if (one.session().isOpen()) {
          throw e;
        }
        requireTime(start, e);
        another(one, e);
      }
    }
  }

  private static void requireTime(long start, IOException why) throws IOException {
    if (System.nanoTime() - start > MAX.toNanos()) {
      throw why;
    }
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why.addSuppressed(e);
      throw why;
    }
  }

  /** Leaves a connection, unless something of this session is on it, and takes another. */
  private void another(Connection one, IOException why) throws IOException {
    try {
      Connection other = source.use();
      leave(one);
      keep(other);
    } catch (GuestUnreachable e) {
      e.addSuppressed(why);
      throw new IOException(e.getMessage(), e);
    }
  }

  private void leave(Connection one) {
    synchronized (this) {
      List<AutoCloseable> on = begun.get(one);
      if (on == null || !on.isEmpty()) {
        return;
      }
      begun.remove(one);
    }
    one.release();
  }

  private synchronized void begin(Connection on, AutoCloseable open) throws IOException {
    List<AutoCloseable> all = begun.get(on);
    if (isClosed || all == null) {
      close(open);
      throw new IOException("the session was closed");
    }
    all.add(open);
  }

  @Override
  public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    return BufferedExec.run(this, command, input, deadline, maxOutput);
  }

  @Override
  public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException {
    return signalled(opened(session -> session.start(command, output, error)));
  }

  @Override
  public GuestProcess terminal(
      GuestCommand command, String term, int columns, int rows, OutputStream output)
      throws IOException {
    return signalled(opened(session -> session.terminal(command, term, columns, rows, output)));
  }

  private GuestProcess signalled(GuestProcess process) {
    if (process instanceof SshProcess own) {
      own.signalledBy(this);
    }
    return process;
  }

  @Override
  public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
    return opened(session -> session.dial(host, port, deadline));
  }

  @Override
  public GuestFiles files() throws IOException {
    return opened(GuestSession::files);
  }

  @Override
  public String hostKey() {
    return last().session().hostKey();
  }

  @Override
  public boolean isOpen() {
    return last().session().isOpen();
  }

  @Override
  public void close() {
    Map<Connection, List<AutoCloseable>> all;
    synchronized (this) {
      isClosed = true;
      all = new LinkedHashMap<>(begun);
      begun.clear();
    }
    all.forEach((connection, open) -> {
      open.forEach(SessionLease::close);
      connection.release();
    });
  }

  private static void close(AutoCloseable open) {
    try {
      open.close();
    } catch (Exception e) {
      throw new IllegalStateException("closing a channel throws nothing", e);
    }
  }
}
