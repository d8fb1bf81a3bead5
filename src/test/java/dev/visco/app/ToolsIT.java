package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Real tools in real guests, which read them from one disk. */
@ExtendWith(OuterNetwork.Extension.class)
class ToolsIT {
  @Test
  void guestsReadTheirToolsFromOneDiskAndNobodyWritesIt() {
    try (var visco = ViscoUnderTest.withTools(Map.of()).up()) {
      String vm = visco.create("--type", "cli-tools");
      String browser = visco.create("--type", "browser-tools");
      aToolRuns(visco, vm);
      assertThat(visco.run("image", "rm", "cli-tools").error()).contains("is used by VMs");
      visco.ok("suspend", vm);
      visco.ok("resume", vm);
      visco.awaitReady(vm);
      aToolRuns(visco, vm);
      aLoginComesToItsLink(visco, browser, "codex");
      aLoginComesToItsLink(visco, browser, "claude-code");
    }
  }

  private static void aToolRuns(ViscoUnderTest visco, String vm) {
    assertThat(visco.ok("exec", vm, "--", "codex", "--version").strip())
        .isEqualTo("codex-cli 0.169.0");
    assertThat(visco.run("exec", vm, "--", "touch", "/opt/tools/bin/x").error())
        .contains("Read-only file system");
    JsonNode volumes = visco.json("report", vm).path("volumes");
    assertThat(volumes.toString()).contains("\"name\":\"tools\"", "\"mounted\":true");
  }

  private static void aLoginComesToItsLink(ViscoUnderTest visco, String vm, String provider) {
    JsonNode found = visco.json("provider", "test", provider, "--vm", vm);
    assertThat(found.path("works").asBoolean()).as(found.toString()).isTrue();
    assertThat(found.path("differences")).as(found.toString()).isEmpty();
  }
}
