package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.Route;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.MountPath;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Volumes as callers see them, on a store and a fake host. */
@Timeout(60)
class VolumeRoutesTest {
  private static final String DATA = "/api/volumes/data?user=anna";
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private ConductorWorld daemon;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}).start();
    api =
        ApiUnderTest.start(folder, new VolumeRoutes(daemon.volumes).routes().toArray(Route[]::new));
  }

  @AfterEach
  void stop() {
    api.close();
    daemon.close();
  }

  private ApiUnderTest.Answer create(String user, String name, String size) throws Exception {
    return api.send(
        "POST",
        "/api/volumes",
        "{\"userId\":\"%s\",\"name\":\"%s\",\"size\":\"%s\"}".formatted(user, name, size));
  }

  @Test
  void volumesAreMadeListedShownAndRemoved() throws Exception {
    var made = create("anna", "data", "2g");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.header("Location")).isEqualTo(DATA);
    assertThat(made.json().path("bytes").asLong()).isEqualTo(2L << 30);
    assertThat(made.json().path("takenBytes").asLong()).isEqualTo(4096);
    assertThat(made.field("state")).isEqualTo("ready");
    assertThat(made.field("volumeId")).startsWith("vol-");
    assertThat(made.json().has("vmId")).isFalse();
    assertThat(api.get(DATA).json()).isEqualTo(made.json());
    create("anna", "more", "1g");
    create("bert", "data", "1g");
    assertThat(api.get("/api/volumes").json()).hasSize(3);
    assertThat(api.get("/api/volumes?user=anna").json()).hasSize(2);
    var first = api.get("/api/volumes?limit=2");
    assertThat(first.json()).hasSize(2);
    assertThat(api.get(first.next()).json()).hasSize(1);
    assertThat(api.send("DELETE", DATA, "").field("removed")).isEqualTo("data");
    assertThat(api.send("DELETE", DATA, "").status()).isEqualTo(404);
    assertThat(api.get(DATA).status()).isEqualTo(404);
    assertThat(api.get("/api/volumes/data?user=bert").status()).isEqualTo(200);
  }

  @Test
  void whatCannotBeIsRefusedWithTheField() throws Exception {
    assertThat(create("anna", "data", "2").body()).contains("size \\\"2\\\"");
    assertThat(create("anna", "data", "1m").body()).contains("size \\\"1m\\\"");
    assertThat(create("anna", "No", "1g").body()).contains("volume \\\"No\\\"");
    assertThat(create("", "data", "1g").body()).contains("userId");
    assertThat(create("anna", "data", "2t").body()).contains("limits.disk-mib");
    assertThat(api.send("POST", "/api/volumes", "{\"sise\":\"1g\"}").status()).isEqualTo(400);
    assertThat(api.get("/api/volumes/data").body()).contains("user", "is missing");
    create("anna", "data", "1g");
    assertThat(create("anna", "data", "1g").status()).isEqualTo(409);
    assertThat(api.get("/api/volumes?before=vol-none").status()).isEqualTo(404);
  }

  @Test
  void oneThatAVmHasSaysSoAndStays() throws Exception {
    var id = new VolumeId(create("tester", "data", "1g").field("volumeId"));
    VmId vm =
        daemon.insert(
            List.of(
                new VolumeMount(
                    id, new VolumeName("data"), new MountPath("/srv/data"), true, false)));
    daemon.await(vm, VmState.READY);
    var shown = api.get("/api/volumes/data?user=tester");
    assertThat(shown.field("vmId")).isEqualTo(vm.value());
    assertThat(shown.field("path")).isEqualTo("/srv/data");
    assertThat(shown.json().path("readOnly").asBoolean()).isTrue();
    var refused = api.send("DELETE", "/api/volumes/data?user=tester", "");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.body()).contains("attached to " + vm, "remove-vm");
  }

  @Test
  void volumesAreResized() throws Exception {
    create("anna", "data", "1g");
    var grown = api.send("PATCH", DATA, "{\"size\":\"2g\"}");
    assertThat(grown.status()).isEqualTo(200);
    assertThat(grown.json().path("bytes").asLong()).isEqualTo(2L << 30);
    assertThat(grown.json().has("pending")).isFalse();
    assertThat(api.send("PATCH", DATA, "{\"size\":\"1g\"}").body())
        .contains("never becomes smaller");
    assertThat(api.send("PATCH", DATA, "{}").status()).isEqualTo(400);
  }

  @Test
  void volumesAreExportedAndImported() throws Exception {
    create("anna", "data", "1g");
    var file = api.get("/api/volumes/data/export?user=anna");
    assertThat(file.status()).isEqualTo(200);
    assertThat(file.header("Content-Disposition")).contains("data.img.gz");
    assertThat(file.body()).isEqualTo("empty");
    var made = api.send("POST", "/api/volumes/copy/import?user=anna", "what a guest wrote");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.field("name")).isEqualTo("copy");
    assertThat(world.volumes()).containsValue("what a guest wrote");
    assertThat(api.send("POST", "/api/volumes/copy/import?user=anna", "again").status())
        .isEqualTo(409);
    assertThat(api.send("POST", "/api/volumes/bad/import?user=anna", "damaged").status())
        .isEqualTo(409);
    assertThat(api.get("/api/volumes?user=anna").json()).hasSize(2);
    assertThat(api.get("/api/volumes/none/export?user=anna").status()).isEqualTo(404);
  }

  @Test
  void ofAnImportThatBreaksOffNothingIsMade() throws Exception {
    try (var socket =
        api.open(
            "POST /api/volumes/half/import?user=anna",
            "Content-Length: 1000",
            "Connection: close")) {
      socket.getOutputStream().write("half".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    }
    assertThat(api.get("/api/volumes?user=anna").json()).isEmpty();
    assertThat(world.volumes()).isEmpty();
  }
}
