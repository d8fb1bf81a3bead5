package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.DesktopProbe.Sight;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesktopLooksTest {
  private static final VmId ID = new VmId("vm-00000001");
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final byte[] PNG = {1, 2, 3};
  private static final Sight CLOSED =
      new Sight(new DesktopFacts(101, null, null, ProbeStage.PORT_CLOSED, "refused"), null);
  private static final Sight BLANK =
      new Sight(
          new DesktopFacts(
              101, "RFB 003.008", new DesktopFacts.Picture(9, 9, 1), ProbeStage.BLANK, "blank"),
          new byte[] {9});
  private static final Sight SEEN =
      new Sight(
          new DesktopFacts(
              101, "RFB 003.008", new DesktopFacts.Picture(9, 9, 7), ProbeStage.SEEN, null),
          PNG);

  @TempDir Path folder;
  private static final SteadyClock CLOCK = SteadyClock.ofHost();
  private final DesktopLooks looks = new DesktopLooks(CLOCK);

  /** Finds this, one after the other, and the last of them for ever. */
  private static final class Scripted implements DesktopProbe {
    private final List<Sight> sights;
    private final List<Duration> asked = new CopyOnWriteArrayList<>();

    Scripted(Sight... sights) {
      this.sights = List.of(sights);
    }

    @Override
    public Sight look(VmId id, Duration max, Runnable onBanner) {
      asked.add(max);
      Sight sight = sights.get(Math.min(asked.size(), sights.size()) - 1);
      if (sight.facts().banner() != null) {
        onBanner.run();
      }
      return sight;
    }
  }

  private DesktopLooks.Boot boot(DesktopProbe probe, Duration deadline) {
    looks.use(probe);
    return looks.boot(ID, folder, CLOCK.uptimeMillis(), deadline);
  }

  private static DesktopFacts facts(DesktopLooks.Boot boot) {
    return Objects.requireNonNull(boot.facts());
  }

  @Test
  void looksUntilADesktopIsSeenAndKeepsItsPictureForRootAlone() throws IOException {
    var probe = new Scripted(CLOSED, CLOSED, BLANK, SEEN);
    DesktopLooks.Boot boot = boot(probe, Duration.ofMinutes(1));
    boot.await(SOON);
    assertThat(facts(boot)).isEqualTo(SEEN.facts());
    assertThat(boot.desktop()).isNotNull().isGreaterThanOrEqualTo(boot.vnc());
    Path picture = folder.resolve("desktop.png");
    assertThat(picture).hasBinaryContent(PNG);
    assertThat(Files.getPosixFilePermissions(picture))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(probe.asked).hasSize(4);
    // Nobody looks any more, and who asks again gets the same looks.
    assertThat(looks.boot(ID, folder, 0, Duration.ofMinutes(1))).isSameAs(boot);
  }

  @Test
  void aBlankScreenIsKeptAsEvidenceAndIsNoDesktop() {
    DesktopLooks.Boot boot = boot(new Scripted(BLANK), Duration.ofMillis(300));
    boot.await(SOON);
    assertThat(facts(boot).stage()).isEqualTo(ProbeStage.BLANK);
    assertThat(boot.vnc()).isNotNull();
    assertThat(boot.desktop()).isNull();
    assertThat(folder.resolve("desktop.png")).hasBinaryContent(new byte[] {9});
  }

  @Test
  void nobodyLooksAfterTheDeadlineNorForLongerThanIsLeft() {
    var probe = new Scripted(CLOSED);
    DesktopLooks.Boot boot = boot(probe, Duration.ofMillis(400));
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
        new Sight(new DesktopFacts(101, null, null, ProbeStage.NO_ANSWER, "nobody answers"), null);
    DesktopLooks.Boot boot = boot(new Scripted(CLOSED, filtered), Duration.ofMillis(400));
    boot.await(SOON);
    assertThat(facts(boot)).isEqualTo(CLOSED.facts());
    looks.forget(ID);
    DesktopLooks.Boot never = boot(new Scripted(filtered), Duration.ofMillis(400));
    never.await(SOON);
    assertThat(facts(never)).isEqualTo(filtered.facts());
  }

  @Test
  void oneThatIsForgottenIsLookedAtNoMore() {
    var probe = new Scripted(CLOSED);
    DesktopLooks.Boot boot = boot(probe, Duration.ofMinutes(5));
    Awaitility.await().atMost(SOON).until(() -> probe.asked.size() > 1);
    looks.forget(ID);
    boot.await(SOON);
    int looked = probe.asked.size();
    DesktopLooks.Boot next = boot(new Scripted(SEEN), Duration.ofMinutes(1));
    next.await(SOON);
    assertThat(next).isNotSameAs(boot);
    assertThat(facts(next).isSeen()).isTrue();
    assertThat(probe.asked).hasSize(looked);
  }

  @Test
  void aProbeThatFailsIsToldAsSuch() {
    DesktopLooks.Boot boot =
        boot(
            (id, max, onBanner) -> {
              throw new IllegalStateException("broken");
            },
            Duration.ofMinutes(1));
    boot.await(SOON);
    assertThat(facts(boot).stage()).isEqualTo(ProbeStage.NO_UPGRADE);
    assertThat(facts(boot).reason()).contains("broken");
  }

  @Test
  void beforeTheApiListensNothingCanBeSeen() {
    Sight sight = looks.look(ID, SOON, () -> {});
    assertThat(sight.facts().upgrade()).isZero();
    assertThat(sight.facts().reason()).contains("API does not listen yet");
  }
}
