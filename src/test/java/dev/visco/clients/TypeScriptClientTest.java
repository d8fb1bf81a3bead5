package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.api.FakeMachinesDaemon;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client in {@code clients/typescript} compiles and does what it says: its own tests run in
 * Node against daemons of this JVM.
 */
@Timeout(300)
class TypeScriptClientTest {
  @TempDir private static Path build;
  private static NodePackage client;
  @TempDir private Path folder;

  @BeforeAll
  static void compile() throws IOException {
    client = NodePackage.built(build);
  }

  @Test
  void itsTypesTakeWhatTheApiTakes() {
    client.compile("test/tsconfig.json");
  }

  @Test
  void aVmLivesWithIt() throws IOException {
    try (var daemon = FakeMachinesDaemon.start(folder)) {
      String told =
          client.test(
              "life.test.mjs",
              Map.of(
                  "VISCO_HOST",
                  "http://127.0.0.1:" + daemon.port(),
                  "VISCO_TOKEN",
                  daemon.adminToken()));
      assertThat(told).contains("pass 8");
    }
  }

  @Test
  void commandsRunWithIt() throws Exception {
    try (var api = ApiUnderTest.start(folder)) {
      String vm = api.create();
      api.vms.settle(new VmId(vm), VmState.READY, null);
      client.test(
          "exec.test.mjs",
          Map.of(
              "VISCO_HOST",
              "http://" + api.address(),
              "VISCO_TOKEN",
              ApiUnderTest.TOKEN,
              "VISCO_VM",
              vm));
      Awaitility.await().until(() -> api.vms.guest.open.get() == 0);
    }
  }

  @Test
  void faultsOnTheWayAreTold() {
    assertThat(client.test("faults.test.mjs", Map.of())).contains("pass 7");
  }
}
