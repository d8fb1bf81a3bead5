package dev.visco.relay.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A secret in a stream, wherever that is cut. */
class SecretMaskTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String through(List<byte[]> secrets, String text, Random cuts) {
    var mask = new SecretMask(secrets);
    var out = new ByteArrayOutputStream();
    byte[] all = bytes(text);
    for (int at = 0; at < all.length; ) {
      int length = Math.min(all.length - at, cuts.nextInt(5) + 1);
      out.writeBytes(mask.pass(java.util.Arrays.copyOfRange(all, at, at + length), length));
      at += length;
    }
    out.writeBytes(mask.end());
    return out.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void aSecretIsMaskedWhereverTheStreamIsCut() {
    for (int seed = 0; seed < 200; seed++) {
      var cuts = new Random(seed);
      assertThat(through(List.of(bytes("abcabd")), "xabcabcabdyabcab", cuts))
          .isEqualTo("xabc******yabcab");
      assertThat(through(List.of(bytes("abc"), bytes("longer-one")), "abclonger-onelonger-o", cuts))
          .isEqualTo("*************longer-o");
      assertThat(through(List.of(), "abc", cuts)).isEqualTo("abc");
    }
  }

  @Test
  void whatCannotBeginASecretIsNotHeldBack() {
    var mask = new SecretMask(List.of(bytes("secret")));
    assertThat(mask.pass(bytes("data: 1\n\n"), 9)).asString().isEqualTo("data: 1\n\n");
    assertThat(mask.pass(bytes("a sec"), 5)).asString().isEqualTo("a ");
    assertThat(mask.pass(bytes("ond"), 3)).asString().isEqualTo("second");
  }
}
