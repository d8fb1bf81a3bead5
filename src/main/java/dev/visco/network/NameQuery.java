package dev.visco.network;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A question that any nameserver answers, were it with a refusal: which the root's nameservers are
 * (RFC 1035, section 4).
 *
 * @param id by which the answer is known
 */
public record NameQuery(short id) {
  /**
   * How many bytes of an answer over TCP show what it is: its length (RFC 1035, section 4.2.2) and
   * its header.
   */
  public static final int STREAM_BYTES = 2 + 12;

  private static final int MESSAGE_BYTES = 12 + 5;
  private static final short RECURSION_DESIRED = 0x0100;
  private static final int RESPONSE = 0x80;
  private static final short TYPE_NS = 2;
  private static final short CLASS_IN = 1;

  /** As it goes over UDP. */
  public byte[] message() {
    return ByteBuffer.allocate(MESSAGE_BYTES)
        .putShort(id)
        .putShort(RECURSION_DESIRED)
        .putShort((short) 1) // one question; no records
        .position(12)
        .put((byte) 0) // the root's name
        .putShort(TYPE_NS)
        .putShort(CLASS_IN)
        .array();
  }

  /** As it goes over TCP. */
  public byte[] stream() {
    return ByteBuffer.allocate(2 + MESSAGE_BYTES)
        .putShort((short) MESSAGE_BYTES)
        .put(message())
        .array();
  }

  /** Whether this message, of which the first bytes are enough, answers it. */
  public boolean isAnsweredBy(byte[] message) {
    return message.length >= 12
        && ByteBuffer.wrap(message).getShort() == id
        && (message[2] & RESPONSE) != 0;
  }

  /** The same for the beginning of what came over TCP. */
  public boolean isAnsweredByStream(byte[] bytes) {
    return bytes.length >= STREAM_BYTES && isAnsweredBy(Arrays.copyOfRange(bytes, 2, bytes.length));
  }
}
