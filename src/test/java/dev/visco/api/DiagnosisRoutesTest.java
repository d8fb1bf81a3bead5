package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.api.http.Route;
import dev.visco.commands.DiagnosisDocument;
import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.diagnose.Experiment.ExperimentOutcome;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.diagnostics.EarlierBoot;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Diagnoses, experiments and bundles as their callers see them. */
@Timeout(60)
class DiagnosisRoutesTest {
  private static final VmId FAILED = new VmId("vm-0000000f");
  @TempDir private Path folder;
  private final List<Duration> limits = new ArrayList<>();
  private ApiUnderTest api;

  /** Knows one VM, which has failed. */
  private final class OneFailed implements DiagnosisService {
    private boolean isBooting;

    private void require(VmId id) {
      if (!id.equals(FAILED)) {
        throw new Refused(new Refusal.NotFound("VM", id.value(), "visco ps lists them."));
      }
    }

    @Override
    public boolean isBooting(VmId id) {
      return isBooting;
    }

    @Override
    public Diagnosis diagnose(VmId id) {
      require(id);
      return new Diagnosis(
          "root-named-scsi",
          "1 root device opened",
          "It is vda.",
          List.of("cannot find root device"),
          List.of(),
          "Leave it out.",
          new Remedy.ReadConsole(id.value()),
          List.of(),
          true);
    }

    @Override
    public List<EarlierBoot> boots(VmId id) {
      require(id);
      var report =
          new BootReport(
              id,
              "cli",
              Transport.MMIO,
              "qemu (tcg)",
              true,
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              new LinkedHashMap<>(),
              null,
              "login:",
              Instant.EPOCH);
      return List.of(
          new EarlierBoot(7, Instant.EPOCH, null, diagnose(id), folder.resolve("7.log")),
          new EarlierBoot(6, Instant.EPOCH, report, null, folder.resolve("6.log")));
    }

    @Override
    public Experiment experiment(VmId id, Duration limit, Progress progress) {
      require(id);
      limits.add(limit);
      progress.report("experiments: unchanged", 0.5);
      return Experiment.of(
          List.of(new ExperimentOutcome(List.of(), true, List.of(1, 2), null, null, 4000)),
          List.of());
    }

    @Override
    public void bundle(VmId id, OutputStream out) throws IOException {
      require(id);
      out.write("archive".getBytes(StandardCharsets.UTF_8));
    }
  }

  private final OneFailed diagnoses = new OneFailed();

  @BeforeEach
  void start() throws Exception {
    var routes = new ArrayList<>(new DiagnosisRoutes(diagnoses).routes());
    routes.addAll(new BootRoutes(new OneFailed()).routes());
    api = ApiUnderTest.start(folder, routes.toArray(Route[]::new));
  }

  @AfterEach
  void end() {
    api.close();
  }

  @Test
  void aDiagnosisIsADocumentThatReadsBack() throws Exception {
    Answer answer = api.get("/api/vms/" + FAILED + "/diagnosis");
    assertThat(answer.status()).isEqualTo(200);
    DiagnosisDocument read = Json.read(answer.body(), DiagnosisDocument.class);
    assertThat(read).isEqualTo(DiagnosisDocument.of(new OneFailed().diagnose(FAILED)));
    assertThat(answer.field("remedy")).isEqualTo("Leave it out.");
    assertThat(answer.field("command")).as("to be typed").isEqualTo("visco logs vm-0000000f");
    assertThat(answer.json().path("action").path("kind").asString()).isEqualTo("read-console");
    assertThat(answer.json().path("action").path("vm").asString()).isEqualTo("vm-0000000f");
    assertThat(answer.json().has("healthy")).isFalse();
  }

  @Test
  void aDiagnosisOfABootThatIsUnderWayMayChange() throws Exception {
    String path = "/api/vms/" + FAILED + "/diagnosis";
    assertThat(api.get(path).json().path("mayChange").asBoolean()).isFalse();
    diagnoses.isBooting = true;
    DiagnosisDocument read = Json.read(api.get(path).body(), DiagnosisDocument.class);
    assertThat(read.mayChange()).isTrue();
  }

  @Test
  void anUnknownVmIsNotFoundBeforeAnAnswerBegins() throws Exception {
    for (String what : List.of("diagnosis", "bundle")) {
      Answer answer = api.get("/api/vms/vm-00000001/" + what);
      assertThat(answer.status()).as(what).isEqualTo(404);
      assertThat(answer.field("type")).isEqualTo("urn:visco:problem:not-found");
    }
    Answer experiments = api.send("POST", "/api/vms/vm-00000001/experiments", "");
    assertThat(last(experiments).path("problem").path("status").asInt()).isEqualTo(404);
  }

  private static JsonNode last(Answer answer) {
    return Json.read(answer.body().lines().toList().getLast(), JsonNode.class);
  }

  @Test
  void experimentsTellHowFarTheyAreAndEndWithTheirResult() throws Exception {
    Answer answer = api.send("POST", "/api/vms/" + FAILED + "/experiments?within=90s", "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().lines().findFirst().orElse(""))
        .contains("\"doing\":\"experiments: unchanged\"");
    Experiment read = Json.mapper().treeToValue(last(answer).path("experiment"), Experiment.class);
    assertThat(read.proves()).startsWith("An unchanged copy works");
    assertThat(limits).containsExactly(Duration.ofSeconds(90));
  }

  @Test
  void aBundleComesAsAFileWithTheVmsName() throws Exception {
    Answer answer = api.get("/api/vms/" + FAILED + "/bundle");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("archive");
  }

  @Test
  void earlierBootsAreListedAndEachShowsItsEvidence() throws Exception {
    String boots = "/api/vms/" + FAILED + "/boots";
    assertThat(api.get(boots).body())
        .isEqualToIgnoringNewLines(
            "[{\"boot\":7,\"ended\":\"1970-01-01T00:00:00Z\",\"cause\":\"It is vda.\"},"
                + "{\"boot\":6,\"ended\":\"1970-01-01T00:00:00Z\",\"met\":true}]");
    JsonNode failed = api.get(boots + "/7").json();
    assertThat(failed.has("report")).isFalse();
    assertThat(failed.path("diagnosis").path("command").asString())
        .isEqualTo("visco logs vm-0000000f");
    JsonNode good = api.get(boots + "/6").json();
    assertThat(good.path("report").path("met").asBoolean()).isTrue();
    assertThat(good.has("diagnosis")).isFalse();
    Files.writeString(folder.resolve("6.log.1"), "its older half, ");
    Files.writeString(folder.resolve("6.log"), "and the newer one");
    assertThat(api.get(boots + "/6/console").body()).isEqualTo("its older half, and the newer one");
    assertThat(api.get(boots + "/7/console").body()).as("none was written").isEmpty();
  }

  @Test
  void aBootThatIsNotKeptIsNotFound() throws Exception {
    for (String which : List.of("5", "07", "x", "-1", "5/console")) {
      Answer answer = api.get("/api/vms/" + FAILED + "/boots/" + which);
      assertThat(answer.status()).as(which).isEqualTo(404);
      assertThat(answer.field("detail")).startsWith("There is no earlier boot \"");
      assertThat(answer.field("remedy")).contains("/api/vms/" + FAILED + "/boots");
    }
    assertThat(api.get("/api/vms/vm-00000001/boots").status()).isEqualTo(404);
    assertThat(api.get("/api/vms/vm-00000001/boots/1").status()).isEqualTo(404);
  }

  @Test
  void aTimeThatIsNoneIsRefused() throws Exception {
    Answer answer = api.send("POST", "/api/vms/" + FAILED + "/experiments?within=soon", "");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo("within");
    assertThat(limits).isEmpty();
  }
}
