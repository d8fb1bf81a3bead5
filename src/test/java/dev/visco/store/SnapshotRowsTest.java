package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class SnapshotRowsTest {
  private final TestDatabase database;
  @TempDir private Path folder;

  SnapshotRowsTest(TestDatabase database) {
    this.database = database;
  }

  private static SnapshotRow row(String id, String release, long created) {
    return new SnapshotRow(
        id,
        new VmId("vm-00000001"),
        "tester",
        "{}",
        "sha256:" + "0".repeat(64),
        release,
        8,
        "/snapshots/" + id,
        created,
        null,
        null);
  }

  @Test
  void aSnapshotIsThereBeforeItIsWholeAndUntilItIsRemoved() throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SnapshotRows(store, "local");
      rows.insert(row("one", "1.13.1", 1));
      assertThat(rows.find("one"))
          .hasValueSatisfying(found -> {
            assertThat(found).isEqualTo(row("one", "1.13.1", 1));
            assertThat(found.isWhole()).isFalse();
          });
      rows.written("one", 4096, "sha256:1");
      assertThat(rows.find("one").orElseThrow().bytes()).isEqualTo(4096);
      rows.remove("one");
      rows.remove("one");
      rows.written("one", 1, "sha256:2");
      assertThat(rows.list()).isEmpty();
    }
  }

  @Test
  void theyAreListedNewestFirstAndByTheirRelease() throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SnapshotRows(store, "local");
      rows.insert(row("old", "1.13.1", 1));
      rows.insert(row("new", "1.16.1", 3));
      rows.insert(row("middle", "1.13.1", 2));
      new SnapshotRows(store, "other").insert(row("elsewhere", "1.13.1", 4));
      assertThat(rows.list()).extracting(SnapshotRow::id).containsExactly("new", "middle", "old");
      assertThat(rows.ofRelease("1.13.1"))
          .extracting(SnapshotRow::id)
          .containsExactly("middle", "old");
    }
  }
}
