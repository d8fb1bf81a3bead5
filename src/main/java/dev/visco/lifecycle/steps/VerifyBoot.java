package dev.visco.lifecycle.steps;

import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.host.Waiting;
import dev.visco.lifecycle.BootProbe;
import dev.visco.lifecycle.BootProbe.BootStatus;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.GuestCredentials;
import dev.visco.lifecycle.HandOver;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Outcome;
import dev.visco.lifecycle.Outcome.Again;
import dev.visco.lifecycle.Outcome.Failed;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.model.StepName;
import dev.visco.session.GuestUnreachable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes the boot until every criterion is met, the machine has ended, or the deadline has passed;
 * then its user's credentials are put into the guest. Each probe waits for the guest. None writes
 * to the VM's row. A VM that was taken from a pool is handed over to its user instead.
 */
public final class VerifyBoot implements Step {
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Logger LOG = LoggerFactory.getLogger(VerifyBoot.class);
  private final Machines machines;
  private final BootProbe probe;
  private final Restores restores;
  private final GuestCredentials credentials;
  private final HandOver handOver;
  private final Clocks clocks;

  public VerifyBoot(
      Machines machines,
      BootProbe probe,
      Restores restores,
      GuestCredentials credentials,
      HandOver handOver,
      Clocks clocks) {
    this.machines = machines;
    this.probe = probe;
    this.restores = restores;
    this.credentials = credentials;
    this.handOver = handOver;
    this.clocks = clocks;
  }

  @Override
  public StepName name() {
    return StepName.VERIFY_BOOT;
  }

  @Override
  public Outcome advance(VmWork work) {
    if (Rows.isHandedOver(work.row())) {
      return handOver.give(work); // All criteria were met before it waited.
    }
    // Read before the probe, so that a probe after the deadline is the last one and reports all.
    long since = clocks.uptime() - clocks.launched(work.row());
    boolean alive = work.machine().filter(machines::isAlive).isPresent();
    if (alive && Rows.isResuming(work.row())) {
      restores.goOn(work);
    }
    if (alive && Rows.isCloning(work)) {
      Outcome notYet = identity(work, since);
      if (notYet != null) {
        return notYet;
      }
    }
    BootStatus status = probe(work);
    if (status.isMet()) {
      credentials.beforeReady(work);
      if (work.row().restoring() != null) {
        restores.end(work);
      }
      probe.forget(work.id()); // What was found is in its report.
      return Outcome.Done.plain();
    }
    String missing = status.missing().orElse("nothing is known");
    if (status.end().isPresent() || !alive) {
      return failed(
          work, status.end().orElse("The machine ended during its boot.") + " " + missing);
    }
    if (since > work.spec().life().deadline().toMillis()) {
      return failed(
          work,
          "Not ready within "
              + Durations.text(work.spec().life().deadline())
              + " of its launch. "
              + missing);
    }
    pause(work);
    return new Again(Duration.ZERO, missing);
  }

  /** A host that is too busy to look at its console waits all the time. */
  private void pause(VmWork work) {
    try {
      probe.pause(work, PAUSE);
    } catch (Busy e) {
      Waiting.pause(PAUSE);
    }
  }

  /**
   * Makes a clone's guest a VM of its own, before anything else is asked of it; null when that is
   * done. One that cannot be is given up early, since it boots from its disk then.
   */
  private @Nullable Outcome identity(VmWork work, long since) {
    try {
      restores.takeIdentity(work);
      return null;
    } catch (GuestUnreachable e) {
      return since > work.spec().life().deadline().toMillis() / 3
          ? new Failed("It does not answer where its snapshot was taken: " + e.getMessage())
          : new Again(PAUSE, "Nobody answers in the guest yet: " + e.getMessage());
    } catch (HostFault | Refused e) {
      LOG.warn("{}: it cannot be made a VM of its own", work.id(), e);
      return new Failed(e.getMessage() + ".");
    }
  }

  /** A host that is too busy for this probe may have capacity for the next one. */
  private BootStatus probe(VmWork work) {
    try {
      return probe.probe(work);
    } catch (Busy e) {
      return new BootStatus(false, Optional.of("It could not be probed: " + e.getMessage()));
    }
  }

  /** The failure with its explanation, if it can be explained. */
  private Failed failed(VmWork work, String what) {
    try {
      return new Failed(what + " " + probe.explain(work));
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: its failure could not be explained", work.id(), e);
      return new Failed(what);
    } finally {
      probe.forget(work.id()); // What was found is in its evidence.
    }
  }

  /** The first that is undone: its machine may still run. */
  @Override
  public void undo(VmWork work) {
    credentials.beforeEnd(work);
    probe.forget(work.id());
  }
}
