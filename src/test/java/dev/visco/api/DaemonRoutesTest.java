package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.api.http.Route;
import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.image.Images;
import dev.visco.lifecycle.Health;
import dev.visco.sweep.Sweep.Owner;
import dev.visco.sweep.Sweep.SweepFinding;
import dev.visco.sweep.SweepService;
import dev.visco.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Health, images and the sweep as their callers see them; no image is ever built here. */
@Timeout(60)
class DaemonRoutesTest {
  @TempDir private Path folder;
  private final FakeSweep sweep = new FakeSweep();
  private long nanos = 12_000_000_000L;
  private Health.HealthReport health =
      new Health.HealthReport(
          Health.HealthStatus.OK,
          List.of(new Health.LoopAge("machine-monitor", Duration.ofMillis(300), false)));
  private ApiUnderTest api;

  /** A host with things on it; running it takes the orphans away. */
  private static final class FakeSweep implements SweepService {
    private final List<SweepFinding> things =
        new ArrayList<>(
            List.of(
                new SweepFinding("namespace", "visco-1234-0", Owner.OWNED, "slot 0"),
                new SweepFinding("folder", "vm-0badcafe", Owner.ORPHAN, "no row")));
    private @Nullable HostFault fault;

    @Override
    public List<SweepFinding> plan() {
      return List.copyOf(things);
    }

    @Override
    public List<SweepFinding> run() {
      if (fault != null) {
        throw fault;
      }
      List<SweepFinding> orphans =
          things.stream().filter(thing -> thing.owner() == Owner.ORPHAN).toList();
      things.removeAll(orphans);
      return orphans;
    }
  }

  @BeforeEach
  void start() throws Exception {
    Path recipes = Files.createDirectories(folder.resolve("recipes"));
    Files.writeString(recipes.resolve("bad.toml"), "packages = 3\n");
    var images = new Images(new LinuxHost(), folder.resolve("images"), List.of(recipes));
    var routes = new ArrayList<>(new ImageRoutes(images, Set::of).routes());
    routes.addAll(
        new DaemonRoutes(sweep, () -> health, () -> "open", () -> 2, "build-7", () -> nanos)
            .routes());
    api = ApiUnderTest.start(folder, routes.toArray(Route[]::new));
  }

  @AfterEach
  void end() {
    api.close();
    assertThat(folder.resolve("images/work")).as("a half-made image").doesNotExist();
  }

  @Test
  void healthNeedsNoTokenAndNamesTheBuild() throws Exception {
    nanos += 90_000_000_000L;
    Answer answer = api.bare("GET", "/health", "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("build")).isEqualTo("build-7");
    assertThat(answer.json().path("uptimeSeconds").asInt()).isEqualTo(90);
    assertThat(answer.json().path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
    assertThat(answer.field("status")).isEqualTo("ok");
    assertThat(answer.json().path("secondsSinceRound").path("machine-monitor").asDouble())
        .isEqualTo(0.3);
  }

  @Test
  void healthIsNotOkBeforeTheDaemonHasStartedAndWhenALoopStandsStill() throws Exception {
    health = new Health.HealthReport(Health.HealthStatus.STARTING, List.of());
    Answer starting = api.bare("GET", "/health", "");
    assertThat(starting.status()).isEqualTo(503);
    assertThat(starting.field("status")).isEqualTo("starting");
    assertThat(starting.field("build")).isEqualTo("build-7");
    health =
        new Health.HealthReport(
            Health.HealthStatus.STALLED,
            List.of(new Health.LoopAge("conductor", Duration.ofMinutes(2), true)));
    Answer stalled = api.bare("GET", "/health", "");
    assertThat(stalled.status()).isEqualTo(503);
    assertThat(stalled.field("status")).isEqualTo("stalled");
    assertThat(stalled.json().path("secondsSinceRound").path("conductor").asDouble())
        .isEqualTo(120);
  }

  @Test
  void anImageThatIsNotThereIsNotFound() throws Exception {
    assertThat(api.get("/api/images").json()).isEmpty();
    assertThat(api.get("/api/images/cli").status()).isEqualTo(404);
    assertThat(api.send("DELETE", "/api/images/cli", "").status()).isEqualTo(404);
  }

  @Test
  void aBuildIsRefusedBeforeItBeginsWhereItsRecipeCannotBe() throws Exception {
    Answer none = api.send("POST", "/api/images/build", "{}");
    assertThat(none.status()).isEqualTo(400);
    assertThat(none.field("field")).isEqualTo("recipe");
    Answer unknown = api.send("POST", "/api/images/build", "{\"recipe\":\"nothing\"}");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.field("detail")).contains("\"nothing\"");
    Answer bad = api.send("POST", "/api/images/build", "{\"recipe\":\"bad\"}");
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.field("detail")).contains("kernel-package").contains("bad.toml");
  }

  @Test
  void anImportThatIsNoKernelIsRefusedByFieldAndLeavesNothing() throws Exception {
    Path text = Files.writeString(folder.resolve("notes.txt"), "not a kernel\n".repeat(200));
    Path root = folder.resolve("root.img");
    new LinuxHost().check(Command.of("mke2fs", "-q", "-t", "ext4", root.toString(), "4M"));
    Answer answer =
        api.send(
            "POST",
            "/api/images/import",
            "{\"name\":\"mine\",\"kernel\":\"%s\",\"rootfs\":\"%s\"}".formatted(text, root));
    // It is looked into while it is copied, so that the refusal comes as the stream's last line.
    JsonNode last =
        Json.read(answer.body().lines().toList().getLast(), JsonNode.class).path("problem");
    assertThat(last.path("status").asInt()).isEqualTo(400);
    assertThat(last.path("type").asString()).isEqualTo("urn:visco:problem:invalid");
    assertThat(last.path("field").asString()).isEqualTo("kernel");
    assertThat(last.path("remedy").asString()).isNotEmpty();
    assertThat(api.get("/api/images").json()).isEmpty();
  }

  @Test
  void anImportWithoutItsFilesIsRefusedByField() throws Exception {
    assertThat(api.send("POST", "/api/images/import", "{\"name\":\"mine\"}").field("field"))
        .isEqualTo("kernel");
    Answer gone =
        api.send(
            "POST",
            "/api/images/import",
            "{\"name\":\"mine\",\"kernel\":\"/no/kernel\",\"rootfs\":\"/no/root\"}");
    assertThat(gone.status()).isEqualTo(400);
    assertThat(gone.field("detail")).contains("/no/kernel");
    Answer nul =
        api.send(
            "POST",
            "/api/images/import",
            "{\"name\":\"mine\",\"kernel\":\"a\\u0000b\",\"rootfs\":\"/no/root\"}");
    assertThat(nul.status()).isEqualTo(400);
    assertThat(nul.field("detail")).contains("is no path");
  }

  @Test
  void aContainerImageThatCannotBecomeAnImageIsRefusedByField() throws Exception {
    assertThat(refusedField("import", "{\"name\":\"web\",\"oci\":\"/a\",\"kernel\":\"/b\"}"))
        .isEqualTo("oci");
    assertThat(refusedField("import", "{\"name\":\"web\",\"oci\":\"No Reference\"}"))
        .isEqualTo("reference");
    assertThat(refusedField("pull", "{}")).isEqualTo("reference");
    assertThat(refusedField("pull", "{\"reference\":\"web\"}"))
        .as("no registry, and none is set")
        .isEqualTo("reference");
    assertThat(refusedField("pull", "{\"reference\":\"a.b/web\",\"name\":\"No Name\"}"))
        .isEqualTo("image");
    Answer noBase = api.send("POST", "/api/images/pull", "{\"reference\":\"a.b/web\"}");
    assertThat(noBase.status()).isEqualTo(404);
    assertThat(noBase.field("detail")).contains("\"cli\"");
  }

  private String refusedField(String route, String body) throws Exception {
    Answer answer = api.send("POST", "/api/images/" + route, body);
    assertThat(answer.status()).isEqualTo(400);
    return answer.field("field");
  }

  @Test
  void theSweepIsPlannedByGetAndDoneByPost() throws Exception {
    assertThat(api.get("/api/sweep").json()).hasSize(2);
    assertThat(api.get("/api/sweep").json()).as("a plan changes nothing").hasSize(2);
    Answer done = api.send("POST", "/api/sweep", "");
    assertThat(done.json())
        .singleElement()
        .satisfies(thing -> assertThat(thing.path("name").asString()).isEqualTo("vm-0badcafe"));
    assertThat(api.get("/api/sweep").json()).hasSize(1);
  }

  @Test
  void aHostThatFailsIsQuotedOnTheseRoutesToo() throws Exception {
    sweep.fault = new HostFault("ip netns delete ended with 1: Device or resource busy");
    Answer answer = api.send("POST", "/api/sweep", "");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.field("detail")).contains("Device or resource busy");
  }
}
