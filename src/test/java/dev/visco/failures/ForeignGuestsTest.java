package dev.visco.failures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Diagnosis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Guests that are not Visco's: how many of them are named rightly, by what their consoles say. Each
 * is explained twice: with its kernel's configuration, and without.
 */
class ForeignGuestsTest {
  private static Stream<String> learned() {
    return names(one -> !one.isHeldOut() && !one.isHealthy());
  }

  private static Stream<String> healthy() {
    return names(ForeignCase::isHealthy);
  }

  private static Stream<String> names(java.util.function.Predicate<ForeignCase> which) {
    return ForeignCase.all().stream().filter(which).map(ForeignCase::name);
  }

  private static boolean isRight(ForeignCase guest, Diagnosis diagnosis) {
    return guest.rule().equals(diagnosis.rule()) || guest.also().contains(diagnosis.rule());
  }

  @ParameterizedTest
  @MethodSource("learned")
  void eachIsNamedRightly(String name) throws IOException {
    ForeignCase guest = ForeignCase.read(name);
    for (boolean isConfigKnown : new boolean[] {true, false}) {
      Diagnosis diagnosis = Diagnoses.explain(guest.evidence(isConfigKnown));
      assertThat(isRight(guest, diagnosis)).as(guest.about() + ": " + diagnosis).isTrue();
      assertThat(diagnosis.evidence()).isNotEmpty();
    }
  }

  /** Rules were written without looking at these; what they get wrong is never called certain. */
  @Test
  void ofThoseThatWereHeldOutNoneIsCertainAndWrong() throws IOException {
    var wrong = new ArrayList<String>();
    int right = 0;
    int all = 0;
    for (ForeignCase guest : ForeignCase.all()) {
      for (boolean isConfigKnown : new boolean[] {true, false}) {
        if (guest.isHeldOut()) {
          Diagnosis diagnosis = Diagnoses.explain(guest.evidence(isConfigKnown));
          all++;
          right += isRight(guest, diagnosis) ? 1 : 0;
          if (!isRight(guest, diagnosis)) {
            wrong.add(guest.name() + ": " + diagnosis.rule());
            assertThat(diagnosis.isCertain()).as(guest.name() + ": " + diagnosis).isFalse();
          }
        }
      }
    }
    assertThat(Files.readString(Path.of("docs/diagnosis.md")))
        .as(wrong.toString())
        .contains("| held out | " + all / 2 + " | " + right + " of " + all + " |");
    assertThat(right).as(wrong.toString()).isGreaterThanOrEqualTo(all * 95 / 100);
  }

  @Test
  void aThirdIsHeldOut() {
    List<ForeignCase> failing = ForeignCase.all().stream().filter(one -> !one.isHealthy()).toList();
    assertThat(failing).hasSizeGreaterThanOrEqualTo(60);
    assertThat(failing.stream().filter(ForeignCase::isHeldOut).count())
        .isGreaterThanOrEqualTo(failing.size() / 3);
  }

  @ParameterizedTest
  @MethodSource("healthy")
  void noHealthyGuestIsExplained(String name) throws IOException {
    ForeignCase guest = ForeignCase.read(name);
    Diagnosis diagnosis = Diagnoses.explain(guest.evidence(true));
    assertThat(diagnosis.isHealthy()).as(diagnosis.toString()).isTrue();
    for (String line : guest.console().lines().toList()) {
      assertThat(Diagnoses.meaning(line).rules()).as(line).isEmpty();
    }
  }

  @Test
  void everyConsoleHasItsCaseAndEveryCaseItsScript() throws IOException {
    try (var files = Files.list(ForeignCase.CONSOLES)) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted().toList())
          .isEqualTo(ForeignCase.all().stream().map(one -> one.name() + ".log").sorted().toList());
    }
    String script = Files.readString(ForeignCase.FOLDER.resolve("cases.sh"));
    for (ForeignCase guest : ForeignCase.all()) {
      assertThat(script).contains("case_" + guest.name().replace('-', '_') + "()");
      assertThat(Diagnoses.rules().contains(guest.rule()) || guest.isHealthy())
          .as(guest.rule())
          .isTrue();
      assertThat(Diagnoses.rules()).containsAll(guest.also());
    }
  }
}
