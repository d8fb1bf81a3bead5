package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VncPasswordTest {
  @Test
  void writesTheFileThatVncpasswdWrites() {
    // printf password | vncpasswd -f | xxd -p (tigervnc-tools 1.12)
    assertThat(HexFormat.of().formatHex(new VncPassword("password").file()))
        .isEqualTo("dbd83cfd727a1458");
  }

  @Test
  void answersAChallenge() {
    var password = new VncPassword("password");
    byte[] challenge = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
    // The two halves are encrypted alone.
    byte[] swapped = HexFormat.of().parseHex("08090a0b0c0d0e0f0001020304050607");
    String answer = HexFormat.of().formatHex(password.answer(challenge));
    assertThat(answer).hasSize(32).isNotEqualTo("000102030405060708090a0b0c0d0e0f");
    assertThat(HexFormat.of().formatHex(password.answer(swapped)))
        .isEqualTo(answer.substring(16) + answer.substring(0, 16));
    assertThatThrownBy(() -> password.answer(new byte[15])).hasMessageContaining("16 bytes");
  }

  @Test
  void isEachTimeAnotherOne() {
    var seen = new HashSet<String>();
    var random = new SecureRandom();
    for (int round = 0; round < 1_000; round++) {
      seen.add(VncPassword.random(random).text());
    }
    assertThat(seen).hasSize(1_000);
  }

  @Test
  void isNeverShown() {
    VncPassword password = VncPassword.random(new Random(1));
    assertThat(password.toString()).doesNotContain(password.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "short", "nine-char", "with spa", "umläute!"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> new VncPassword(text))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("password")
        .hasMessageContaining("exactly 8");
  }
}
