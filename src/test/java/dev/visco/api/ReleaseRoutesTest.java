package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.api.http.Route;
import dev.visco.metrics.Metric;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Releases and metrics as their callers see them. */
@Timeout(60)
class ReleaseRoutesTest {
  @TempDir private Path folder;
  private final FakeRollout rollout = new FakeRollout();
  private final List<Metric> metrics = new ArrayList<>();
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    var routes = new ArrayList<>(new ReleaseRoutes(rollout).routes());
    routes.addAll(new MetricsRoutes(List.of(() -> metrics)).routes());
    api = ApiUnderTest.start(folder, routes.toArray(Route[]::new));
  }

  @AfterEach
  void end() {
    api.close();
  }

  private Answer add(String body) throws Exception {
    return api.send("POST", "/api/vmm", body);
  }

  private static JsonNode last(Answer answer) {
    return Json.read(answer.body().lines().toList().getLast(), JsonNode.class);
  }

  @Test
  void aReleaseIsAddedAndListed() throws Exception {
    assertThat(api.get("/api/vmm").json()).hasSize(1);
    Answer added = add("{\"path\":\"/fc/firecracker\",\"noJailer\":true}");
    assertThat(added.header("Content-Type")).isEqualTo("application/x-ndjson");
    assertThat(added.body().lines().findFirst().orElseThrow()).contains("\"doing\":\"copy\"");
    assertThat(last(added).path("release").path("name").asString()).isEqualTo("1.16.1");
    assertThat(Objects.requireNonNull(rollout.asked).path()).isEqualTo(Path.of("/fc/firecracker"));
    assertThat(Objects.requireNonNull(rollout.asked).noJailer()).isTrue();
    assertThat(api.get("/api/vmm/1.16.1").field("status")).isEqualTo("added");
    assertThat(api.get("/api/vmm").json()).hasSize(2);
    assertThat(api.get("/api/vmm/none").status()).isEqualTo(404);
  }

  @Test
  void whatIsWrongWithTheRequestIsRefusedBeforeTheAnswerBegins() throws Exception {
    assertThat(add("{}").field("field")).isEqualTo("path");
    assertThat(add("{\"path\":\"/a\",\"sha256\":\"abc\"}").status()).isEqualTo(400);
    assertThat(add("{\"path\":\"a\\u0000b\"}").field("detail")).contains("is no path");
    assertThat(add("{\"path\":\"/a\",\"digest\":\"x\"}").field("remedy")).contains("sha256");
    assertThat(rollout.asked).isNull();
  }

  @Test
  void aRefusalDuringTheWorkIsItsLastLine() throws Exception {
    Answer answer = add("{\"path\":\"/a\",\"sha256\":\"" + "AB".repeat(32) + "\"}");
    JsonNode problem = last(answer).path("problem");
    assertThat(problem.path("status").asInt()).isEqualTo(400);
    assertThat(problem.path("detail").asString()).contains("ab".repeat(32));
  }

  @Test
  void aChangeTellsWhatTheCanariesHaveShown() throws Exception {
    add("{\"path\":\"/a\"}");
    rollout.isGood = false;
    JsonNode withheld = last(api.send("POST", "/api/vmm/1.16.1/use", "")).path("change");
    assertThat(withheld.path("isChanged").asBoolean()).isFalse();
    assertThat(withheld.path("current").asString()).isEqualTo("qemu");
    assertThat(withheld.path("canaries").path("lines").get(0).path("text").asString())
        .isEqualTo("Criterion 1: nothing.");
    rollout.isGood = true;
    JsonNode change = last(api.send("POST", "/api/vmm/1.16.1/use", "{}")).path("change");
    assertThat(change.path("current").asString()).isEqualTo("1.16.1");
    Answer back = api.send("POST", "/api/vmm/rollback", "");
    assertThat(back.status()).isEqualTo(200);
    assertThat(back.field("current")).isEqualTo("qemu");
    assertThat(api.send("POST", "/api/vmm/rollback", "").status()).isEqualTo(409);
    assertThat(api.send("POST", "/api/vmm/none/use", "").status()).isEqualTo(404);
    assertThat(api.send("POST", "/api/vmm/none/canary", "").status()).isEqualTo(404);
  }

  @Test
  void aPlanIsAskedForByGet() throws Exception {
    add("{\"path\":\"/a\"}");
    Answer plan = api.get("/api/vmm/1.16.1/plan");
    assertThat(plan.json().path("keep").get(0).path("release").asString()).isEqualTo("qemu");
    assertThat(plan.json().path("snapshots").get(0).path("format").asInt()).isEqualTo(8);
    assertThat(api.get("/api/vmm").json().get(0).path("status").asString()).isEqualTo("in use");
  }

  @Test
  void aReleaseInUseIsNotRemoved() throws Exception {
    add("{\"path\":\"/a\"}");
    assertThat(api.send("DELETE", "/api/vmm/qemu", "").status()).isEqualTo(409);
    assertThat(api.send("DELETE", "/api/vmm/1.16.1", "").field("removed")).isEqualTo("1.16.1");
  }

  private static Metric vms(String state, double value) {
    return new Metric(
        "visco.vms", false, "VMs that are there", Map.of("release", "qemu", "state", state), value);
  }

  @Test
  void metricsAreTheNumbersOfThisMoment() throws Exception {
    assertThat(api.bare("GET", "/metrics", "").status()).isEqualTo(401);
    metrics.add(vms("ready", 3));
    metrics.add(new Metric("visco.rollbacks", true, "How often", Map.of("how", "automatic"), 2));
    Answer first = api.get("/metrics");
    assertThat(first.header("Content-Type")).startsWith("text/plain; version=0.0.4");
    assertThat(first.body())
        .contains("# TYPE visco_vms gauge\n")
        .contains("# HELP visco_vms VMs that are there\n")
        .contains("visco_vms{release=\"qemu\",state=\"ready\"} 3.0\n")
        .contains("# TYPE visco_rollbacks_total counter\n")
        .contains("visco_rollbacks_total{how=\"automatic\"} 2.0\n")
        .contains("jvm_memory_used_bytes");
    metrics.set(0, vms("failed", 1));
    assertThat(api.get("/metrics").body())
        .contains("visco_vms{release=\"qemu\",state=\"failed\"} 1.0\n")
        .doesNotContain("state=\"ready\"");
  }
}
