package dev.visco.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.Diagnosis;
import dev.visco.wire.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What programs read of a diagnosis. */
class DiagnosisDocumentTest {
  private static JsonNode json(String rule, @Nullable String criterion) {
    var diagnosis =
        new Diagnosis(
            rule, criterion, "So it is.", List.of(), List.of(), "None.", null, List.of(), false);
    return Json.read(Json.line(DiagnosisDocument.of(diagnosis)), JsonNode.class);
  }

  @Test
  void aHealthyVmIsHealthyAndNotUnknown() {
    JsonNode healthy = json(Diagnosis.UNKNOWN, null);
    assertThat(healthy.path("status").asString()).isEqualTo("healthy");
    assertThat(healthy.path("rule").isNull()).isTrue();
  }

  @Test
  void whatIsWrongIsExplainedOrUnknown() {
    JsonNode explained = json("init-ended", "5 interface has its address");
    assertThat(explained.path("status").asString()).isEqualTo("explained");
    assertThat(explained.path("rule").asString()).isEqualTo("init-ended");
    JsonNode unknown = json(Diagnosis.UNKNOWN, "5 interface has its address");
    assertThat(unknown.path("status").asString()).isEqualTo("unknown");
    assertThat(json("forward-dropped", null).path("status").asString()).isEqualTo("explained");
  }
}
