package dev.visco.lifecycle.boot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.boot.DesktopProbe.DesktopFindings;
import dev.visco.model.VmId;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.DesktopFacts.ProbeStage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the desktop of each booting VM, on a thread of its own for each, in parallel with the
 * probes of its console and its shell. The last frame is kept as {@code desktop.png} in the VM's
 * folder, readable by root only since it shows a user's work.
 */
public final class DesktopChecks {
  static final String PICTURE = "desktop.png";

  private static final Logger LOG = LoggerFactory.getLogger(DesktopChecks.class);

  /** For one probe; short, so that a failed one can be repeated before the boot's deadline. */
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(10);

  /** A probe with less time than this may fail for lack of time, and replaces no earlier result. */
  private static final Duration MIN_PROBE_TIMEOUT = Duration.ofSeconds(5);

  /** Pause between two probes of a closed port; such a probe returns at once. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** Pause between two probes that the guest's VNC server has to answer. */
  private static final Duration LONG_PAUSE = Duration.ofMillis(500);

  private final SteadyClock clock;
  private final Map<VmId, CheckedDesktop> boots = new ConcurrentHashMap<>();
  private final DesktopProbe probe;

  public DesktopChecks(SteadyClock clock, DesktopProbe probe) {
    this.clock = clock;
    this.probe = probe;
  }

  /** The checks of one VM's desktop, until it was seen or the boot's deadline has passed. */
  final class CheckedDesktop {
    private final VmId id;
    private final Path folder;
    private final long launched;
    private final long end;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean isForgotten;
    private volatile @Nullable DesktopFacts facts;
    private volatile @Nullable Long vnc;
    private volatile @Nullable Long desktop;

    private CheckedDesktop(VmId id, Path folder, long launched, Duration deadline) {
      this.id = id;
      this.folder = folder;
      this.launched = launched;
      this.end = launched + deadline.toMillis();
    }

    /** The result of the last probe; null before the first has ended. */
    @Nullable DesktopFacts facts() {
      return facts;
    }

    /** Milliseconds from launch to the VNC server's first line; null before. */
    @Nullable Long vnc() {
      return vnc;
    }

    /** Milliseconds from launch to a complete frame that is not blank; null before. */
    @Nullable Long desktop() {
      return desktop;
    }

    /** Waits until the desktop was seen or the checks have ended, at most {@code max}. */
    void await(Duration max) {
      try {
        boolean isOver = over.await(max.toNanos(), TimeUnit.NANOSECONDS);
        LOG.trace("{}: the checks of its desktop have ended: {}", id, isOver);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void run() {
      try {
        while (!isForgotten && clock.uptimeMillis() < end && !sees()) {
          // A closed port is reported at once, so that a pause is needed between two probes.
          DesktopFacts found = facts;
          boolean isClosed = found == null || found.banner() == null;
          Thread.sleep(isClosed ? PAUSE : LONG_PAUSE);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        LOG.warn("{}: its desktop could not be checked", id, e);
        facts =
            new DesktopFacts(
                0, null, null, ProbeStage.NO_UPGRADE, "Visco failed: " + HostFault.words(e));
      } finally {
        over.countDown();
      }
    }

    private boolean sees() {
      Duration left = Duration.ofMillis(Math.max(1, end - clock.uptimeMillis()));
      DesktopFindings findings =
          probe(id, left.compareTo(PROBE_TIMEOUT) < 0 ? left : PROBE_TIMEOUT, this::banner);
      if (isForgotten) {
        return false;
      }
      byte[] png = findings.png();
      if (png != null) {
        DurableFiles.write(folder.resolve(PICTURE), png, "rw-------");
      }
      if (findings.facts().isSeen()) {
        desktop = clock.uptimeMillis() - launched;
      }
      // Set last: whoever reads that the desktop was seen finds its picture and its time as well.
      if (facts == null || left.compareTo(MIN_PROBE_TIMEOUT) >= 0 || isAnswered(findings.facts())) {
        facts = findings.facts();
      }
      return findings.facts().isSeen();
    }

    private static boolean isAnswered(DesktopFacts found) {
      return found.stage() != ProbeStage.NO_UPGRADE && found.stage() != ProbeStage.NO_ANSWER;
    }

    private void banner() {
      if (vnc == null) {
        vnc = clock.uptimeMillis() - launched;
      }
    }
  }

  /**
   * Starts the checks of a VM's desktop, unless they run already.
   *
   * @param launched when its machine was launched, in milliseconds of the steady clock
   */
  CheckedDesktop boot(VmId id, Path folder, long launched, Duration deadline) {
    return boots.computeIfAbsent(
        id,
        one -> {
          var boot = new CheckedDesktop(id, folder, launched, deadline);
          Thread.ofVirtual().name("desktop of " + id).start(boot::run);
          return boot;
        });
  }

  /** Probes a desktop once, now. */
  public DesktopFindings probe(VmId id, Duration max, Runnable onBanner) {
    return probe.probe(id, max, onBanner);
  }

  void forget(VmId id) {
    CheckedDesktop boot = boots.remove(id);
    if (boot != null) {
      boot.isForgotten = true;
    }
  }
}
