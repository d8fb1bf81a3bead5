package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The registry of container images that are named without one. */
class ImageRegistryTest {
  private static ImageRegistry of(String text) {
    return ImageRegistry.of("images.registry", text);
  }

  @Test
  void hasANameAFolderForShortNamesAndAHostThatIsAsked() {
    assertThat(of("registry.example.com:5000"))
        .isEqualTo(new ImageRegistry("registry.example.com:5000", "", "registry.example.com:5000"));
    assertThat(of("example.org/library=index.example.org"))
        .isEqualTo(new ImageRegistry("example.org", "library", "index.example.org"));
    assertThat(of("example.org/library").repository("node")).isEqualTo("library/node");
    assertThat(of("example.org/library").repository("shop/web")).isEqualTo("shop/web");
    assertThat(of("localhost").repository("node")).isEqualTo("node");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "registry",
        "https://example.org",
        "a.b/c/d",
        "a.b=",
        "a.b=c/d",
        "a.b/",
        "a b"
      })
  void allElseIsRefused(String text) {
    assertThatThrownBy(() -> of(text))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("images.registry")
        .hasMessageContaining("registry.example.com");
  }
}
