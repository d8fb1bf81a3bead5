package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.CommandExitCode;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * A store that is gone, and one that is damaged, under guests that run: they go on as they were.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class StoreRebuildIT {
  @Test
  void guestsThatRunKeepTheirNamesAddressesAndDisks() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of("VISCO_SPARE_SLOTS", "1")).up()) {
      Map<String, JsonNode> before = new TreeMap<>();
      for (int number = 0; number < 2; number++) {
        String id = visco.create();
        visco.ok("exec", id, "--", "sh", "-c", "echo " + id + " > /mine && sync");
        before.put(id, visco.awaitReady(id));
      }
      visco.ok("snapshot", "create", before.keySet().iterator().next(), "--name", "before");
      assertThat(visco.run("store", "rebuild").exitCode()).isEqualTo(CommandExitCode.REFUSED);

      visco.killDaemon();
      removeStore(visco.data());
      CommandResult refused = visco.run("up", "--no-vm");
      assertThat(refused.exitCode()).isNotZero();
      assertThat(refused.error()).contains("There is no store", "visco store rebuild");
      JsonNode rebuilt = visco.json("store", "rebuild");
      assertThat(rebuilt.path("vms")).hasSize(2);
      assertThat(rebuilt.path("slots").asInt()).isEqualTo(2);
      assertThat(rebuilt.path("snapshots")).hasSize(1);
      visco.up();
      assertSame(visco, before);
      assertThat(visco.ok("snapshot", "ls")).contains("before");

      visco.killDaemon();
      damageStore(visco.data());
      visco.up();
      assertSame(visco, before);
      assertThat(visco.ok("events")).contains("store-mended");
      assertThat(visco.data().resolve("damaged")).isNotEmptyDirectory();
    }
  }

  private static void removeStore(Path data) throws IOException {
    for (String name : new String[] {"visco.db", "visco.db-wal", "visco.db-shm"}) {
      Files.deleteIfExists(data.resolve(name));
    }
    DurableFiles.deleteTree(data.resolve("copies"));
  }

  private static void damageStore(Path data) throws IOException {
    try (var file = new RandomAccessFile(data.resolve("visco.db").toFile(), "rw")) {
      file.seek(4096);
      file.write(new byte[8 * 4096]);
    }
    // What lies in the log would be put over the damage.
    Files.deleteIfExists(data.resolve("visco.db-wal"));
  }

  private static void assertSame(ViscoUnderTest visco, Map<String, JsonNode> before) {
    before.forEach((id, vm) -> {
      JsonNode now = visco.awaitReady(id);
      for (String field : new String[] {"pid", "address", "slot", "state"}) {
        assertThat(now.path(field)).as(id + " " + field).isEqualTo(vm.path(field));
      }
      assertThat(visco.ok("exec", id, "--", "cat", "/mine")).isEqualTo(id + "\n");
    });
  }
}
