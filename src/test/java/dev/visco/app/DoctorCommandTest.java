package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.ApiAddress;
import dev.visco.cli.CommandEntry;
import dev.visco.cli.Visco;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code visco doctor} on the host that the tests run on, whatever it is. */
@Timeout(120)
class DoctorCommandTest {
  @TempDir private Path folder;

  private String run(String... arguments) {
    var program =
        new Program(
            Path.of("").toAbsolutePath(),
            Map.of("VISCO_CONFIG", folder.toString(), "VISCO_DATA", folder.resolve("data") + ""));
    var out = new ByteArrayOutputStream();
    int code =
        Visco.commandLine(
                flags -> new ApiAddress("127.0.0.1", 1, "token"),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                List.of(new CommandEntry(context -> new DoctorCommand(context, program), "doctor")))
            .execute(arguments);
    assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isBetween(0, 1);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachCheckSaysWhatItFoundAndWhatIsBadWhatMendsIt() throws Exception {
    JsonNode findings = Json.mapper().readTree(run("doctor", "--json"));
    assertThat(findings.findValuesAsString("check"))
        .startsWith("architecture", "KVM", "TUN", "namespaces")
        .contains("firewall", "routes", "names", "disk room", "disk speed", "clock", "daemon");
    for (JsonNode one : findings) {
      assertThat(one.path("found").asString()).as(one.toString()).isNotBlank();
      if (!one.path("status").asString().equals("OK")) {
        assertThat(one.path("remedy").asString("")).as(one.toString()).isNotBlank();
      }
    }
    String namespaces =
        new LinuxHost()
            .check(Command.of("cat", "/proc/sys/user/max_net_namespaces"))
            .output()
            .strip();
    assertThat(findings.get(3).path("found").asString())
        .as("a kernel parameter is read whole")
        .isEqualTo("up to " + namespaces + " network namespaces");
    assertThat(run("doctor"))
        .containsPattern("CHECK +STATUS +FOUND\n")
        .containsPattern("daemon +warning +none answers\n")
        .contains("  → visco up\n");
    try (var left = Files.list(folder)) {
      assertThat(left).as("what it tried is gone again").isEmpty();
    }
  }
}
