package dev.visco.lifecycle.monitor;

import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.Uses;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.Wakes;
import dev.visco.lifecycle.Wakes.SleepOutcome;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.MachineUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts VMs to sleep that nobody has needed for as long as their {@code sleepAfter}. A VM is needed
 * when somebody begins or ends a session or a view of its desktop, while more than {@link
 * #MIN_BYTES} pass its network card within {@link #PERIOD} (what goes through open sessions, views
 * and ports does), while its machine takes more than {@link #MIN_PROCESSOR} of a processor, and
 * until the end of the lease that its guest has taken ({@code /run/visco/keepawake}). Sessions by
 * virtio-vsock do not pass the card: they count as long as they are open.
 *
 * <p>What was before the daemon's start is not known: all VMs are needed then. A VM that cannot be
 * put to sleep runs on, and it is tried again once the same time has passed.
 */
public final class IdleMonitor implements AutoCloseable {
  /** The time between two looks at a VM. */
  public static final Duration PERIOD = Duration.ofSeconds(10);

  /** A guest's own ARP, time and name queries are fewer, and a key that is pressed is more. */
  static final long MIN_BYTES = 2048;

  /** An idle guest takes a few percent, with a desktop by software emulation some more. */
  static final double MIN_PROCESSOR = 0.2;

  private static final Logger LOG = LoggerFactory.getLogger(IdleMonitor.class);

  private final VmRows rows;
  private final Uses uses;
  private final Function<VmWork, Optional<MachineUsage>> usage;
  private final KeepAwake keepAwake;
  private final Sleeper sleeper;
  private final Wakes wakes;
  private final Clocks clocks;
  private final Map<VmId, Sample> samples = new ConcurrentHashMap<>();
  private final Set<VmId> falling = ConcurrentHashMap.newKeySet();
  private final Loop loop;

  /** Asks a guest until when it wants to be awake. */
  public interface KeepAwake {
    /**
     * The end of the lease that a guest has taken; empty for none.
     *
     * @throws RuntimeException when the guest cannot be asked
     */
    Optional<Instant> until(VmWork work);
  }

  /** Puts a VM to sleep. */
  public interface Sleeper {
    /**
     * Returns once it is asleep.
     *
     * @param why for the event
     */
    void sleep(VmId id, String why);
  }

  /**
   * A look at a VM.
   *
   * @param machine which one it was
   * @param active when it was needed last, by the steady clock
   */
  private record Sample(
      @Nullable String machine, @Nullable MachineUsage usage, long taken, long active) {}

  /**
   * @param usage what a VM's machine has used; empty when it has ended
   */
  public IdleMonitor(
      VmRows rows,
      Uses uses,
      Function<VmWork, Optional<MachineUsage>> usage,
      KeepAwake keepAwake,
      Sleeper sleeper,
      Wakes wakes,
      Clocks clocks) {
    this.rows = rows;
    this.uses = uses;
    this.usage = usage;
    this.keepAwake = keepAwake;
    this.sleeper = sleeper;
    this.wakes = wakes;
    this.clocks = clocks;
    this.loop = Loop.every("idle-monitor", PERIOD, PERIOD, clocks.steady(), this::check);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /**
   * For how long nobody has needed a VM that is ready, as far as that is known; empty for any other
   * one.
   */
  public Optional<Duration> idleFor(VmId id) {
    Sample sample = samples.get(id);
    return sample == null || uses.last(id).orElse(0) > sample.taken()
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(sample.taken() - sample.active()));
  }

  /** One round; VMs fall asleep each on a thread of its own. */
  void check() {
    var seen = new HashSet<VmId>();
    for (VmRow row : rows.list(false)) {
      VmWork work = VmWork.of(row);
      Duration after = work.spec().life().sleepAfter();
      if (row.state() == VmState.READY && !falling.contains(row.id())) {
        seen.add(row.id());
        Sample sample = sample(row, work, samples.get(row.id()));
        samples.put(row.id(), sample);
        if (after != null && sample.taken() - sample.active() >= after.toMillis()) {
          samples.remove(row.id()); // What comes of it, it is needed from then on.
          falling.add(row.id());
          Thread.ofVirtual()
              .name("sleep of " + row.id())
              .start(() -> {
                try {
                  fallAsleep(work, after, sample.taken());
                } finally {
                  falling.remove(row.id());
                }
              });
        }
      }
    }
    samples.keySet().retainAll(seen);
  }

  private Sample sample(VmRow row, VmWork work, @Nullable Sample before) {
    long now = clocks.uptime();
    MachineUsage used = usage.apply(work).orElse(null);
    if (before == null) {
      return new Sample(row.machine(), used, now, now);
    }
    boolean isNeeded =
        !Objects.equals(before.machine(), row.machine())
            || hasVsock(work) && uses.isOpen(row.id())
            || isBusy(before, used, now);
    long active = isNeeded ? now : Math.max(before.active(), uses.last(row.id()).orElse(0));
    return new Sample(row.machine(), used, now, active);
  }

  private static boolean hasVsock(VmWork work) {
    return work.spec().machine().options().vsock();
  }

  private static boolean isBusy(Sample before, @Nullable MachineUsage used, long now) {
    MachineUsage then = before.usage();
    if (then == null || used == null) {
      return true; // It cannot be told.
    }
    double periods = Math.max(1, (now - before.taken()) / (double) PERIOD.toMillis());
    long bytes = used.receivedBytes() + used.sentBytes() - then.receivedBytes() - then.sentBytes();
    double micros = used.cpuMicros() - then.cpuMicros();
    return bytes > MIN_BYTES * periods
        || micros > MIN_PROCESSOR * PERIOD.toMillis() * 1000 * periods;
  }

  private void fallAsleep(VmWork work, Duration after, long decided) {
    VmId id = work.id();
    try {
      Optional<Instant> until = until(work);
      if (until.filter(end -> end.isAfter(clocks.wall().instant())).isPresent()) {
        LOG.debug("{}: its guest wants to be awake until {}", id, until.get());
        wakes.slept(SleepOutcome.KEPT_AWAKE);
        return;
      }
      if (uses.last(id).orElse(0) > decided) {
        LOG.debug("{}: somebody has come to need it just now", id);
        return;
      }
      sleeper.sleep(id, "Nobody has needed it for " + Durations.text(after) + ".");
    } catch (Refused e) {
      LOG.info("{}: it is not put to sleep: {}", id, e.getMessage());
    } catch (RuntimeException e) {
      LOG.warn("{}: it could not be put to sleep, and runs on", id, e);
    }
  }

  private Optional<Instant> until(VmWork work) {
    try {
      return keepAwake.until(work);
    } catch (RuntimeException e) {
      wakes.slept(SleepOutcome.FAILED);
      throw e;
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
