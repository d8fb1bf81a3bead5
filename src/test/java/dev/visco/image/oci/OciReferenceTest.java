package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.ImageRegistry;
import dev.visco.model.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of container images as docker takes them. */
class OciReferenceTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private static final ImageRegistry STANDARD =
      ImageRegistry.of("images.registry", "example.org/library=index.example.org");

  @ParameterizedTest
  @CsvSource({
    "node, example.org/library/node:latest, node, index.example.org",
    "node:22-slim, example.org/library/node:22-slim, node, index.example.org",
    "shop/web, example.org/shop/web:latest, web, index.example.org",
    "example.org/node, example.org/library/node:latest, node, index.example.org",
    "registry.example.com/a/b__c:1, registry.example.com/a/b__c:1, b--c, registry.example.com",
    "localhost/web, localhost/web:latest, web, localhost",
    "127.0.0.1:5000/web, 127.0.0.1:5000/web:latest, web, 127.0.0.1:5000",
  })
  void areReadAsDockerDoes(String text, String whole, String image, String host) {
    OciReference reference = OciReference.of(text, STANDARD);
    assertThat(reference).hasToString(whole);
    assertThat(OciReference.of(reference.toString(), STANDARD)).isEqualTo(reference);
    assertThat(reference.imageName().value()).isEqualTo(image);
    assertThat(reference.host()).isEqualTo(host);
  }

  @Test
  void withoutARegistryForNamesWithoutOneTheyAreRefused() {
    assertThatThrownBy(() -> OciReference.of("node:22"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("names no registry")
        .hasMessageContaining("registry.example.com/node:22")
        .hasMessageContaining("images.registry");
    assertThat(
            OciReference.of("example.org/library/node")
                .isOfSameRepository(OciReference.of("node", STANDARD)))
        .as("whatever host is asked")
        .isTrue();
  }

  @Test
  void aDigestCountsMoreThanATag() {
    OciReference both = OciReference.of("web:3@" + DIGEST, STANDARD);
    assertThat(both.selector()).isEqualTo(DIGEST);
    assertThat(OciReference.of("example.com/web@" + DIGEST))
        .hasToString("example.com/web@" + DIGEST);
    assertThat(both.isOfSameRepository(OciReference.of("web", STANDARD))).isTrue();
    assertThat(both.isOfSameRepository(OciReference.of("other", STANDARD))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:5000/a, true",
    "127.0.0.1/a, true",
    "127.9.0.1:80/a, true",
    "[::1]:5000/a, true",
    "127.0.0.1.example.com/a, false",
    "node.example.com/a, false",
    "10.0.0.1/a, false",
  })
  void onlyARegistryOnThisHostIsAskedWithoutTls(String text, boolean isLoopback) {
    assertThat(OciReference.of(text).isLoopback()).isEqualTo(isLoopback);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Node",
        "a//b",
        "a/../b",
        "https://registry.example.com/a",
        "a:",
        "a:b:c",
        "a b",
        "-a",
        "a@sha256:12",
        "user@host.example.com/a",
        "a:.tag",
      })
  void allElseIsRefused(String text) {
    assertThatThrownBy(() -> OciReference.of(text, STANDARD)).isInstanceOf(Refused.class);
  }
}
