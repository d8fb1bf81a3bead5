package dev.visco.api;

import dev.visco.api.http.Problems;
import dev.visco.api.http.Router;
import dev.visco.api.http.UserView;
import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.GuestUnreachable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client of a WebSocket into a guest: frames block until they are sent, and pings show when it
 * has gone.
 */
final class SocketClient {
  private static final Logger LOG = LoggerFactory.getLogger(SocketClient.class);

  /**
   * Interval of pings: a client that disconnected is noticed by the second one at the latest, also
   * while nothing is read from it because the guest takes no input.
   */
  private static final Duration PING = Duration.ofSeconds(1);

  /** How long a client has to answer the last frame. */
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  /** Longest reason of a close, in bytes (RFC 6455, section 5.5). */
  private static final int MAX_REASON = 123;

  private final Session socket;
  private final Runnable onGone;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean isPinging = new AtomicBoolean();

  /**
   * @param onGone called when it has gone, or may not go on; perhaps more than once
   */
  SocketClient(Session socket, Runnable onGone) {
    this.socket = socket;
    this.onGone = onGone;
  }

  /** Begins to ping it, until {@link #end}. */
  void watch(String name) {
    Thread.ofVirtual().name(name).start(this::ping);
  }

  private void ping() {
    try {
      while (!ended.await(PING.toMillis(), TimeUnit.MILLISECONDS)) {
        // One ping at a time: a client that does not read must not fill memory.
        if (isPinging.compareAndSet(false, true)) {
          socket.sendPing(
              ByteBuffer.allocate(0),
              Callback.from(() -> isPinging.set(false), failure -> onGone.run()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets it send its next frame: a guest that does not read slows it and does not fill memory. */
  void demand() {
    socket.demand();
  }

  /** Sends a binary frame. */
  void send(ByteBuffer bytes) throws IOException {
    var sent = new Callback.Completable();
    socket.sendBinary(bytes, sent);
    await(sent);
  }

  /** Sends a text frame. */
  void send(String text) throws IOException {
    var sent = new Callback.Completable();
    socket.sendText(text, sent);
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

  /** Ends it; a reason that is too long is cut. */
  void close(int code, String reason) {
    String ascii = reason.replaceAll("[^ -~]", "?");
    socket.close(
        code,
        ascii.length() > MAX_REASON ? ascii.substring(0, MAX_REASON - 3) + "..." : ascii,
        Callback.NOOP);
  }

  /**
   * Ends it because its token is no longer valid. Nothing goes on in the guest, whether it takes
   * the news or not.
   */
  void revoke() {
    close(StatusCode.POLICY_VIOLATION, "the token was revoked or has expired");
    onGone.run();
    try {
      Thread.sleep(FAREWELL);
      socket.disconnect();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isOver() {
    return ended.getCount() == 0;
  }

  /** Ends the pings; safe to repeat. */
  void end() {
    ended.countDown();
  }

  /**
   * What it may be told of a failure.
   *
   * @param what failed, for the log
   * @param isOperators whether it may be told what is the host's alone
   */
  static String words(VmId id, String what, boolean isOperators, Exception e) {
    return switch (e) {
      case IOException told -> told.getMessage() + "";
      case Refused told -> UserView.words(isOperators, told.refusal());
      case Busy told -> UserView.words(isOperators, told);
      case GuestUnreachable told -> told.getMessage() + "";
      case HostFault told when isOperators -> told.getMessage() + "";
      default -> {
        String reference = Router.reference();
        LOG.error("{}: {} failed ({})", id, what, reference, e);
        yield Problems.fault(reference).detail() + " (" + reference + ")";
      }
    };
  }
}
