package dev.visco.sweep;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.settings.Settings;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.Retention;
import dev.visco.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs at the start and then hourly: copies the store, and removes rows, snapshots and folders
 * whose retention has ended.
 */
public final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration PERIOD = Duration.ofHours(1);
  private static final Duration RETRY = Duration.ofMinutes(5);
  private final Store store;
  private final Retention rows;
  private final LostFolders lost;
  private final Runnable snapshots;
  private final EventRows events;
  private final Settings.RetentionSettings keep;
  private final int copies;
  private final InstantSource clock;
  private final Loop loop;

  /**
   * @param snapshots removes snapshots that nothing needs any more
   * @param copies how many copies of the store are kept
   */
  public Housekeeping(
      Store store,
      Retention rows,
      LostFolders lost,
      Runnable snapshots,
      EventRows events,
      Settings.RetentionSettings keep,
      int copies,
      InstantSource clock) {
    this.store = store;
    this.rows = rows;
    this.lost = lost;
    this.snapshots = snapshots;
    this.events = events;
    this.keep = keep;
    this.copies = copies;
    this.clock = clock;
    this.loop =
        new Loop(
            "housekeeping",
            RETRY,
            SteadyClock.ofHost(),
            () -> {
              round();
              Thread.sleep(PERIOD);
            });
  }

  public void start() {
    loop.start();
  }

  /** One round; a part that fails does not keep the others from running. */
  void round() {
    attempt("copy the store", this::copy);
    attempt("remove rows", this::removeRows);
    attempt("remove snapshots", snapshots);
    attempt(
        "remove folders",
        () -> {
          for (String gone : lost.expire()) {
            tell(
                EventKind.FOLDER_REMOVED,
                "The folder " + gone + " was removed: its retention has ended.");
          }
        });
  }

  private void copy() {
    try {
      store.copy(copies, clock.instant());
    } catch (RuntimeException e) {
      tell(EventKind.STORE_DAMAGED, "No copy of the store could be made: " + e.getMessage());
      throw e;
    }
  }

  private void removeRows() {
    int vms = rows.removeDestroyedVms(before(keep.destroyedVms()));
    int old = rows.removeEvents(before(keep.events()));
    int deliveries = rows.removeDeliveries(before(keep.events()));
    int views = rows.removeDesktopViews(before(keep.desktopViews()));
    int addresses = rows.removeViewerAddresses(before(keep.viewerAddresses()));
    int audit = rows.removeAudit(before(keep.audit()));
    int signIns = rows.removeSignIns(before(keep.events()));
    if (vms + old + deliveries + views + addresses + audit + signIns > 0) {
      LOG.info(
          "removed {} rows of destroyed VMs, {} events, {} deliveries of webhooks, {} desktop views, {} addresses of viewers, {}"
              + " entries of the audit, {} sign-ins",
          vms,
          old,
          deliveries,
          views,
          addresses,
          audit,
          signIns);
    }
  }

  private long before(Duration time) {
    return clock.millis() - time.toMillis();
  }

  private void tell(EventKind kind, String text) {
    LOG.warn("{}", text);
    events.add(kind, null, text, clock.millis());
  }

  private static void attempt(String what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.error("cannot {}; it is tried again in {}", what, PERIOD, e);
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
