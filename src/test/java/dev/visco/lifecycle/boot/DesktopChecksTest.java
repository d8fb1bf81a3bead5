package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.boot.DesktopProbe.DesktopFindings;
import dev.visco.model.VmId;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.DesktopFacts.ProbeStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesktopChecksTest {
  private static final VmId ID = new VmId("vm-00000001");
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final byte[] PNG = {1, 2, 3};
  private static final DesktopFindings CLOSED =
      new DesktopFindings(
          new DesktopFacts(101, null, null, ProbeStage.PORT_CLOSED, "refused"), null);
  private static final DesktopFindings BLANK =
      new DesktopFindings(
          new DesktopFacts(
              101, "RFB 003.008", new DesktopFacts.Frame(9, 9, 1), ProbeStage.BLANK, "blank"),
          new byte[] {9});
  private static final DesktopFindings SEEN =
      new DesktopFindings(
          new DesktopFacts(
              101, "RFB 003.008", new DesktopFacts.Frame(9, 9, 7), ProbeStage.SEEN, null),
          PNG);

  @TempDir Path folder;
  private static final SteadyClock CLOCK = SteadyClock.ofHost();
  private @Nullable DesktopChecks checks;

  /** Finds this, one after the other, and the last of them for ever. */
  private static final class Scripted implements DesktopProbe {
    private final List<DesktopFindings> sights;
    private final List<Duration> asked = new CopyOnWriteArrayList<>();

    Scripted(DesktopFindings... sights) {
      this.sights = List.of(sights);
    }

    @Override
    public DesktopFindings probe(VmId id, Duration max, Runnable onBanner) {
      asked.add(max);
      DesktopFindings findings = sights.get(Math.min(asked.size(), sights.size()) - 1);
      if (findings.facts().banner() != null) {
        onBanner.run();
      }
      return findings;
    }
  }

  private DesktopChecks.CheckedDesktop boot(DesktopProbe probe, Duration deadline) {
    checks = new DesktopChecks(CLOCK, probe);
    return checks.boot(ID, folder, CLOCK.uptimeMillis(), deadline);
  }

  private DesktopChecks checks() {
    return Objects.requireNonNull(checks);
  }

  private static DesktopFacts facts(DesktopChecks.CheckedDesktop boot) {
    return Objects.requireNonNull(boot.facts());
  }

  @Test
  void looksUntilADesktopIsSeenAndKeepsItsPictureForRootAlone() throws IOException {
    var probe = new Scripted(CLOSED, CLOSED, BLANK, SEEN);
    DesktopChecks.CheckedDesktop boot = boot(probe, Duration.ofMinutes(1));
    boot.await(SOON);
    assertThat(facts(boot)).isEqualTo(SEEN.facts());
    assertThat(boot.desktop()).isNotNull().isGreaterThanOrEqualTo(boot.vnc());
    Path picture = folder.resolve("desktop.png");
    assertThat(picture).hasBinaryContent(PNG);
    assertThat(Files.getPosixFilePermissions(picture))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(probe.asked).hasSize(4);
    // Nobody looks any more, and who asks again gets the same looks.
    assertThat(checks().boot(ID, folder, 0, Duration.ofMinutes(1))).isSameAs(boot);
  }

  @Test
  void aBlankScreenIsKeptAsEvidenceAndIsNoDesktop() {
    DesktopChecks.CheckedDesktop boot = boot(new Scripted(BLANK), Duration.ofMillis(300));
    boot.await(SOON);
    assertThat(facts(boot).stage()).isEqualTo(ProbeStage.BLANK);
    assertThat(boot.vnc()).isNotNull();
    assertThat(boot.desktop()).isNull();
    assertThat(folder.resolve("desktop.png")).hasBinaryContent(new byte[] {9});
  }

  @Test
  void nobodyLooksAfterTheDeadlineNorForLongerThanIsLeft() {
    var probe = new Scripted(CLOSED);
    DesktopChecks.CheckedDesktop boot = boot(probe, Duration.ofMillis(400));
    boot.await(SOON);
    assertThat(facts(boot).stage()).isEqualTo(ProbeStage.PORT_CLOSED);
    assertThat(probe.asked)
        .isNotEmpty()
        .allSatisfy(max -> assertThat(max).isLessThanOrEqualTo(Duration.ofMillis(400)));
    assertThat(probe.asked).as("no busy loop").hasSizeLessThan(10);
  }

  @Test
  void aLookWithLittleTimeLeftTakesNothingBack() {
    var filtered =
        new DesktopFindings(
            new DesktopFacts(101, null, null, ProbeStage.NO_ANSWER, "nobody answers"), null);
    DesktopChecks.CheckedDesktop boot =
        boot(new Scripted(CLOSED, filtered), Duration.ofMillis(400));
    boot.await(SOON);
    assertThat(facts(boot)).isEqualTo(CLOSED.facts());
    checks().forget(ID);
    DesktopChecks.CheckedDesktop never = boot(new Scripted(filtered), Duration.ofMillis(400));
    never.await(SOON);
    assertThat(facts(never)).isEqualTo(filtered.facts());
  }

  @Test
  void oneThatIsForgottenIsLookedAtNoMore() {
    var probe = new Scripted(CLOSED);
    DesktopChecks.CheckedDesktop boot = boot(probe, Duration.ofMinutes(5));
    Awaitility.await().atMost(SOON).until(() -> probe.asked.size() > 1);
    checks().forget(ID);
    boot.await(SOON);
    int looked = probe.asked.size();
    DesktopChecks.CheckedDesktop next = boot(new Scripted(SEEN), Duration.ofMinutes(1));
    next.await(SOON);
    assertThat(next).isNotSameAs(boot);
    assertThat(facts(next).isSeen()).isTrue();
    assertThat(probe.asked).hasSize(looked);
  }

  @Test
  void aProbeThatFailsIsToldAsSuch() {
    DesktopChecks.CheckedDesktop boot =
        boot(
            (id, max, onBanner) -> {
              throw new IllegalStateException("broken");
            },
            Duration.ofMinutes(1));
    boot.await(SOON);
    assertThat(facts(boot).stage()).isEqualTo(ProbeStage.NO_UPGRADE);
    assertThat(facts(boot).reason()).contains("broken");
  }
}
