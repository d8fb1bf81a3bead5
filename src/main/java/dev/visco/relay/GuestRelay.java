package dev.visco.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes all that one guest may send, its TCP connections and name queries, and opens those outside
 * that its policy allows. Threads of its own, all of them virtual, end with it.
 */
public final class GuestRelay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GuestRelay.class);

  /** The rule that refuses connections above {@link RelayLimits}. */
  static final String TOO_MANY = "too-many-connections";

  private static final int NAMES = 53;
  private static final long PAUSE_MILLIS = 50;

  private final String name;
  private final RelaySockets sockets;
  private final RelayLimits limits;
  private final Semaphore own;
  private final RefusalLog log;
  private final SyntheticAddresses addresses = new SyntheticAddresses();
  private final GuestNames names;
  private volatile RelaySession session;
  private volatile boolean closed;

  /**
   * Begins at once.
   *
   * @param name of its guest, for the log
   * @param sockets closed with it
   */
  public GuestRelay(
      String name,
      RelaySockets sockets,
      RelayRules rules,
      RelayLimits limits,
      InstantSource clock) {
    this.name = name;
    this.sockets = sockets;
    this.limits = limits;
    this.own = new Semaphore(limits.connections());
    this.log = new RefusalLog(clock);
    this.names = new GuestNames(addresses, log);
    this.session = new RelaySession(rules, addresses, log, limits.hello());
    Thread.ofVirtual().name("relay of " + name).start(this::acceptAll);
    Thread.ofVirtual().name("names of " + name).start(this::answerAll);
  }

  /**
   * Goes on by another policy. All connections that were opened by the earlier one are reset, and
   * nothing that they held is sent any more once this returns.
   */
  public synchronized void use(RelayRules rules) {
    RelaySession before = session;
    session = new RelaySession(rules, addresses, log, limits.hello());
    before.close();
  }

  /** What was refused, the newest last. */
  public List<RefusedTraffic> refused() {
    return log.entries();
  }

  /** Connections that are open now. */
  public int connections() {
    return limits.connections() - own.availablePermits();
  }

  private void acceptAll() {
    while (!closed) {
      try {
        SocketChannel guest = sockets.connections().accept();
        begin(guest.socket());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.warn("{}: a connection could not be taken; its relay goes on", name, e);
        pause();
      }
    }
  }

  /** Too many open files, above all: they become fewer by themselves. */
  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin(Socket guest) {
    RelaySession now = session;
    if (!own.tryAcquire()) {
      refuseOneTooMany(now, guest);
    } else if (!limits.all().tryAcquire()) {
      own.release();
      refuseOneTooMany(now, guest);
    } else {
      Thread.ofVirtual()
          .name("connection of " + name)
          .start(() -> {
            try {
              serve(now, guest);
            } catch (RuntimeException e) {
              LOG.warn("{}: a connection ended by an error", name, e);
            } finally {
              now.sockets().reset(guest);
              limits.all().release();
              own.release();
            }
          });
    }
  }

  private void refuseOneTooMany(RelaySession now, Socket guest) {
    now.sockets().reset(guest);
    log.add("tcp", "any", 0, TOO_MANY, "");
  }

  private void serve(RelaySession now, Socket guest) {
    Optional<InetSocketAddress> to =
        sockets
            .original()
            .apply(
                (InetSocketAddress) guest.getLocalSocketAddress(),
                (InetSocketAddress) guest.getRemoteSocketAddress());
    if (to.isEmpty()) {
      return; // It has ended already.
    }
    boolean isQuery =
        to.get().getPort() == NAMES && to.get().getAddress().equals(sockets.gateway().getAddress());
    if (isQuery) {
      new NameStream(names, now.dialer().judge()).serve(guest, limits.hello());
    } else {
      now.serve(guest, to.get());
    }
  }

  private void answerAll() {
    ByteBuffer message = ByteBuffer.allocate(DnsMessage.MAX_BYTES);
    while (!closed) {
      try {
        SocketAddress from = sockets.queries().receive(message.clear());
        Optional<byte[]> answer =
            names.answer(message.array(), message.position(), session.dialer().judge());
        if (answer.isPresent()) {
          sockets.queries().send(ByteBuffer.wrap(answer.get()), from);
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.debug("{}: a name query could not be answered", name, e);
        pause();
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    sockets.close();
    session.close();
  }
}
