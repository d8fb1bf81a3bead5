package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.wire.Json;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a VM may be created with for its guest. */
class UserDataTest {
  private static UserDataFile file(String path, int bytes) {
    return new UserDataFile(
        path, Base64.getEncoder().encodeToString(new byte[bytes]), "0644", "root");
  }

  private static void assertTooMany(String what, Map<String, String> env, UserDataFile... files) {
    assertThatThrownBy(() -> UserData.of(env, List.of(files)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(what)
        .hasMessageContaining("are too many");
  }

  @Test
  void itHasBounds() {
    Map<String, String> most = Map.of("A", "x".repeat(UserData.MAX_ENVIRONMENT - 1));
    assertThat(UserData.of(most, List.of(file("/a", UserData.MAX_CONTENT))).hasAny()).isTrue();
    assertTooMany("env", Map.of("A", "x".repeat(UserData.MAX_ENVIRONMENT)));
    assertTooMany("files", Map.of(), file("/a", UserData.MAX_CONTENT), file("/b", 1));
    assertTooMany(
        "65 files",
        Map.of(),
        IntStream.rangeClosed(0, UserData.MAX_FILES)
            .mapToObj(number -> file("/" + number, 0))
            .toArray(UserDataFile[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "/",
        "/a/",
        "//a",
        "/a//b",
        "/a/../b",
        "/..",
        "/./a",
        "/a\nb",
        "/proc/1",
        "/sys/a",
        "/dev/null",
        "/dev"
      })
  void whatIsNoPathForAFileIsRefused(String path) {
    assertThatThrownBy(() -> file(path, 1))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is no path for a file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a", "/device", "/a b/ä", "/home/dev/.ssh/config", "/..a"})
  void othersAreTaken(String path) {
    assertThat(file(path, 3).content()).hasSize(3);
  }

  @Test
  void noValueIsRepeatedByARefusalOrShownAsText() {
    assertThatThrownBy(() -> UserData.of(Map.of("TOKEN", "secret\0"), List.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("env \"TOKEN\"")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> new UserDataFile("/a", "secret!", "0644", "root"))
        .isInstanceOf(Refused.class)
        .hasMessageNotContaining("secret");
    assertThat(UserData.of(Map.of("TOKEN", "secret"), List.of()).toString())
        .isEqualTo("UserData[1 variables, 0 files]");
  }

  @Test
  void itIsReadAsItWasWritten() {
    UserData data = UserData.of(Map.of("A", "b'\n"), Collections.nCopies(1, file("/a", 2)));
    assertThat(Json.read(Json.line(data), UserData.class)).isEqualTo(data);
  }
}
