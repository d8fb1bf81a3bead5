package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private static final OptionalInt WIDE = OptionalInt.of(132);

  @Test
  void aTerminalHasItsWidthAndColours() {
    assertThat(Screen.of(Map.of(), true, true, WIDE)).isEqualTo(new Screen(true, 132, true, true));
    assertThat(Screen.of(Map.of(), true, true, OptionalInt.empty()).columns()).isEqualTo(80);
    assertThat(Screen.of(Map.of("COLUMNS", "50"), true, true, WIDE).columns()).isEqualTo(50);
    assertThat(Screen.of(Map.of("COLUMNS", "x"), true, true, WIDE).columns()).isEqualTo(132);
  }

  @Test
  void somebodyMayWantNoColours() {
    for (Map<String, String> environment :
        java.util.List.of(Map.of("NO_COLOR", "1"), Map.of("TERM", "dumb"))) {
      Screen screen = Screen.of(environment, true, true, WIDE);
      assertThat(screen.hasColours()).isFalse();
      assertThat(screen.hasErrorColours()).isFalse();
      assertThat(screen.columns()).isEqualTo(132);
    }
    assertThat(Screen.of(Map.of("NO_COLOR", ""), true, true, WIDE).hasColours()).isTrue();
  }

  @Test
  void aPipeHasNeitherWidthNorColours() {
    assertThat(Screen.of(Map.of("COLUMNS", "50"), false, false, OptionalInt.empty()))
        .isEqualTo(Screen.NONE);
    assertThat(Screen.of(Map.of(), false, true, WIDE).hasErrorColours()).isTrue();
    assertThat(Screen.NONE.helpColumns()).isEqualTo(80);
  }
}
