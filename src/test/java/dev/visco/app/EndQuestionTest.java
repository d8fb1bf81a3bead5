package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.visco.cli.ApiAddress;
import dev.visco.cli.DaemonClient;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.settings.Settings;
import dev.visco.store.NewVm;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether {@code down} may take users' VMs. */
@Timeout(60)
class EndQuestionTest {
  @TempDir private Path data;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);

  private Settings settings() {
    return new Program(
            Path.of("").toAbsolutePath(), Map.of("VISCO_CONFIG", data.resolve("etc").toString()))
        .settings(Map.of("data", data.toString(), "network.nameserver", "192.0.2.53"));
  }

  private static DaemonClient nobody() {
    return new DaemonClient(new ApiAddress("127.0.0.1", 1, ""));
  }

  private void vm(String id) throws Exception {
    Files.createDirectories(data.resolve("vms").resolve(id));
  }

  private EndQuestion question(boolean purge) {
    return EndQuestion.of(settings(), EndQuestionTest::nobody, purge);
  }

  @Test
  void withoutVmsNobodyIsAsked() {
    assertThat(question(true).isAllowed(null, err)).isTrue();
    assertThat(said.size()).isZero();
  }

  @Test
  void aScriptIsRefusedWithWhatItMustAdd() throws Exception {
    vm("vm-00000001");
    vm("vm-00000002");
    Files.createDirectories(data.resolve("vms/not-a-vm"));
    assertThatThrownBy(() -> question(false).isAllowed(null, err))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("2 VMs would be destroyed")
        .hasMessageContaining("vm-00000001, vm-00000002.")
        .hasMessageContaining("visco down --yes");
    assertThatThrownBy(() -> question(true).isAllowed(null, err))
        .hasMessageContaining("visco down --purge --yes");
  }

  @Test
  void aPersonIsAskedAndOnlyYesIsYes() throws Exception {
    vm("vm-00000001");
    for (String answer : new String[] {"", "y e s", "no", "ye"}) {
      assertThat(question(false).isAllowed(() -> answer, err)).as(answer).isFalse();
    }
    assertThat(question(false).isAllowed(() -> null, err)).as("end of input").isFalse();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("1 VM would be destroyed, with disk and snapshots: vm-00000001")
        .contains("Type yes")
        .contains("nothing was ended");
    assertThat(question(false).isAllowed(() -> " Yes ", err)).isTrue();
  }

  @Test
  void aDaemonThatAnswersSaysWhoseTheyAre() throws Exception {
    vm("vm-00000001");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/vms",
        exchange -> {
          byte[] answer =
              """
              [{"vmId":"vm-00000001","userId":"bob"},{"vmId":"vm-00000009","userId":"alice"}]
              """
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      var address = new ApiAddress("127.0.0.1", server.getAddress().getPort(), "token");
      assertThat(EndQuestion.of(settings(), () -> new DaemonClient(address), false).text())
          .startsWith("2 VMs of 2 users (alice: 1, bob: 1) would be destroyed")
          .endsWith("vm-00000001, vm-00000009");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void withoutADaemonTheFoldersSayWhoseTheyAreAndThousandsAreNotNamed() throws Exception {
    try (var store = Store.open(data)) {
      var rows = new VmRows(store, store.host());
      for (int number = 0; number < 25; number++) {
        var id = new VmId("vm-%08x".formatted(number));
        vm(id.value());
        rows.insert(
            new NewVm(id, number < 2 ? "alice" : "bob", "{}", "i", 1, "first", null, "d", 1, null),
            usage -> {});
      }
    } // Whose files are written before it is closed.
    vm("vm-0000ffff");
    assertThat(question(false).text())
        .startsWith("26 VMs of 2 users (alice: 2, bob: 23) would be destroyed")
        .contains("vm-00000000, vm-00000001")
        .doesNotContain("vm-00000014")
        .endsWith("vm-00000013, and 6 more");
  }

  @Test
  void disksThatWerePutAsideAreAskedForWhenTheyWouldGo() throws Exception {
    Files.createDirectories(data.resolve("vms/.lost/vm-00000001-2026-11-25"));
    assertThat(question(false).isEmpty()).isTrue();
    assertThat(question(true).text()).contains("put aside in vms/.lost would be deleted");
  }

  @Test
  void snapshotsThatOutliveTheirVmsAreAskedForWhenTheyWouldGo() throws Exception {
    Files.createDirectories(data.resolve("snapshots/snapshot-0123456789abcdef"));
    assertThat(question(false).isEmpty()).isTrue();
    assertThat(question(true).text()).isEqualTo("snapshots that are kept would be deleted");
  }
}
