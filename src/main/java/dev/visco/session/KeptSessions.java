package dev.visco.session;

import dev.visco.session.GuestUnreachable.GuestStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Signed-in connections that are kept while they are used and for some time after, so that a
 * command costs a channel and not a key exchange, which takes an emulated guest seconds. A VM has
 * one, and more while its sshd opens no further channel on the first. A connection belongs to one
 * machine: a VM that was restarted or restored is signed into anew.
 */
public final class KeptSessions implements AutoCloseable {
  private final Duration idle;
  private final Map<String, Machine> machines = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("kept ssh connections").factory());

  /** With connections that are kept for five minutes after their last use. */
  public KeptSessions() {
    this(Duration.ofMinutes(5));
  }

  /**
   * @param idle how long a connection is kept after its last use
   */
  KeptSessions(Duration idle) {
    this.idle = idle;
  }

  /** How one signs in to a VM. */
  public interface Connecting {
    GuestSession connect() throws GuestUnreachable;
  }

  /**
   * A session of a VM; closing it ends what was begun by it, and keeps the connection.
   *
   * @param vm the VM's id
   * @param machine tells its machine from those that it had before
   * @throws GuestUnreachable when there is no connection, and none can be made
   */
  public GuestSession session(String vm, String machine, Connecting connecting)
      throws GuestUnreachable {
    Machine of =
        machines.compute(
            vm,
            (id, before) -> {
              if (before != null && before.name.equals(machine)) {
                return before;
              }
              if (before != null) {
                before.close();
              }
              return new Machine(machine);
            });
    var lease = new SessionLease(() -> of.use(connecting));
    lease.connect();
    return lease;
  }

  /** Closes the connections of a VM, in use or not. */
  public void forget(String vm) {
    Machine of = machines.remove(vm);
    if (of != null) {
      of.close();
    }
  }

  @Override
  public void close() {
    machines.keySet().forEach(this::forget);
    timer.shutdownNow();
  }

  /** The connections to one machine of a VM. */
  private final class Machine {
    /** How often a connection is made for one who then finds it ended, or taken by others. */
    private static final int MAX_ROUNDS = 64;

    private final String name;
    private final List<Connection> connections = new ArrayList<>();
    private @Nullable CompletableFuture<Connection> connecting;
    private boolean isClosed;

    Machine(String name) {
      this.name = name;
    }

    /** A connection on which a channel can probably be opened; one is made when there is none. */
    Connection use(Connecting how) throws GuestUnreachable {
      for (int round = 0; round < MAX_ROUNDS; round++) {
        CompletableFuture<Connection> coming;
        synchronized (this) {
          connections.removeIf(Connection::isOver);
          for (Connection one : connections) {
            if (one.take()) {
              return one;
            }
          }
          if (connecting == null) {
            connecting = begin(how);
          }
          coming = connecting;
        }
        awaited(coming);
      }
      throw new GuestUnreachable(
          GuestStage.BROKEN, "the guest ends each connection as soon as it is signed in", null);
    }

    /** Signs in, in a thread of its own: all who want a connection wait for the same one. */
    private CompletableFuture<Connection> begin(Connecting how) {
      var coming = new CompletableFuture<Connection>();
      Thread.ofVirtual()
          .name("signs in to a guest")
          .start(() -> {
            try {
              keep(coming, new Connection(this, how.connect()));
            } catch (Throwable e) { // Also an error: others wait for it.
              ended(coming);
              coming.completeExceptionally(e);
            }
          });
      return coming;
    }

    private void keep(CompletableFuture<Connection> coming, Connection made) {
      synchronized (this) {
        connecting = null;
        if (isClosed) {
          made.end();
        } else {
          connections.add(made);
          made.rest(); // Until somebody takes it.
        }
      }
      coming.complete(made);
    }

    private synchronized void ended(CompletableFuture<Connection> coming) {
      if (connecting == coming) {
        connecting = null;
      }
    }

    private void awaited(CompletableFuture<Connection> coming) throws GuestUnreachable {
      try {
        coming.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof GuestUnreachable told) {
          throw told;
        }
        if (e.getCause() instanceof RuntimeException told) {
          throw told;
        }
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new GuestUnreachable(GuestStage.BROKEN, "interrupted", e);
      }
      synchronized (this) {
        if (isClosed) {
          throw new GuestUnreachable(GuestStage.BROKEN, "the machine has ended", null);
        }
      }
    }

    synchronized void remove(Connection one) {
      connections.remove(one);
    }

    void close() {
      List<Connection> all;
      synchronized (this) {
        isClosed = true;
        all = List.copyOf(connections);
        connections.clear();
      }
      all.forEach(Connection::end);
    }
  }

  /** One connection, and how many sessions use it. */
  final class Connection {
    /** MaxSessions of sshd_config(5) where nothing else is set; dropbear has no such limit. */
    private static final int MAX = 10;

    /** How long a connection that refused a channel is asked for none. */
    private static final Duration FULL = Duration.ofSeconds(5);

    private final Machine machine;
    private final GuestSession session;
    private int users;
    private boolean isEnding;
    private long fullUntil = System.nanoTime();
    private @Nullable ScheduledFuture<?> end;

    Connection(Machine machine, GuestSession session) {
      this.machine = machine;
      this.session = session;
    }

    GuestSession session() {
      return session;
    }

    /** Whether it can be used, and is now. */
    private synchronized boolean take() {
      if (isEnding || users >= MAX || System.nanoTime() < fullUntil || !session.isOpen()) {
        return false;
      }
      users++;
      if (end != null) {
        end.cancel(false);
        end = null;
      }
      return true;
    }

    private synchronized boolean isOver() {
      return users == 0 && !session.isOpen();
    }

    /**
     * It opened no further channel. sshd counts those too whose command runs on although nobody
     * listens any more, so that nobody may be there whose leaving would make room.
     */
    synchronized void refused() {
      fullUntil = System.nanoTime() + FULL.toNanos();
    }

    void release() {
      synchronized (this) {
        users--;
        if (session.isOpen()) {
          if (users == 0) {
            rest();
          }
          return;
        }
      }
      machine.remove(this);
      end();
    }

    private synchronized void rest() {
      end =
          timer.schedule(
              () -> {
                synchronized (this) {
                  if (users > 0) {
                    return;
                  }
                  isEnding = true;
                }
                machine.remove(this);
                end();
              },
              idle.toNanos(),
              TimeUnit.NANOSECONDS);
    }

    private void end() {
      session.close();
    }
  }
}
