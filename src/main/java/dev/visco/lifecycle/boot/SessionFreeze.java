package dev.visco.lifecycle.boot;

import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.GuestFreeze;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.SnapshotConsistency;
import dev.visco.session.DiskFreeze;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has guests hold their disks still through a session of their own. */
public final class SessionFreeze implements GuestFreeze {
  private static final Logger LOG = LoggerFactory.getLogger(SessionFreeze.class);
  private static final Duration CONNECT = Duration.ofSeconds(20);

  /** What is left of the guest's limit for the machine to be paused. */
  private static final Duration MARGIN = Duration.ofSeconds(3);

  private final BootContext.Source contexts;
  private final GuestSessions sessions;
  private final SteadyClock clock;

  public SessionFreeze(BootContext.Source contexts, GuestSessions sessions, SteadyClock clock) {
    this.contexts = contexts;
    this.sessions = sessions;
    this.clock = clock;
  }

  @Override
  public SnapshotConsistency during(VmWork vm, Runnable work) {
    BootContext context = contexts.of(vm);
    try (GuestSession session =
        sessions.connect(context.plan().guest().address(), context.keys(), CONNECT)) {
      long began = clock.uptimeMillis();
      try (DiskFreeze freeze = DiskFreeze.begin(session)) {
        // The guest's own clock began later: what it says within this time holds a while longer.
        boolean isStill =
            freeze.isStill()
                && clock.uptimeMillis() - began < DiskFreeze.LIMIT.minus(MARGIN).toMillis();
        work.run();
        thaw(vm, freeze);
        return isStill ? SnapshotConsistency.FROZEN : SnapshotConsistency.SYNCED;
      }
    } catch (GuestUnreachable | IOException e) {
      throw new HostFault(
          "the guest of " + vm.id() + " cannot be asked to hold its disks still: " + e.getMessage(),
          e);
    }
  }

  /** What it does not do now it does when its time is up. */
  private static void thaw(VmWork vm, DiskFreeze freeze) {
    try {
      freeze.thaw();
    } catch (IOException e) {
      LOG.warn("{}: its guest thaws its disks later by itself: {}", vm.id(), e.getMessage());
    }
  }
}
