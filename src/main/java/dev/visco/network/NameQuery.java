package dev.visco.network;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A query that every nameserver answers, if only with a refusal: for the nameservers of the root
 * (RFC 1035, section 4).
 *
 * @param id the id that the answer repeats
 */
public record NameQuery(short id) {
  /**
   * The bytes of an answer over TCP that are needed to recognize it: its length (RFC 1035, section
   * 4.2.2) and its header.
   */
  public static final int STREAM_BYTES = 2 + 12;

  private static final int MESSAGE_BYTES = 12 + 5;
  private static final short RECURSION_DESIRED = 0x0100;
  private static final int RESPONSE = 0x80;
  private static final short TYPE_NS = 2;
  private static final short CLASS_IN = 1;

  /** The message for UDP. */
  public byte[] message() {
    return ByteBuffer.allocate(MESSAGE_BYTES)
        .putShort(id)
        .putShort(RECURSION_DESIRED)
        .putShort((short) 1) // One question, no records.
        .position(12)
        .put((byte) 0) // The root's name.
        .putShort(TYPE_NS)
        .putShort(CLASS_IN)
        .array();
  }

  /** The message for TCP. */
  public byte[] stream() {
    return ByteBuffer.allocate(2 + MESSAGE_BYTES)
        .putShort((short) MESSAGE_BYTES)
        .put(message())
        .array();
  }

  /** Whether a message, or its beginning, is an answer to this query. */
  public boolean isAnsweredBy(byte[] message) {
    return message.length >= 12
        && ByteBuffer.wrap(message).getShort() == id
        && (message[2] & RESPONSE) != 0;
  }

  /** Whether the beginning of a TCP stream is an answer to this query. */
  public boolean isAnsweredByStream(byte[] bytes) {
    return bytes.length >= STREAM_BYTES && isAnsweredBy(Arrays.copyOfRange(bytes, 2, bytes.length));
  }
}
