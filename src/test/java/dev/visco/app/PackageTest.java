package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code dist} puts into the package, as far as it must agree with the program. */
class PackageTest {
  private static final Path DIST = Path.of("dist");
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();

  private static CommandLine commandLine() {
    return Main.commandLine(new Program(Path.of("").toAbsolutePath(), Map.of()));
  }

  /** With the package nothing is left for {@code up} to install. */
  @Test
  void itDependsOnExactlyWhatTheProgramNeeds() throws Exception {
    assertThat(Files.readAllLines(DIST.resolve("debian/depends")))
        .containsExactlyElementsOf(new TreeSet<>(HostPackages.TO_RUN.values()));
  }

  @Test
  void theServiceIsTheOneThatCommandsKnowAndHasTheDaemonsMemory() throws Exception {
    List<String> unit = Files.readAllLines(DIST.resolve(SystemdUnit.NAME));
    assertThat(unit)
        .contains("Type=notify", "KillMode=process", "Environment=VISCO_HOME=/usr/lib/visco")
        .anyMatch(line -> line.contains(String.join(" ", BackgroundDaemon.MEMORY)));
    assertThat(Files.readString(DIST.resolve("visco")))
        .contains("export VISCO_HOME=/usr/lib/visco");
  }

  /** Where there is a systemd to ask: it takes every line of the unit. */
  @Test
  void systemdTakesTheUnitWithoutAWarning() throws Exception {
    Path units = Files.createDirectories(folder.resolve("usr/lib/systemd/system"));
    Files.copy(DIST.resolve(SystemdUnit.NAME), units.resolve(SystemdUnit.NAME));
    Path bin = Files.createDirectories(folder.resolve("usr/bin"));
    Files.copy(DIST.resolve("visco"), bin.resolve("visco"));
    CommandResult verified =
        host.run(
            Command.of(
                "systemd-analyze", "--root=" + folder, "--man=no", "verify", SystemdUnit.NAME));
    assertThat((verified.output() + verified.error()).lines())
        .as("but that this root has no other units")
        .allMatch(line -> line.contains("Unit sysinit.target not found"));
  }

  @Test
  void itsScriptsAreShellAndNeverTouchVmsOrData() throws Exception {
    for (String name : List.of("postinst", "prerm", "postrm")) {
      Path script = DIST.resolve("debian").resolve(name);
      host.check(Command.of("sh", "-n", script.toString()));
      assertThat(Files.readString(script))
          .doesNotContainPattern("rm -r.*/var")
          .doesNotContain("visco down")
          .startsWith("#!/bin/sh\n");
      assertThat(script).isExecutable();
    }
  }

  /** Purged with users' data in its folder: that stays, and it is said. */
  @Test
  void aPurgeSaysThatDataStays() throws Exception {
    String script = Files.readString(DIST.resolve("debian/postrm"));
    assertThat(script).contains("rmdir --ignore-fail-on-non-empty /var/lib/visco", "stays, with");
  }

  @Test
  void everyCommandHasAManualPageThatManReadsAndTheCompletionKnowsIt() throws Exception {
    Path manual = folder.resolve("manual");
    assertThat(new CommandLine(new ManualCommand(PackageTest::commandLine)).execute(manual + ""))
        .isZero();
    assertThat(manual.resolve("visco.1")).content().contains(".SH COMMANDS", "visco\\-create(1)");
    assertThat(manual.resolve("visco-snapshot-restore.1")).exists();
    assertThat(manual.resolve("visco-train.1")).as("hidden").doesNotExist();
    assertThat(manual.resolve("visco-backup.1"))
        .content()
        .contains(".SH SYNOPSIS\nvisco backup [OPTIONS] FILE\n", "\\-\\-pause\n", ".SH NOTES");
    try (var pages = Files.list(manual)) {
      for (Path page : pages.filter(one -> one.toString().endsWith(".1")).toList()) {
        assertThat(Files.readAllLines(page))
            .as(page.toString())
            .filteredOn(line -> line.startsWith("."))
            .allMatch(line -> line.matches("\\.(TH .*|SH [A-Z ]+|TP|nf|fi)"));
      }
    }
    host.check(Command.of("bash", "-n", manual.resolve("visco.bash").toString()));
    assertThat(manual.resolve("visco.bash")).content().contains("backup", "daemon");
  }
}
