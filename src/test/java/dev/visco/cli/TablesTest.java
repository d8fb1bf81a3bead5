package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TablesTest {
  @Test
  void columnsAreAsWideAsTheirWidestCellAndNoLineEndsInBlanks() {
    assertThat(Tables.columns(List.of(List.of("VM", "STATE"), List.of("vm-1", "up"))))
        .isEqualTo("VM    STATE\nvm-1  up\n");
  }

  @Test
  void aReportEndsWithTheEndOfALineWhetherItHasATimelineOrNot() {
    String text = "{\"vm\":\"vm-1\",\"vmm\":\"qemu\",\"transport\":\"pci\",\"timeline\":%s}";
    assertThat(report(text.formatted("{\"kernel\":8,\"ssh\":90}")))
        .isEqualTo("vm-1 on qemu, pci\nmilliseconds after launch: kernel 8, ssh 90\n");
    assertThat(report(text.formatted("{}"))).isEqualTo("vm-1 on qemu, pci\n");
  }

  @Test
  void eachVerdictHasASignOfItsOwn() {
    String table =
        report(
            """
            {"vm":"v","vmm":"q","transport":"t","criteria":[
             {"verdict":"met","number":1,"criterion":"a","evidence":"e"},
             {"verdict":"not-met","number":2,"criterion":"b","evidence":"e"},
             {"verdict":"not-reached","number":3,"criterion":"c","evidence":"e"},
             {"verdict":"not-applicable","number":11,"criterion":"d","evidence":"e"}]}
            """);
    assertThat(table.lines().skip(1))
        .containsExactly("✓  1   a  e", "✗  2   b  e", "…  3   c  e", "-  11  d  e");
  }

  private static String report(String json) {
    return Tables.report(Json.read(json, JsonNode.class));
  }
}
