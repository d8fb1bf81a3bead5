package dev.visco.lifecycle;

import dev.visco.model.Life;
import dev.visco.model.VmId;
import dev.visco.session.GuestSession;
import dev.visco.store.VmRows;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records when VMs are used, on which the end of those depends whose time to live counts from the
 * last use. A VM is used as long as a session into its guest (a command, a shell) or a view of its
 * desktop is open, and when somebody starts, restarts, resumes, restores or rebuilds it or has a
 * picture of its desktop taken. What Visco does by itself is no use.
 *
 * <p>A row is written at most once within {@link #INTERVAL}; the end that is recorded allows for
 * uses within that time, so that no VM ends too early, also after a {@code kill -9}: it ends at
 * most that much later.
 */
public final class Uses implements AutoCloseable {
  /** Minimum time between two records of one VM's uses. */
  public static final Duration INTERVAL = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(Uses.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private final VmRows rows;
  private final Clocks clocks;
  private final Map<VmId, Integer> open = new ConcurrentHashMap<>();

  /** When each VM was used last, other than by what is open, by the steady clock. */
  private final Map<VmId, Long> moments = new ConcurrentHashMap<>();

  /** When each VM's use was recorded last, by the steady clock. */
  private final Map<VmId, Long> recorded = new ConcurrentHashMap<>();

  private final Loop loop;

  public Uses(VmRows rows, Clocks clocks) {
    this.rows = rows;
    this.clocks = clocks;
    this.loop = Loop.every("uses", PERIOD, PERIOD, clocks.steady(), this::record);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** A use that lasts until it is closed. */
  public interface OpenUse extends AutoCloseable {
    @Override
    void close();
  }

  /** The VM is used now. A failure to record that is logged, and fails nothing else. */
  public void used(VmId id) {
    moments.put(id, clocks.uptime());
    record(id);
  }

  /**
   * When somebody has begun or ended to use a VM within {@link #INTERVAL}, or has done something
   * else with it, by the steady clock; empty for longer ago.
   */
  public OptionalLong last(VmId id) {
    Long last = moments.get(id);
    return last == null ? OptionalLong.empty() : OptionalLong.of(last);
  }

  /** Whether a session or a view is open, though nothing may go through it. */
  public boolean isOpen(VmId id) {
    return open.containsKey(id);
  }

  private void record(VmId id) {
    long now = clocks.uptime();
    Long last = recorded.get(id);
    if (last != null && now - last < INTERVAL.toMillis()) {
      return;
    }
    try {
      recorded.put(id, now);
      rows.specs().used(id, clocks.now(), Uses::idleMillis, clocks.boot(), now);
    } catch (RuntimeException e) {
      recorded.remove(id);
      LOG.warn("{}: its use could not be recorded; it is tried again with the next one", id, e);
    }
  }

  /** With room for uses that are not recorded. */
  private static @Nullable Long idleMillis(String spec) {
    Life life = SpecJson.read(spec).life();
    return life.idleTime() == null ? null : lifeMillis(life);
  }

  /**
   * How long a VM lives from a use on, or from a change of its life on; null for no limit. Where
   * the time counts from the last use, it has room for uses that are not recorded.
   */
  static @Nullable Long lifeMillis(Life life) {
    Duration idle = life.idleTime();
    Duration time = idle == null ? life.timeToLive() : idle.plus(INTERVAL);
    return time == null ? null : Long.valueOf(time.toMillis());
  }

  /** The VM is used from now on. */
  public OpenUse open(VmId id) {
    open.merge(id, 1, Integer::sum);
    used(id);
    return new OpenUse() {
      private boolean isClosed;

      @Override
      public synchronized void close() {
        if (!isClosed) {
          isClosed = true;
          used(id);
          open.computeIfPresent(id, (vm, count) -> count > 1 ? count - 1 : null);
        }
      }
    };
  }

  /** A session that is a use of its guest until it is closed. */
  GuestSession of(VmId id, GuestSession session) {
    return new UsedSession(session, open(id));
  }

  /** Records the uses that are open; called again and again. */
  void record() {
    open.keySet().forEach(this::record);
    long now = clocks.uptime();
    moments.values().removeIf(last -> now - last >= INTERVAL.toMillis());
    recorded.values().removeIf(last -> now - last >= INTERVAL.toMillis());
  }

  @Override
  public void close() {
    loop.close();
  }
}
