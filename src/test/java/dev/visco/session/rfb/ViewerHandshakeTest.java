package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a viewer is let in, byte by byte. */
class ViewerHandshakeTest {
  private final ViewerHandshake handshake = new ViewerHandshake();

  @ParameterizedTest
  @CsvSource({
    "RFB 003.003, 00, 00000001",
    "RFB 003.005, 00, 00000001",
    "RFB 003.007, 0100, 0101",
    "RFB 003.008, 0101, 010100000000",
    "RFB 003.889, 0101, 010100000000",
    "RFB 005.000, 0101, 010100000000"
  })
  void eachVersionIsAnsweredAsItWantsIt(String version, String then, String answers)
      throws Exception {
    assertThat(handshake.greeting()).asString().isEqualTo("RFB 003.008\n");
    var said = new ByteArrayOutputStream();
    byte[] rest = HexFormat.of().parseHex(then.length() == 2 ? then : "01" + then.substring(2));
    for (byte one : (version + "\n").getBytes(StandardCharsets.US_ASCII)) {
      said.writeBytes(handshake.accept(ByteBuffer.wrap(new byte[] {one})));
    }
    for (byte one : rest) {
      assertThat(handshake.isDone()).isFalse();
      said.writeBytes(handshake.accept(ByteBuffer.wrap(new byte[] {one})));
    }
    assertThat(handshake.isDone()).isTrue();
    assertThat(HexFormat.of().formatHex(said.toByteArray())).isEqualTo(answers);
  }

  @Test
  void whatComesWithItsLastByteIsLeftForTheMessages() throws Exception {
    var all = ByteBuffer.allocate(32);
    all.put("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
    all.put(new byte[] {1, 0, 4, 1, 2}).flip();
    handshake.accept(all);
    assertThat(handshake.isDone()).isTrue();
    assertThat(all.remaining()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1", "RFB 002.000\n", "RFB 003.008\r", "rfb 003.008\n"})
  void whatIsNoVersionIsRefused(String said) {
    assertThatThrownBy(
            () -> handshake.accept(ByteBuffer.wrap(said.getBytes(StandardCharsets.US_ASCII))))
        .isInstanceOf(ViewerFault.class)
        .hasMessageContaining("is no version of RFB");
  }

  @Test
  void aSecurityTypeThatWasNotOfferedIsRefused() throws Exception {
    handshake.accept(ByteBuffer.wrap("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII)));
    assertThatThrownBy(() -> handshake.accept(ByteBuffer.wrap(new byte[] {2})))
        .isInstanceOf(ViewerFault.class)
        .hasMessage("security type 2 was not offered");
  }
}
