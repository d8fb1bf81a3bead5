package dev.visco.failures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Diagnosis;
import dev.visco.wire.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every failure that was recorded from a real guest is explained by its own rule, and stays so. */
class RecordedFailuresTest {
  /** Rules whose failure cannot be made to happen by a script; docs/diagnosis.md says why. */
  private static final List<String> NOT_RECORDED =
      List.of(
          "vmm-host-memory",
          "vmm-tap-busy",
          "vmm-disk-missing",
          "console-elsewhere",
          "desktop-out-of-memory",
          "clock-hang",
          "forward-dropped",
          "forward-perhaps-dropped",
          "no-route",
          "cloud-init-fails",
          "firewall-in-guest",
          "interface-silent",
          "host-rules-missing",
          "firewall-in-guest",
          "no-way-out",
          "disk-errors",
          "kernel-bug",
          "vmm-killed",
          "vmm-out-of-memory",
          "nobody-reads-ip",
          "root-waited-for",
          "sign-in-helper-fails",
          "sshd-config-wrong",
          "systemd-frozen",
          "tap-without-vmm",
          "terminals-missing",
          "too-many-connections",
          "too-many-new-connections",
          "too-many-packets",
          "too-many-queries",
          "too-slow");

  private static List<String> names() {
    return FailureCase.names();
  }

  private static BootEvidence evidence(String name) throws IOException {
    return Json.read(Files.readString(FailureCase.evidence(name)), BootEvidence.class);
  }

  @ParameterizedTest
  @MethodSource("names")
  void eachIsExplainedByItsOwnRule(String name) throws IOException {
    FailureCase failure = FailureCase.read(name);
    Diagnosis diagnosis = Diagnoses.explain(evidence(name));
    assertThat(diagnosis.rule()).as(diagnosis.toString()).isEqualTo(failure.rule());
    assertThat(diagnosis.consequences().stream().map(Diagnosis.Consequence::rule).toList())
        .as("what follows from it")
        .isSubsetOf(failure.follows());
    assertThat(diagnosis.evidence()).isNotEmpty();
    String criterion = diagnosis.criterion() == null ? "0" : diagnosis.criterion().split(" ", 2)[0];
    assertThat(criterion).isEqualTo(Integer.toString(failure.criterion()));
  }

  @Test
  void everyRuleHasARealFailureOrAReasonWhyNot() {
    var recorded =
        new TreeSet<>(names().stream().map(name -> FailureCase.read(name).rule()).toList());
    ForeignCase.all().stream()
        .filter(one -> !one.isHealthy())
        .forEach(one -> recorded.add(one.rule()));
    var expected = new TreeSet<>(Diagnoses.rules());
    expected.removeAll(NOT_RECORDED);
    assertThat(recorded).isEqualTo(expected);
    assertThat(Diagnoses.rules()).containsAll(NOT_RECORDED);
  }

  @Test
  void nothingIsRecordedThatNoCaseExplains() throws IOException {
    try (var files = Files.list(FailureCase.EVIDENCE)) {
      assertThat(files.map(Path::getFileName).map(Path::toString).sorted().toList())
          .isEqualTo(names().stream().map(name -> name + ".json").toList());
    }
  }

  private static BootEvidence with(BootEvidence evidence, UnaryOperator<String> change) {
    return new BootEvidence(
        evidence.transport(),
        evidence.commandLine(),
        evidence.vcpus(),
        evidence.memoryMib(),
        evidence.deadlineSeconds(),
        evidence.ageSeconds(),
        evidence.consoleAgeSeconds(),
        evidence.kernel(),
        evidence.rootFileSystem(),
        change.apply(evidence.console()),
        evidence.machine(),
        evidence.network(),
        evidence.guest(),
        evidence.session(),
        evidence.desktop(),
        evidence.unmet(),
        evidence.forced());
  }

  private static void everyAnswerStays(UnaryOperator<String> change) throws IOException {
    for (String name : names()) {
      BootEvidence evidence = evidence(name);
      assertThat(Diagnoses.explain(with(evidence, change)).rule())
          .as(name)
          .isEqualTo(FailureCase.read(name).rule());
    }
  }

  @Test
  void coloursAndOtherLineEndsChangeNothing() throws IOException {
    everyAnswerStays(console -> console.replace("\n", "\r\n"));
    everyAnswerStays(console ->
        console
            .lines()
            .map(line -> "\u001b[1;31m" + line + "\u001b[0m")
            .collect(Collectors.joining("\n")));
  }

  /** A guest's programs write between the kernel's lines, and into nobody's. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void linesOfProgramsInBetweenChangeNothing(long seed) throws IOException {
    var random = new Random(seed);
    everyAnswerStays(console ->
        console
            .lines()
            .flatMap(line ->
                random.nextInt(3) == 0
                    ? List.of("app[12]: tick " + random.nextInt(), line).stream()
                    : List.of(line).stream())
            .collect(Collectors.joining("\n")));
  }

  /** What is cut off at its beginning has lost lines that only show how far it came. */
  @Test
  void aConsoleThatBeganEarlierChangesNothing() throws IOException {
    everyAnswerStays(console -> {
      List<String> lines = console.lines().toList();
      int keptWhole = lines.isEmpty() ? 0 : Math.min(8, lines.size());
      return String.join("\n", lines.subList(0, keptWhole))
          + "\n"
          + String.join("\n", lines.subList(keptWhole, lines.size()))
          + "\n[   99.1";
    });
  }

  /** Of this thread: other work on the host does not count. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  @Test
  void fiftyMegabytesOfNoiseChangeNothingAndTakeLessThanTwoSeconds() throws IOException {
    var random = new Random(4);
    String noise =
        IntStream.range(0, 500_000)
            .mapToObj(number ->
                "worker " + number + ": did something of no interest, result " + random.nextLong())
            .collect(Collectors.joining("\n"));
    String fifty = noise.substring(0, Math.min(noise.length(), 50 << 20));
    for (String name : List.of("root-sda-mmio", "tap-down", "sshd-missing")) {
      BootEvidence evidence = with(evidence(name), console -> console + "\n" + fifty);
      long before = cpuNanos();
      assertThat(Diagnoses.explain(evidence).rule()).isEqualTo(FailureCase.read(name).rule());
      assertThat(Duration.ofNanos(cpuNanos() - before)).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void aHealthyConsoleMatchesNothing() throws IOException {
    var healthy = new ArrayList<String>();
    for (String name : List.of("healthy-mmio", "healthy-pci")) {
      healthy.add(Files.readString(Path.of("src/test/resources/consoles/" + name + ".log")));
    }
    for (String console : healthy) {
      for (String line : console.lines().toList()) {
        assertThat(Diagnoses.meaning(line).rules()).as(line).isEmpty();
      }
    }
  }
}
