package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Releases, and which of them is in use. */
@ParameterizedClass
@EnumSource
class ReleaseRowsTest {
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private ReleaseRows releases;
  private RolloutRows rollouts;

  ReleaseRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    releases = new ReleaseRows(store, "here");
    rollouts = new RolloutRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static ReleaseRow row(String name, List<String> accepted) {
    return new ReleaseRow(
        name,
        name,
        "sha256:1",
        null,
        "/srv/firecracker",
        7,
        ReleaseRow.ReleaseStatus.ADDED,
        null,
        null,
        accepted);
  }

  @Test
  void oneIsFoundAsItWasAddedAndOnItsHostOnly() {
    releases.insert(row("1.13.1", List.of("CVE-1", "CVE-2")), "added");
    releases.insert(row("1.9.0", List.of()), "added");
    assertThat(releases.find("1.13.1")).contains(row("1.13.1", List.of("CVE-1", "CVE-2")));
    assertThat(releases.list())
        .as("of one time, and so by name, byte by byte")
        .extracting(ReleaseRow::name)
        .containsExactly("1.13.1", "1.9.0");
    assertThat(new ReleaseRows(store, "there").list()).isEmpty();
    releases.checked(
        "1.9.0",
        ReleaseRow.ReleaseStatus.CANARY_FAILED,
        "why",
        EventKind.CANARY_FAILED,
        "failed",
        9);
    ReleaseRow checked = releases.find("1.9.0").orElseThrow();
    assertThat(checked.status()).isEqualTo(ReleaseRow.ReleaseStatus.CANARY_FAILED);
    assertThat(checked.reason()).isEqualTo("why");
    assertThat(checked.checked()).isEqualTo(9);
  }

  @Test
  void aSwitchHappensOnlyWhileTheRowIsAsItWasSeen() {
    releases.insert(row("1.13.1", List.of()), "added");
    RolloutRow first = rollouts.get();
    assertThat(first).isEqualTo(new RolloutRow("qemu", null, 0, 0));
    assertThat(rollouts.use(first, "gone", List.of(), "used", 8)).isEmpty();
    RolloutRow used = rollouts.use(first, "1.13.1", List.of("CVE-3"), "used", 8).orElseThrow();
    assertThat(used).isEqualTo(rollouts.get()).isEqualTo(new RolloutRow("1.13.1", "qemu", 8, 1));
    assertThat(releases.find("1.13.1").orElseThrow().accepted()).containsExactly("CVE-3");
    assertThat(rollouts.use(first, "qemu", List.of(), "used", 9)).isEmpty();
    assertThat(releases.remove("1.13.1", "removed", 9).isCurrent()).isTrue();
    assertThat(rollouts.rollBack(used, Optional.of("it failed"), EventKind.ROLLED_BACK, "back", 10))
        .contains(new RolloutRow("qemu", null, 10, 2));
    assertThat(releases.find("1.13.1").orElseThrow().status())
        .isEqualTo(ReleaseRow.ReleaseStatus.ROLLED_BACK);
    assertThat(releases.remove("1.13.1", "removed", 11).isNone()).isTrue();
    assertThat(releases.list()).isEmpty();
    assertThat(new EventRows(store, "here").counts())
        .containsEntry("release-used", 1L)
        .containsEntry("rolled-back", 1L)
        .containsEntry("release-removed", 1L);
  }
}
