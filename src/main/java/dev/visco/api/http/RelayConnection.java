package dev.visco.api.http;

import dev.visco.session.GuestConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * A client's connection whose bytes go to a guest from now on, and the guest's back. Each side is
 * read only as fast as the other takes it, and may end what it sends while it still reads.
 */
public final class RelayConnection extends AbstractConnection implements Connection.UpgradeTo {
  private static final int PIECE = 32 << 10;
  private static final Duration CHECK = Duration.ofSeconds(1);

  private final GuestConnection guest;
  private final ByteBuffer first;
  private final Duration halfOpen;
  private final Runnable onEnd;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile long heard = System.nanoTime();
  private final AtomicInteger open = new AtomicInteger(2);
  private ByteBuffer early = BufferUtil.EMPTY_BUFFER;

  /**
   * @param first what the guest has sent already
   * @param halfOpen how long a guest may be silent once the client sends no more, who then has
   *     perhaps gone
   * @param onEnd called once, when nothing passes any more
   */
  public RelayConnection(
      EndPoint endPoint,
      Executor executor,
      GuestConnection guest,
      ByteBuffer first,
      Duration halfOpen,
      Runnable onEnd) {
    super(endPoint, executor);
    this.guest = guest;
    this.first = first;
    this.halfOpen = halfOpen;
    this.onEnd = onEnd;
  }

  /** What the client sent before it was answered. */
  @Override
  public void onUpgradeTo(ByteBuffer buffer) {
    early = buffer == null ? BufferUtil.EMPTY_BUFFER : BufferUtil.copy(buffer);
  }

  @Override
  public void onOpen() {
    super.onOpen();
    Thread.ofVirtual().name("relay to a guest").start(this::toGuest);
    Thread.ofVirtual().name("relay of a guest").start(this::toClient);
  }

  /** Read by threads of its own, which wait for {@link EndPoint#fillInterested}. */
  @Override
  public void onFillable() {}

  /** Silence is no fault: a peer that has gone is found by TCP's keep-alive. */
  @Override
  public boolean onIdleExpired(TimeoutException timeout) {
    return false;
  }

  private void toGuest() {
    try {
      OutputStream out = guest.output();
      write(out, early);
      ByteBuffer buffer = BufferUtil.allocate(PIECE);
      for (int count = fill(buffer); count >= 0; count = fill(buffer)) {
        write(out, buffer);
        BufferUtil.clear(buffer);
      }
      out.close();
      sideEnds();
      awaitGuest();
    } catch (IOException | ExecutionException | InterruptedException | RuntimeException e) {
      abort();
    }
  }

  /** Nothing else tells of a client that has gone as long as nothing is sent to it. */
  private void awaitGuest() throws InterruptedException {
    heard = System.nanoTime();
    while (!ended.await(CHECK.toMillis(), TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() - heard > halfOpen.toNanos()) {
        abort();
      }
    }
  }

  private static void write(OutputStream out, ByteBuffer buffer) throws IOException {
    if (buffer.hasRemaining()) {
      out.write(BufferUtil.toArray(buffer));
      out.flush();
    }
  }

  /** Blocks until there is something; -1 at the end of what the client sends. */
  private int fill(ByteBuffer buffer) throws IOException, ExecutionException, InterruptedException {
    while (true) {
      int count = getEndPoint().fill(buffer);
      if (count != 0) {
        return count;
      }
      var readable = new Callback.Completable();
      getEndPoint().fillInterested(readable);
      readable.get();
    }
  }

  private void toClient() {
    try {
      send(first);
      byte[] bytes = new byte[PIECE];
      InputStream in = guest.input();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        heard = System.nanoTime();
        send(ByteBuffer.wrap(bytes, 0, count));
      }
      getEndPoint().shutdownOutput();
      sideEnds();
    } catch (IOException | ExecutionException | InterruptedException | RuntimeException e) {
      abort();
    }
  }

  private void send(ByteBuffer buffer) throws ExecutionException, InterruptedException {
    if (buffer.hasRemaining()) {
      var sent = new Callback.Completable();
      getEndPoint().write(sent, buffer);
      sent.get();
    }
  }

  private void sideEnds() {
    if (open.decrementAndGet() == 0) {
      abort();
    }
  }

  /** Ends both sides; safe to repeat. */
  public void abort() {
    guest.close();
    close();
  }

  @Override
  public void onClose(Throwable cause) {
    super.onClose(cause);
    ended.countDown();
    guest.close();
    onEnd.run();
  }
}
