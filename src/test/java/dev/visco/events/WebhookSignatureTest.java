package dev.visco.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deliveries are signed as receivers of Standard Webhooks check it. */
class WebhookSignatureTest {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  /** Of the libraries for Standard Webhooks. */
  @Test
  void itIsThatOfTheStandardsOwnExample() {
    assertThat(
            WebhookSignature.of(
                SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void theDocumentsExampleIsTrue() throws Exception {
    String document = Files.readString(Path.of("docs/events.md"));
    String body =
        "{\"type\":\"vm-ready\",\"timestamp\":\"2026-01-31T10:00:07.412Z\",\"data\":{\"id\":119,"
            + "\"at\":\"2026-01-31T10:00:07.412Z\",\"kind\":\"vm-ready\",\"vm\":\"vm-3f2a91c0\","
            + "\"user\":\"alice\",\"text\":\"The VM vm-3f2a91c0 is ready.\"}}";
    String id = "msg_wh-5d01c7e2_119";
    assertThat(document)
        .contains(
            body,
            SECRET,
            "webhook-id: " + id,
            "webhook-timestamp: 1769853608",
            "webhook-signature: " + WebhookSignature.of(SECRET, id, 1769853608, body));
  }

  @Test
  void eachPartCounts() {
    String whole = WebhookSignature.of(SECRET, "msg_1", 7, "{}");
    assertThat(WebhookSignature.of(SECRET, "msg_2", 7, "{}")).isNotEqualTo(whole);
    assertThat(WebhookSignature.of(SECRET, "msg_1", 8, "{}")).isNotEqualTo(whole);
    assertThat(WebhookSignature.of(SECRET, "msg_1", 7, "{ }")).isNotEqualTo(whole);
    String other = WebhookSignature.newSecret(new SecureRandom());
    assertThat(WebhookSignature.of(other, "msg_1", 7, "{}")).isNotEqualTo(whole);
    assertThatCode(() -> WebhookSignature.check(other)).doesNotThrowAnyException();
    assertThatCode(() -> WebhookSignature.check(SECRET)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "whsec_", "whsec_c2hvcnQ=", "whsec_???", "password", "whsec"})
  void whatIsNoSecretIsRefusedWithoutBeingShown(String text) {
    assertThatThrownBy(() -> WebhookSignature.check(text))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("secret \"(not shown)\"");
  }
}
