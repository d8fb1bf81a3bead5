package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a viewer may send: known, bounded, and cut at any place. */
class ViewerMessagesTest {
  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int at = 0; at < values.length; at++) {
      bytes[at] = (byte) values[at];
    }
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] encodings(int... numbers) {
    var text = ByteBuffer.allocate(4 + 4 * numbers.length);
    text.put((byte) 2).put((byte) 0).putShort((short) numbers.length);
    for (int number : numbers) {
      text.putInt(number);
    }
    return text.array();
  }

  private static byte[] cutText(int length, int body) {
    return ByteBuffer.allocate(8 + body).putInt(6 << 24).putInt(length).array();
  }

  /** A message, and whether a viewer that only looks may send it. */
  private record Sample(byte[] bytes, boolean isInput) {}

  private static List<Sample> samples() {
    return List.of(
        new Sample(
            bytes(0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0), false),
        new Sample(encodings(), false),
        new Sample(encodings(7, 16, 5, 0, -239, -308, -307, 0xc0a1e5ce), false),
        new Sample(bytes(3, 1, 0, 0, 0, 0, 2, 128, 1, 224), false),
        new Sample(bytes(4, 1, 0, 0, 0, 0, 255, 13), true),
        new Sample(bytes(5, 128, 0, 10, 0, 20), true),
        new Sample(cutText(0, 0), true),
        new Sample(cutText(5, 5), true),
        new Sample(cutText(-12, 12), true),
        new Sample(bytes(150, 1, 0, 0, 0, 0, 2, 128, 1, 224), false),
        new Sample(bytes(248, 0, 0, 0, 128, 0, 0, 1, 0), false),
        new Sample(bytes(248, 0, 0, 0, 128, 0, 0, 1, 3, 1, 2, 3), false),
        new Sample(bytes(250, 0, 1, 2), true),
        new Sample(joined(bytes(251, 0, 3, 32, 2, 88, 1, 0), new byte[16]), true),
        new Sample(bytes(255, 0, 0, 1, 0, 0, 0, 97, 0, 0, 0, 30), true));
  }

  private static byte[] passed(ViewerMessages messages, byte[] sent) throws ViewerFault {
    ByteBuffer out = messages.accept(ByteBuffer.wrap(sent));
    byte[] bytes = new byte[out.remaining()];
    out.get(bytes);
    return bytes;
  }

  @Test
  void everyKnownMessagePassesAsItIs() throws Exception {
    for (Sample sample : samples()) {
      var messages = new ViewerMessages(false);
      assertThat(passed(messages, sample.bytes())).isEqualTo(sample.bytes());
      assertThat(messages.messages()).isEqualTo(1);
      assertThat(messages.inputs()).isEqualTo(sample.isInput() ? 1 : 0);
    }
  }

  @Test
  void whatChangesSomethingIsTakenOutForOneThatOnlyLooks() throws Exception {
    for (Sample sample : samples()) {
      assertThat(passed(new ViewerMessages(true), sample.bytes()))
          .as("type " + (sample.bytes()[0] & 255))
          .isEqualTo(sample.isInput() ? new byte[0] : sample.bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void wherePiecesAreCutChangesNothing(long seed) throws Exception {
    var random = new Random(seed);
    var all = new ByteArrayOutputStream();
    var looking = new ByteArrayOutputStream();
    for (int number = 0; number < 500; number++) {
      Sample sample = samples().get(random.nextInt(samples().size()));
      all.writeBytes(sample.bytes());
      if (!sample.isInput()) {
        looking.writeBytes(sample.bytes());
      }
    }
    for (boolean viewOnly : List.of(false, true)) {
      var messages = new ViewerMessages(viewOnly);
      var out = new ByteArrayOutputStream();
      byte[] sent = all.toByteArray();
      for (int at = 0; at < sent.length; ) {
        int length = Math.min(sent.length - at, random.nextInt(12));
        byte[] piece = java.util.Arrays.copyOfRange(sent, at, at + length);
        out.writeBytes(passed(messages, piece));
        at += length;
      }
      assertThat(out.toByteArray()).isEqualTo(viewOnly ? looking.toByteArray() : sent);
      assertThat(messages.messages()).isEqualTo(500);
    }
  }

  /** Whatever comes is either passed on within its bounds or refused; nothing else is thrown. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void noiseIsRefusedOrPassedAndNeverBreaksAnything(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 3_000; round++) {
      var messages = new ViewerMessages(random.nextBoolean());
      int sent = 0;
      int passed = 0;
      try {
        for (int piece = 0; piece < 8; piece++) {
          byte[] noise = new byte[random.nextInt(64)];
          random.nextBytes(noise);
          if (noise.length > 0 && random.nextInt(3) > 0) {
            noise[0] =
                (byte)
                    List.of(0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 255)
                        .get(random.nextInt(11))
                        .intValue();
          }
          sent += noise.length;
          passed += messages.accept(ByteBuffer.wrap(noise)).remaining();
          assertThat(passed).isLessThanOrEqualTo(sent);
        }
      } catch (ViewerFault e) {
        assertThat(e.getMessage())
            .matches("(message type|QEMU message) \\d+ is not known|\\d+ .+ are more than \\d+");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 100, 127, 128, 149, 249, 252, 253, 254})
  void aTypeThatNobodyKnowsIsRefused(int type) {
    assertThatThrownBy(() -> new ViewerMessages(true).accept(ByteBuffer.wrap(bytes(type))))
        .isInstanceOf(ViewerFault.class)
        .hasMessage("message type " + type + " is not known");
  }

  @Test
  void qemusSoundIsNotKnown() {
    assertThatThrownBy(() -> new ViewerMessages(false).accept(ByteBuffer.wrap(bytes(255, 1))))
        .hasMessage("QEMU message 1 is not known");
  }

  @ParameterizedTest
  @CsvSource({"1048577", "2147483647", "-1048577", "-2147483648"})
  void aClipboardHasABoundHoweverItIsCounted(int length) {
    assertThatThrownBy(() -> new ViewerMessages(true).accept(ByteBuffer.wrap(cutText(length, 0))))
        .isInstanceOf(ViewerFault.class)
        .hasMessage(Math.abs((long) length) + " bytes of clipboard are more than 1048576");
  }

  @Test
  void theLargestClipboardPasses() throws Exception {
    var messages = new ViewerMessages(false);
    byte[] text = cutText(-ViewerMessages.MAX_TEXT, ViewerMessages.MAX_TEXT);
    assertThat(passed(messages, text)).isEqualTo(text);
    assertThat(passed(messages, bytes(4, 1, 0, 0, 0, 0, 0, 97))).hasSize(8);
  }

  @Test
  void encodingsScreensAndFencesHaveBounds() {
    List<byte[]> tooLong = new ArrayList<>();
    tooLong.add(bytes(2, 0, 4, 1));
    tooLong.add(bytes(251, 0, 0, 1, 0, 1, 65, 0));
    tooLong.add(bytes(248, 0, 0, 0, 0, 0, 0, 0, 65));
    for (byte[] message : tooLong) {
      assertThatThrownBy(() -> new ViewerMessages(false).accept(ByteBuffer.wrap(message)))
          .isInstanceOf(ViewerFault.class)
          .hasMessageContaining("are more than");
    }
  }

  /** With that pseudo-encoding a pointer event whose highest bit is set has one byte more. */
  @Test
  void aPointerWithNineButtonsIsAByteLongerOnceItWasAgreed() throws Exception {
    byte[] more = bytes(5, 0x81, 0, 10, 0, 20, 1);
    byte[] key = bytes(4, 1, 0, 0, 0, 0, 0, 97);
    var agreed = new ViewerMessages(false);
    byte[] sent = joined(encodings(0, -316, 7), more, bytes(5, 1, 0, 1, 0, 1), key);
    for (byte one : sent) {
      passed(agreed, new byte[] {one});
    }
    assertThat(agreed.messages()).isEqualTo(4);
    assertThatThrownBy(() -> passed(new ViewerMessages(false), joined(encodings(0, 7), more)))
        .hasMessage("message type 1 is not known");
    assertThatThrownBy(
            () -> passed(new ViewerMessages(false), joined(encodings(-316), encodings(0), more)))
        .hasMessage("message type 1 is not known");
  }
}
