package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.UserData;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.wire.CreateRequest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a VM that goes on from a snapshot gets for its guest. */
class CloneRequestsTest {
  private static final String OWNER = "tester";

  @TempDir private Path folder;

  /**
   * The variables of a clone that is asked for with one of its own.
   *
   * @param imported when its snapshot came from a file; null for one of this host
   */
  private Map<String, String> variables(@Nullable Long imported) throws Exception {
    var given = new HashMap<String, String>();
    Images images = MadeImages.with(new FakeHost(), folder.resolve("images"), "cli");
    try (var daemon = new ConductorWorld(folder, new FakeWorld(), point -> {}).start()) {
      VmId vm = daemon.insert();
      daemon.await(vm, VmState.READY);
      daemon.snapshots.create(vm, "taken");
      SnapshotRow taken = daemon.snapshotRows.find(OWNER, "taken").orElseThrow();
      daemon.snapshotRows.insert(
          new SnapshotRow(
              "base",
              vm,
              OWNER,
              taken.spec(),
              images.image("cli").digest().value(),
              taken.release(),
              taken.format(),
              folder.resolve("base").toString(),
              taken.created(),
              taken.bytes(),
              taken.digest(),
              taken.state(),
              SnapshotRetention.KEPT,
              SnapshotPlace.random(new Random(1)),
              null,
              imported,
              taken.consistency(),
              taken.processor()));
      var clones =
          new CloneRequests(
              Map.of(),
              daemon.snapshotRows,
              images,
              VmsTest.PLENTY,
              (spec, image) -> new VmsTest.Planned(List.of(), 0),
              id -> UserData.of(Map.of("ITS", "of " + id, "BOTH", "its"), List.of()),
              daemon.snapshotUses::hold,
              FreeDisks.PLENTY);
      clones.create(
          CreateRequest.of(OWNER, null).env(Map.of("BOTH", "own")).build(),
          "base",
          null,
          (wanted, key) -> {
            given.putAll(wanted.data().environment());
            return ConductorWorld.vm(daemon.row(vm));
          });
      given.replaceAll((name, value) -> value.replace(vm.value(), "it"));
    }
    return given;
  }

  @Test
  void itHasItsOriginalsVariablesAndOverThemItsOwn() throws Exception {
    assertThat(variables(null)).containsOnly(Map.entry("ITS", "of it"), Map.entry("BOTH", "own"));
  }

  @Test
  void aSnapshotOfAnotherHostGivesItNothingOfAVmOfThisOneWithTheSameId() throws Exception {
    assertThat(variables(7L)).containsOnly(Map.entry("BOTH", "own"));
  }
}
