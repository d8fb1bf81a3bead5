package dev.visco.delivery;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.store.Transactions;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles users' credentials again and again: those of VMs that could not be reached, those that
 * tools have refreshed, and those whose check is due. A user whose guests are slow holds up no
 * other one.
 */
public final class DeliveryLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryLoop.class);
  private static final Duration PERIOD = Duration.ofSeconds(2);

  /** What is due by its time alone is found this late at most. */
  private static final int QUIET_ROUNDS = 5;

  private final Deliveries deliveries;
  private final CredentialChecks checks;
  private final Transactions store;
  private final UserWork users = new UserWork();

  /** Of their own, since a provider's answer may take minutes. */
  private final UserWork checking = new UserWork();

  private final Loop loop;
  private long seen = -1;
  private int quiet;

  public DeliveryLoop(
      Deliveries deliveries, CredentialChecks checks, Transactions store, SteadyClock clock) {
    this.deliveries = deliveries;
    this.checks = checks;
    this.store = store;
    this.loop = Loop.every("credentials", PERIOD, PERIOD, clock, this::round);
  }

  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** Skips a round as long as no row has changed, five at most. */
  private void round() {
    long version = store.version();
    if (version == seen && quiet < QUIET_ROUNDS) {
      quiet++;
      return;
    }
    seen = version;
    quiet = 0;
    for (String owner : deliveries.owners()) {
      users.start(owner, () -> guarded(owner, () -> deliveries.settle(owner)));
      checking.start(owner, () -> guarded(owner, () -> checks.runDue(owner)));
    }
  }

  private static void guarded(String owner, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.warn("the credentials of {} could not be settled; that is tried again", owner, e);
    }
  }

  /** Ends the loop, and waits for what it has begun, at most 20 s. */
  @Override
  public void close() {
    loop.close();
    users.close();
    checking.close();
  }
}
