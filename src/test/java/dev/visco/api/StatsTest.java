package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.metrics.MachineStats;
import dev.visco.metrics.Metric;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineUsage;
import dev.visco.wire.Json;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What VMs use, as their owners and operators see it. */
@Timeout(120)
class StatsTest {
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private String alice;
  private String vm;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder.resolve("host"));
    alice = token("alice");
    HttpResponse<String> made =
        daemon.call(alice, "POST", "/api/vms?wait=ready", "{\"vmType\":\"cli\",\"name\":\"box\"}");
    vm = Json.read(made.body(), JsonNode.class).path("vmId").asString();
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private String token(String user) {
    assertThat(daemon.run("user", "create", user).code()).isZero();
    return daemon.run("token", "create", user + "-phone", "--user", user).out().strip();
  }

  private JsonNode get(String token, String target) throws Exception {
    return Json.read(daemon.call(token, "GET", target, "").body(), JsonNode.class);
  }

  @Test
  void itsOwnerAndOperatorsSeeItAndNobodyElse() throws Exception {
    JsonNode one = get(alice, "/api/vms/box/stats");
    assertThat(one.path("vmId").asString()).isEqualTo(vm);
    assertThat(one.path("memoryBytes").asLong()).isEqualTo(100 << 20);
    assertThat(one.path("networkSentBytes").asLong()).isEqualTo(12_345);
    assertThat(get(alice, "/api/stats").findValuesAsString("vmId")).containsExactly(vm);
    assertThat(get(daemon.adminToken(), "/api/stats").findValuesAsString("name"))
        .containsExactly("box");
    String bob = token("bob");
    assertThat(get(bob, "/api/stats")).isEmpty();
    assertThat(daemon.call(bob, "GET", "/api/vms/" + vm + "/stats", "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void oneThatDoesNotRunHasNone() throws Exception {
    assertThat(daemon.run("stop", vm).code()).isZero();
    assertThat(get(alice, "/api/stats")).isEmpty();
    HttpResponse<String> refused = daemon.call(alice, "GET", "/api/vms/box/stats", "");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("it is stopped", "start");
    assertThat(daemon.run("stats", "--no-stream", vm).code()).isEqualTo(3);
    assertThat(daemon.run("stats", "--no-stream", "no-such").code()).isEqualTo(4);
  }

  @Test
  void theTableHasDockersColumnsAndUnits() {
    String table = daemon.run("stats", "--no-stream").out();
    List<String> lines = table.lines().toList();
    assertThat(lines.getFirst())
        .containsSubsequence(
            "VM", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS");
    assertThat(lines.get(1))
        .containsSubsequence(
            vm, "box", "%", "100MiB / 400MiB", "25.00%", "999B / 12.35kB", "5MB / 1.5kB", "7");
    JsonNode one =
        Json.read(daemon.run("top", "--no-stream", "--json", "box").out(), JsonNode.class);
    assertThat(one.path("cpuPercent").asDouble()).as("a second in about one").isGreaterThan(1);
  }

  /** Only machines that run have any, so that there are no more than network slots. */
  @Test
  void metricsAreOfEachMachineThatRuns() {
    var machine =
        (MachineHandle)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {MachineHandle.class},
                (proxy, method, arguments) -> {
                  throw new UnsupportedOperationException();
                });
    var usage = new MachineUsage(1_500_000, 5, 9L, 6, 7, 8, 10, 2);
    var stats =
        new MachineStats(() -> Map.of(new VmId("vm-00000001"), machine), one -> Optional.of(usage));
    assertThat(stats.metrics())
        .extracting(one -> one.name() + " " + one.isCounter() + " " + one.value())
        .containsExactly(
            "visco.vm.cpu.seconds true 1.5",
            "visco.vm.memory.bytes false 5.0",
            "visco.vm.memory.limit.bytes false 9.0",
            "visco.vm.disk.read.bytes true 6.0",
            "visco.vm.disk.written.bytes true 7.0",
            "visco.vm.network.receive.bytes true 8.0",
            "visco.vm.network.transmit.bytes true 10.0",
            "visco.vm.threads false 2.0");
    assertThat(stats.metrics())
        .extracting(Metric::labels)
        .containsOnly(Map.of("vm", "vm-00000001"));
    var ended =
        new MachineStats(() -> Map.of(new VmId("vm-00000001"), machine), one -> Optional.empty());
    assertThat(ended.metrics()).isEmpty();
  }
}
