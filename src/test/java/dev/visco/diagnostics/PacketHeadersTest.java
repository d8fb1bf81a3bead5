package dev.visco.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketHeadersTest {
  private static final String SAID = "GET /secret HTTP/1.1";

  private static ByteBuffer file() {
    return ByteBuffer.allocate(2000)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0xa1b2c3d4)
        .putShort((short) 2)
        .putShort((short) 4)
        .putLong(0)
        .putInt(256)
        .putInt(1);
  }

  private static byte[] frame(int etherType, int protocol, int headers, String said) {
    ByteBuffer frame = ByteBuffer.allocate(headers + said.length());
    frame.putShort(12, (short) etherType).put(14, (byte) 0x45).put(23, (byte) protocol);
    if (protocol == 6) {
      frame.put(46, (byte) ((headers - 34) / 4 << 4));
    }
    frame.put(headers, said.getBytes(StandardCharsets.US_ASCII));
    return frame.array();
  }

  private static void add(ByteBuffer file, byte[] frame) {
    file.putInt(1).putInt(2).putInt(frame.length).putInt(frame.length + 1000).put(frame);
  }

  @Test
  void whatWasSaidIsLeftOut() {
    ByteBuffer file = file();
    add(file, frame(0x0800, 6, 14 + 20 + 32, SAID));
    add(file, frame(0x0800, 17, 14 + 20 + 8, SAID));
    add(file, frame(0x0800, 1, 14 + 20 + 8, SAID));
    add(file, frame(0x0806, 0, 42, ""));
    add(file, frame(0x1234, 0, 14, SAID));
    byte[] capture = Arrays.copyOf(file.array(), file.position());
    byte[] left = PacketHeaders.of(capture);
    assertThat(new String(left, StandardCharsets.ISO_8859_1)).doesNotContain("secret");
    assertThat(left).hasSize(24 + 5 * 16 + 66 + 42 + 42 + 42 + 14);
    ByteBuffer read = ByteBuffer.wrap(left).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(read.getInt(24 + 8)).isEqualTo(66);
    assertThat(read.getInt(24 + 12))
        .as("the length on the wire")
        .isEqualTo(66 + SAID.length() + 1000);
  }

  @Test
  void whatIsNoCaptureIsLeftOutWhole() {
    assertThat(PacketHeaders.of(SAID.getBytes(StandardCharsets.US_ASCII))).isEmpty();
    assertThat(PacketHeaders.of(new byte[0])).isEmpty();
  }

  @Test
  void aHostileCaptureIsCutOffAndNoMore() {
    var random = new Random(3);
    ByteBuffer file = file();
    add(file, frame(0x0800, 6, 66, SAID));
    add(file, frame(0x0800, 17, 42, SAID));
    for (int round = 0; round < 5000; round++) {
      byte[] capture = Arrays.copyOf(file.array(), 24 + random.nextInt(file.position() - 24));
      for (int flips = 0; flips < 4; flips++) {
        if (capture.length > 24) {
          capture[24 + random.nextInt(capture.length - 24)] ^= (byte) random.nextInt(256);
        }
      }
      assertThat(PacketHeaders.of(capture).length).isLessThanOrEqualTo(capture.length);
    }
  }
}
