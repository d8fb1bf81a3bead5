package dev.visco.rollout;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.StepName;
import dev.visco.model.VmSpec;
import dev.visco.model.VmType;
import dev.visco.store.RolloutRow;
import dev.visco.store.RolloutRows;
import dev.visco.store.VmStatistics;
import dev.visco.store.VmStatistics.FailedCreate;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rolls back to the previous release when creates fail one after another on the release in use.
 * Only VMs as their type describes them count, which the canaries have shown to work: a failure may
 * be caused by what a caller has changed.
 */
public final class AutoRollback implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AutoRollback.class);
  private static final long MAX_WAIT_MILLIS = 60_000;

  /**
   * Pause before a rollback is tried again that canaries could not be run for, on a full host say.
   */
  private static final long RETRY_MILLIS = 10_000;

  private final VmStatistics vms;
  private final RolloutRows rollouts;
  private final Map<String, VmType> types;
  private final int max;
  private final BiConsumer<RolloutRow, String> rollBack;
  private final ChangeSignal changes;
  private final Loop loop =
      new Loop(
          "auto-rollback",
          Duration.ofMillis(RETRY_MILLIS),
          SteadyClock.ofHost(),
          this::checkAndWait);

  /**
   * @param max roll back after this many failed creates in a row; 0 for never
   * @param rollBack rolls back; takes the release in use when the creates failed, and what failed
   */
  public AutoRollback(
      VmStatistics vms,
      RolloutRows rollouts,
      Map<String, VmType> types,
      int max,
      BiConsumer<RolloutRow, String> rollBack,
      ChangeSignal changes) {
    this.vms = vms;
    this.rollouts = rollouts;
    this.types = types;
    this.max = max;
    this.rollBack = rollBack;
    this.changes = changes;
  }

  public void start() {
    loop.start();
  }

  public Loop loop() {
    return loop;
  }

  private void checkAndWait() throws InterruptedException {
    long seen = changes.count();
    if (check()) {
      changes.awaitAfter(seen, MAX_WAIT_MILLIS);
    } else {
      changes.awaitAfter(Long.MAX_VALUE, RETRY_MILLIS);
    }
  }

  /** One round; false when it must be tried again even if no VM changes. */
  public boolean check() {
    try {
      RolloutRow now = rollouts.get();
      if (max == 0 || now.previous() == null) {
        return true;
      }
      List<FailedCreate> failed =
          vms.failuresInARow(now.current(), now.since()).stream().filter(this::counts).toList();
      if (failed.size() >= max) {
        rollBack.accept(
            now,
            "%d creates in a row failed on release %s (%s)"
                .formatted(
                    failed.size(),
                    now.current(),
                    String.join(", ", failed.stream().map(one -> one.id().value()).toList())));
      }
      return true;
    } catch (Refused e) {
      LOG.warn("cannot roll back yet: {}; it is tried again", e.getMessage());
      return false;
    } catch (RuntimeException | Error e) {
      LOG.error("cannot check for failed creates; it is tried again", e);
      return false;
    }
  }

  private boolean counts(FailedCreate failed) {
    VmSpec spec = SpecJson.read(failed.spec());
    VmType type = types.get(spec.type());
    return StepName.find(failed.step()).filter(StepName::isBoot).isPresent()
        && spec.purpose() == Purpose.USER
        && spec.kernel().bootArgs().isEmpty()
        && spec.overruled().isEmpty()
        && type != null
        && spec.origin().equals(new FromImage(type.image()))
        && spec.machine().memoryMib() >= type.minMemoryMib();
  }

  @Override
  public void close() {
    loop.close();
  }
}
