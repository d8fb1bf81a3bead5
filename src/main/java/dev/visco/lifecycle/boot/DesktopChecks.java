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
 * Looks at the desktop of each VM that boots, beside the looks at its console and its shell: what
 * comes first is seen first. What was seen is kept as {@code desktop.png} in the VM's folder, for
 * root alone: it shows a user's work.
 */
public final class DesktopChecks {
  static final String PICTURE = "desktop.png";

  private static final Logger LOG = LoggerFactory.getLogger(DesktopChecks.class);

  /** Of one look, so that what was missed is known while the boot still has time. */
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(10);

  /** A look that has less time left may miss what an earlier one found. */
  private static final Duration MIN_PROBE_TIMEOUT = Duration.ofSeconds(5);

  /** Between two looks at a port that is closed: a look at one takes no time by itself. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** Between two looks that the guest's VNC server had to answer. */
  private static final Duration LONG_PAUSE = Duration.ofMillis(500);

  private final SteadyClock clock;
  private final Map<VmId, CheckedDesktop> boots = new ConcurrentHashMap<>();
  private final DesktopProbe probe;

  public DesktopChecks(SteadyClock clock, DesktopProbe probe) {
    this.clock = clock;
    this.probe = probe;
  }

  /** The looks at one boot. */
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

    /** What the last look found, null before the first has ended. */
    @Nullable DesktopFacts facts() {
      return facts;
    }

    /** Milliseconds from launch to the VNC server's first line, null before. */
    @Nullable Long vnc() {
      return vnc;
    }

    /** Milliseconds from launch to a whole frame that is not blank, null before. */
    @Nullable Long desktop() {
      return desktop;
    }

    /** Waits until the desktop was seen, or nobody looks any more. */
    void await(Duration max) {
      try {
        boolean isOver = over.await(max.toNanos(), TimeUnit.NANOSECONDS);
        LOG.trace("{}: looks at its desktop are over: {}", id, isOver);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void run() {
      try {
        while (!isForgotten && clock.uptimeMillis() < end && !sees()) {
          // The guest itself cannot be waited for: a closed port is told at once.
          DesktopFacts found = facts;
          boolean isClosed = found == null || found.banner() == null;
          Thread.sleep(isClosed ? PAUSE : LONG_PAUSE);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        LOG.warn("{}: its desktop could not be looked at", id, e);
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
      // Last: whoever sees that the desktop was seen finds its picture and its time, too.
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
   * Begins to look, where nobody does yet.
   *
   * @param launched in milliseconds of the steady clock
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

  /** One look, now. */
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
