package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.time.InstantSource;
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
    return row("tester", id, release, created);
  }

  private static SnapshotRow row(String owner, String id, String release, long created) {
    return new SnapshotRow(
        id,
        new VmId("vm-00000001"),
        owner,
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
      var rows = new SnapshotRows(store, "local", InstantSource.system());
      rows.insert(row("one", "1.13.1", 1));
      assertThat(rows.find("tester", "one"))
          .hasValueSatisfying(found -> {
            assertThat(found).isEqualTo(row("one", "1.13.1", 1));
            assertThat(found.isWhole()).isFalse();
          });
      rows.written("tester", "one", 4096, "sha256:1");
      assertThat(rows.find("tester", "one").orElseThrow().bytes()).isEqualTo(4096);
      rows.remove("tester", "one");
      rows.remove("tester", "one");
      rows.written("tester", "one", 1, "sha256:2");
      assertThat(rows.list()).isEmpty();
    }
  }

  @Test
  void theyAreListedNewestFirst() throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SnapshotRows(store, "local", InstantSource.system());
      rows.insert(row("old", "1.13.1", 1));
      rows.insert(row("new", "1.16.1", 3));
      rows.insert(row("middle", "1.13.1", 2));
      new SnapshotRows(store, "other", InstantSource.system())
          .insert(row("elsewhere", "1.13.1", 4));
      assertThat(rows.list()).extracting(SnapshotRow::id).containsExactly("new", "middle", "old");
    }
  }

  @Test
  void eachOwnerHasNamesOfTheirOwn() throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SnapshotRows(store, "local", InstantSource.system());
      rows.insert(row("anna", "first", "qemu", 1));
      rows.insert(row("bert", "first", "qemu", 2));
      assertThatThrownBy(() -> rows.insert(row("anna", "first", "qemu", 3)))
          .isInstanceOf(RuntimeException.class);
      rows.written("anna", "first", 4096, "sha256:1");
      assertThat(rows.find("anna", "first").orElseThrow().isWhole()).isTrue();
      assertThat(rows.find("bert", "first").orElseThrow().isWhole()).isFalse();
      rows.remove("anna", "first");
      assertThat(rows.list()).extracting(SnapshotRow::owner).containsExactly("bert");
      assertThatThrownBy(() -> rows.folder("anna", "first")).isInstanceOf(Refused.class);
      assertThatThrownBy(() -> rows.folder("bert", "first")).hasMessageContaining("written");
      rows.written("bert", "first", 4096, "sha256:1");
      assertThat(rows.folder("bert", "first")).hasToString("/snapshots/first");
    }
  }

  @Test
  void whatIsRemovedIsNotUsedAndNotCompletedAnyMore() throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SnapshotRows(store, "local", InstantSource.system());
      rows.insert(row("one", "qemu", 1));
      rows.removing("tester", "one");
      rows.written("tester", "one", 4096, "sha256:1");
      assertThat(rows.find("tester", "one").orElseThrow().state())
          .isEqualTo(SnapshotState.REMOVING);
      assertThatThrownBy(() -> rows.folder("tester", "one")).hasMessageContaining("removed");
    }
  }

  @Test
  void whatIsKnownOfItIsKept() throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SnapshotRows(store, "local", InstantSource.system());
      SnapshotRow one = row("one", "qemu", 1);
      var place = new SnapshotPlace("snapshot-0123456789abcdef");
      var whole =
          new SnapshotRow(
              "two",
              one.vm(),
              "tester",
              "{}",
              one.image(),
              "qemu",
              0,
              "/snapshots/" + place,
              2,
              8L,
              "sha256:1",
              SnapshotState.WHOLE,
              SnapshotRetention.KEPT,
              place,
              "one",
              7L,
              SnapshotConsistency.FROZEN,
              "A Processor");
      rows.insert(one);
      rows.insert(whole);
      assertThat(rows.find("tester", "two")).contains(whole);
      assertThat(whole.isOf(one.vm())).as("it was imported").isFalse();
      assertThat(rows.retain("tester", "one", SnapshotRetention.USED))
          .hasValueSatisfying(row -> assertThat(row.retention()).isEqualTo(SnapshotRetention.USED));
      assertThat(rows.retain("tester", "three", SnapshotRetention.USED)).isEmpty();
    }
  }
}
