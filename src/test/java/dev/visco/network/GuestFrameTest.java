package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class GuestFrameTest {
  private static final SlotPlan PLAN =
      new SlotPlan(
          new InstallationId("00ff"), Cidr.of("pool", "192.168.100.0/24"), new SlotIndex(7));
  private static final Ipv4 SERVER = Ipv4.of("server", "192.0.2.53");
  private static final GuestFrame FRAME = new GuestFrame(PLAN, SERVER, 53, 61_001);
  private static final byte[] PAYLOAD = {1, 2, 3};

  /** The same packet on its way back: addresses and ports change places. */
  private static byte[] back(byte[] frame) {
    byte[] back = frame.clone();
    swap(back, 26, 30, 4);
    swap(back, 34, 36, 2);
    return back;
  }

  private static void swap(byte[] bytes, int one, int other, int count) {
    for (int at = 0; at < count; at++) {
      byte kept = bytes[one + at];
      bytes[one + at] = bytes[other + at];
      bytes[other + at] = kept;
    }
  }

  @Test
  void aDatagramIsAsTheGuestsLeavesItsNamespace() {
    byte[] frame = FRAME.datagram(PAYLOAD);
    assertThat(HexFormat.of().formatHex(frame))
        .as("to the host's end, from the namespace's, IPv4")
        .startsWith("020100ff0007" + "020200ff0007" + "0800" + "4500001f")
        .as("from the guest to the server, from port 61001 to 53, 11 bytes, no checksum")
        .endsWith("c0a86409" + "c0000235" + "ee49" + "0035" + "000b" + "0000" + "010203");
    assertThat(GuestFrame.checksum(Arrays.copyOfRange(frame, 14, 34)))
        .as("of a header with its right checksum")
        .isZero();
  }

  @Test
  void theAnswerIsKnownByAddressesAndPorts() {
    byte[] answer = back(FRAME.datagram(PAYLOAD));
    assertThat(FRAME.answeredDatagram(answer)).isEqualTo(PAYLOAD);
    assertThat(FRAME.answeredDatagram(FRAME.datagram(PAYLOAD))).as("the question").isEmpty();
    for (int changed : new int[] {12, 23, 29, 33, 35, 37}) {
      byte[] other = answer.clone();
      other[changed]++;
      assertThat(FRAME.answeredDatagram(other)).as("byte %d is another", changed).isEmpty();
    }
    for (int length = 0; length < 42; length++) {
      assertThat(FRAME.answeredDatagram(Arrays.copyOf(answer, length))).isEmpty();
    }
  }

  @Test
  void aConnectionIsAskedForAndTheAnswerIsKnownByItsSequenceNumber() {
    byte[] syn = FRAME.syn(0x01020304);
    assertThat(syn[14 + 20 + 13]).as("flags").isEqualTo((byte) 0x02);
    byte[] answer = back(syn);
    answer[14 + 20 + 13] = 0x12;
    ByteBuffer.wrap(answer).putInt(14 + 20 + 8, 0x01020305);
    assertThat(FRAME.isAccepted(answer, 0x01020304)).isTrue();
    assertThat(FRAME.isAccepted(answer, 0x01020305)).as("of another question").isFalse();
    answer[14 + 20 + 13] = 0x14;
    assertThat(FRAME.isAccepted(answer, 0x01020304)).as("a refusal").isFalse();
    assertThat(FRAME.isAccepted(back(FRAME.datagram(PAYLOAD)), 0)).isFalse();
  }

  @Test
  void theChecksumOfASegmentIsRight() {
    byte[] syn = FRAME.syn(99);
    ByteBuffer summed = ByteBuffer.allocate(12 + 20);
    summed.put(syn, 26, 8).putShort((short) 6).putShort((short) 20).put(syn, 34, 20);
    assertThat(GuestFrame.checksum(summed.array())).isZero();
  }

  @Test
  void aQuestionForANameIsKnownByItsNumber() {
    var query = new NameQuery((short) 0xbeef);
    byte[] answer = query.message();
    assertThat(answer).hasSize(17);
    assertThat(query.isAnsweredBy(answer)).as("the question itself").isFalse();
    answer[2] |= (byte) 0x80;
    assertThat(query.isAnsweredBy(answer)).isTrue();
    assertThat(query.isAnsweredBy(Arrays.copyOf(answer, 11))).isFalse();
    assertThat(new NameQuery((short) 1).isAnsweredBy(answer)).isFalse();
    byte[] stream = query.stream();
    assertThat(ByteBuffer.wrap(stream).getShort()).isEqualTo((short) 17);
    stream[4] |= (byte) 0x80;
    assertThat(query.isAnsweredByStream(Arrays.copyOf(stream, NameQuery.STREAM_BYTES))).isTrue();
    assertThat(query.isAnsweredByStream(new byte[0])).isFalse();
  }
}
