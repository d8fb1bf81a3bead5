package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose unit it is, and what systemd is asked to do. */
class SystemdUnitTest {
  private static final Path HOME = Path.of("/usr/lib/visco");
  @TempDir Path folder;
  private final List<String> asked = new ArrayList<>();
  private final Map<String, CommandResult> answers = new HashMap<>();

  /** A host on which nothing is asked of the real systemd. */
  private final WrappedHost host =
      new WrappedHost(new LinuxHost()) {
        @Override
        public CommandResult run(Command command) {
          asked.add(String.join(" ", command.arguments()));
          return answers.getOrDefault(
              command.arguments().get(0) + " " + command.arguments().get(1),
              new CommandResult(0, "", ""));
        }
      };

  private Path units;
  private Path running;

  @BeforeEach
  void folders() throws IOException {
    units = Files.createDirectory(folder.resolve("units"));
    running = Files.createDirectory(folder.resolve("running"));
  }

  private Optional<SystemdUnit> installed() {
    return SystemdUnit.installed(host, HOME, running, List.of(folder.resolve("none"), units));
  }

  private SystemdUnit unit() throws IOException {
    Files.writeString(
        units.resolve("visco.service"), "[Service]\nEnvironment=VISCO_HOME=/usr/lib/visco\n");
    return installed().orElseThrow();
  }

  @Test
  void aHostWithoutTheUnitOrWithoutSystemdHasNoService() throws IOException {
    assertThat(installed()).isEmpty();
    unit();
    Files.delete(running);
    assertThat(installed()).isEmpty();
  }

  /** From source everything stays as it is, beside an installed package too. */
  @Test
  void theUnitOfAnotherProgramIsNotOurs() throws IOException {
    unit();
    assertThat(SystemdUnit.installed(host, Path.of("/home/anna/visco"), running, List.of(units)))
        .isEmpty();
  }

  @Test
  void aStartForgetsEarlierFailuresAndAFailedOneIsToldInTheJournalsWords() throws IOException {
    SystemdUnit unit = unit();
    unit.start();
    assertThat(asked)
        .containsExactly("systemctl reset-failed visco.service", "systemctl start visco.service");
    answers.put("systemctl start", new CommandResult(1, "", "Job for visco.service failed."));
    answers.put(
        "journalctl --unit=visco.service",
        new CommandResult(0, "visco: Process 9 uses the data folder\n\nends\u001b[2J\n", ""));
    assertThatThrownBy(unit::start)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(
            "visco.service did not start: visco: Process 9 uses the data folder; ends")
        .hasMessageNotContaining("\u001b");
  }

  @Test
  void aStopThatFailsIsAFault() throws IOException {
    SystemdUnit unit = unit();
    answers.put("systemctl stop", new CommandResult(1, "", "Access denied"));
    assertThatThrownBy(unit::stop)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("Access denied");
    answers.clear();
    unit.stop();
    assertThat(asked).endsWith("systemctl stop visco.service");
    assertThat(unit.isEnabled()).isTrue();
  }

  @Test
  void aServiceIsNotStartedForACommandWithOtherSettings() throws IOException {
    var program =
        new Program(
            Path.of("").toAbsolutePath(), Map.of("VISCO_CONFIG", folder.resolve("etc") + ""));
    Settings its = program.settings(Map.of());
    Settings other = program.settings(Map.of("network.spare-slots", "7"));
    var refused = new ServiceDaemon(unit(), its, other);
    assertThatThrownBy(() -> refused.start(Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("visco.toml");
    assertThat(asked).isEmpty();
    new ServiceDaemon(unit(), its, program.settings(Map.of())).start(Map.of());
    assertThat(asked).contains("systemctl start visco.service");
  }
}
