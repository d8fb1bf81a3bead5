package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.RelayConnection;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/** A connection to a port of a guest for a client that asked as it asks an HTTP proxy. */
final class PortTunnel {
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private static final Duration HALF_OPEN = Duration.ofMinutes(1);
  private static final Duration DIAL = Duration.ofSeconds(10);

  private final AtomicBoolean isClosed = new AtomicBoolean();
  private final GuestSession session;
  private volatile Streams.@Nullable Stream stream;
  private volatile @Nullable RelayConnection relay;

  private PortTunnel(GuestSession session) {
    this.session = session;
  }

  /** Opens it, before anything is answered: why there is none is a problem. */
  static void open(Exchange exchange, VmService vms, int port) throws GuestUnreachable {
    var tunnel = new PortTunnel(vms.session(exchange.vm(), CONNECT));
    try {
      tunnel.stream = exchange.registration("port").open(tunnel::revoked);
      GuestConnection guest = tunnel.session.dial("localhost", port, DIAL);
      exchange.tunnel(
          (endPoint, executor) -> tunnel.relay(endPoint, executor, guest),
          () -> {
            guest.close();
            tunnel.close();
          });
    } catch (IOException e) {
      tunnel.close();
      throw new GuestUnreachable(GuestUnreachable.GuestStage.BROKEN, e.getMessage() + "", e);
    } catch (RuntimeException e) {
      tunnel.close();
      throw e;
    }
  }

  private RelayConnection relay(EndPoint endPoint, Executor executor, GuestConnection guest) {
    var made =
        new RelayConnection(
            endPoint, executor, guest, ByteBuffer.allocate(0), HALF_OPEN, this::close);
    relay = made;
    return made;
  }

  /** What the caller has shown does not hold any more. */
  private void revoked() {
    RelayConnection open = relay;
    if (open == null) {
      session.close(); // And with it the connection that is being opened.
    } else {
      open.abort();
    }
  }

  private void close() {
    if (isClosed.compareAndSet(false, true)) {
      session.close();
      Streams.Stream open = stream;
      if (open != null) {
        open.close();
      }
    }
  }
}
