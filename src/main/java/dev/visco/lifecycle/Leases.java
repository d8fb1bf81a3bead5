package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import dev.visco.model.VmId;
import dev.visco.store.PoolRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one thread at a time work on a VM. Leases are held in memory and end with the daemon, so
 * that neither a wrong clock nor a full disk can keep one. A commit succeeds only in the daemon
 * that was started last ({@link VmRows#begin}): one that learns that another was started since does
 * nothing to any VM any more, and every attempt fails.
 */
public final class Leases {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
  private final VmRows rows;
  private final String daemon;
  private final Set<VmId> taken = ConcurrentHashMap.newKeySet();

  /** Whether another daemon is known to have been started since. */
  private volatile boolean isReplaced;

  public Leases(VmRows rows, RandomGenerator random) {
    this.rows = rows;
    this.daemon = "%016x%016x".formatted(random.nextLong(), random.nextLong());
  }

  /** Ends the leases of every earlier daemon. To be called before any work. */
  public void begin() {
    rows.begin(daemon);
  }

  /**
   * The lease on a VM; empty while somebody else holds it.
   *
   * @throws HostFault when another daemon is known to have been started since
   */
  public Optional<Lease> take(VmId id) {
    requireCurrent();
    return taken.add(id) ? Optional.of(new Lease(id)) : Optional.empty();
  }

  /** Throws {@link HostFault} once another daemon is known to have been started since. */
  void requireCurrent() {
    if (isReplaced) {
      throw new HostFault("another daemon has taken over the data folder; this one does no work");
    }
  }

  /** Whether no lease is held. */
  public boolean isIdle() {
    return taken.isEmpty();
  }

  /** Whether somebody works on this VM. */
  boolean isHeld(VmId id) {
    return taken.contains(id);
  }

  /** The right to work on one VM, until it is closed. */
  public final class Lease implements AutoCloseable {
    private final VmId id;

    private Lease(VmId id) {
      this.id = id;
    }

    public VmId id() {
      return id;
    }

    /** The row as it is now; empty when there is none. */
    public Optional<VmRow> row() {
      return rows.find(id);
    }

    /**
     * Commits a changed row.
     *
     * @param what what was done, for the log
     * @return the row as it is now; its state is {@code DESTROYING} if its destruction was
     *     requested meanwhile
     * @throws HostFault when another daemon was started since; nothing was recorded
     */
    public VmRow commit(VmRow row, String what, long now) {
      return rows.commit(row, daemon, now)
          .orElseThrow(
              () -> replaced("%s (%s, %s)".formatted(what, row.state().word(), row.step())));
    }

    /**
     * Commits a step of a rebuild, computed from the row as it is then.
     *
     * @param what what was done, for the log
     * @throws HostFault when another daemon was started since; nothing was recorded
     */
    VmRow commitRebuild(VmRows.Change change, String what, long now) {
      return rows.specs().commitRebuild(id, daemon, change, now).orElseThrow(() -> replaced(what));
    }

    /** As {@link #commit}, in the transaction that gives a VM that waited to its user. */
    PoolRows.AtOnce atOnce(UnaryOperator<VmRow> ready) {
      return new PoolRows.AtOnce(ready, daemon, () -> replaced("that it was taken from its pool"));
    }

    private HostFault replaced(String what) {
      isReplaced = true;
      LOG.error("{}: another daemon has taken over its data folder; {} is not recorded", id, what);
      return new HostFault(
          "another daemon has taken over the data folder: what was done to " + id + " is lost");
    }

    @Override
    public void close() {
      taken.remove(id);
    }
  }
}
