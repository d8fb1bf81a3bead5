package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearNamesTest {
  private static final List<String> KNOWN =
      List.of("create", "ps", "rm", "restore", "resume", "restart", "logs", "inspect", "shell");

  @ParameterizedTest
  @CsvSource({
    "craete, create",
    "crete, create",
    "log, logs",
    "insp, inspect",
    "destroy, rm",
    "destory, rm",
    "delete, rm",
    "describe, inspect",
    "attach, shell"
  })
  void findTheLikeliestCommandFirst(String typed, String meant) {
    assertThat(NearNames.commands(typed, KNOWN)).first().isEqualTo(meant);
  }

  @Test
  void nothingIsBetterThanAnything() {
    assertThat(NearNames.commands("frobnicate", KNOWN)).isEmpty();
    assertThat(NearNames.options("--frobnicate", List.of("--format", "--force"))).isEmpty();
    assertThat(NearNames.commands("res", KNOWN)).containsOnly("restore", "resume", "restart");
  }

  @Test
  void optionsAreComparedWithTheirDashes() {
    assertThat(NearNames.options("--formt", List.of("--format", "--force", "--all")))
        .first()
        .isEqualTo("--format");
    assertThat(NearNames.options("--no-wiat", List.of("--no-wait"))).containsExactly("--no-wait");
  }

  @Test
  void swappedLettersAreOneMistake() {
    assertThat(NearNames.distance("lgos", "logs")).isEqualTo(1);
    assertThat(NearNames.distance("", "abc")).isEqualTo(3);
    assertThat(NearNames.distance("kitten", "sitting")).isEqualTo(3);
  }
}
