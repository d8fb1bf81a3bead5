package dev.visco.relay;

import dev.visco.model.EgressRule;
import dev.visco.model.Ipv4;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Messages of DNS (RFC 1035, section 4), as far as a relay answers and asks them. */
final class DnsMessage {
  /** The longest datagram that is read or written. */
  static final int MAX_BYTES = 1232;

  static final int NO_ERROR = 0;
  static final int FORMAT_ERROR = 1;
  static final int SERVER_FAILURE = 2;
  static final int NO_SUCH_NAME = 3;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;

  static final int TYPE_A = 1;
  private static final int CLASS_IN = 1;
  private static final int HEADER = 12;
  private static final int RESPONSE = 0x8000;
  private static final int OPCODE = 0x7800;
  private static final int TRUNCATED = 0x0200;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RECURSION_AVAILABLE = 0x0080;
  private static final int POINTER_TO_QUESTION = 0xc000 | HEADER;
  private static final int MAX_RECORDS = 64;

  private DnsMessage() {}

  /**
   * A query with one question.
   *
   * @param bytes the question as it was asked, to be repeated
   * @param name in lower case without a dot at its end; empty for the root
   */
  record Question(short id, int flags, byte[] bytes, String name, int type) {
    /** Whether the name may be a host's. */
    boolean isHost() {
      return EgressRule.isName(name);
    }
  }

  /** The question of a query; empty for what is none, or has another number of questions. */
  static Optional<Question> question(byte[] message, int length) {
    try {
      ByteBuffer in = ByteBuffer.wrap(message, 0, length);
      short id = in.getShort();
      int flags = Short.toUnsignedInt(in.getShort());
      if ((flags & (RESPONSE | OPCODE)) != 0 || in.getShort() != 1) {
        return Optional.empty();
      }
      in.position(HEADER);
      String name = name(in);
      int type = Short.toUnsignedInt(in.getShort());
      if (in.getShort() != CLASS_IN) {
        return Optional.empty();
      }
      byte[] bytes = Arrays.copyOfRange(message, HEADER, in.position());
      return Optional.of(new Question(id, flags, bytes, name, type));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A name without pointers, in lower case. */
  private static String name(ByteBuffer in) {
    var labels = new ArrayList<String>();
    int total = 0;
    for (int size = in.get() & 255; size != 0; size = in.get() & 255) {
      total += size + 1;
      if (size > 63 || total > 254) {
        throw new IllegalArgumentException("no name");
      }
      byte[] label = new byte[size];
      in.get(label);
      labels.add(new String(label, StandardCharsets.ISO_8859_1));
    }
    return String.join(".", labels).toLowerCase(Locale.ROOT);
  }

  /**
   * An answer.
   *
   * @param addresses of the question's name
   * @param seconds for which they may be remembered
   */
  static byte[] answer(Question question, int code, List<Ipv4> addresses, int seconds) {
    ByteBuffer out = ByteBuffer.allocate(HEADER + question.bytes().length + 16 * addresses.size());
    int flags = RESPONSE | RECURSION_AVAILABLE | question.flags() & RECURSION_DESIRED | code;
    out.putShort(question.id()).putShort((short) flags);
    out.putShort((short) 1).putShort((short) addresses.size()).putInt(0);
    out.put(question.bytes());
    for (Ipv4 address : addresses) {
      out.putShort((short) POINTER_TO_QUESTION).putShort((short) TYPE_A).putShort((short) CLASS_IN);
      out.putInt(seconds).putShort((short) 4).putInt(address.bits());
    }
    return out.array();
  }

  /** The answer to what is no query with one question; empty when not even an id came. */
  static Optional<byte[]> malformed(byte[] message, int length) {
    if (length < 3 || (message[2] & 0x80) != 0) {
      return Optional.empty();
    }
    ByteBuffer out = ByteBuffer.allocate(HEADER).put(message, 0, 2);
    return Optional.of(out.putShort((short) (RESPONSE | FORMAT_ERROR)).array());
  }

  /** A query for a name's IPv4 addresses. */
  static byte[] query(short id, String name) {
    ByteBuffer out = ByteBuffer.allocate(HEADER + name.length() + 2 + 4);
    out.putShort(id).putShort((short) RECURSION_DESIRED).putShort((short) 1).position(HEADER);
    for (String label : name.split("\\.", -1)) {
      out.put((byte) label.length()).put(label.getBytes(StandardCharsets.ISO_8859_1));
    }
    return out.put((byte) 0).putShort((short) TYPE_A).putShort((short) CLASS_IN).array();
  }

  /**
   * What a nameserver answered.
   *
   * @param isCut whether the rest is to be asked for by TCP
   */
  record Answer(int code, boolean isCut, List<Ipv4> addresses) {}

  /** The answer to a query; empty for a message that is none. */
  static Optional<Answer> read(byte[] message, int length, byte[] query) {
    try {
      ByteBuffer in = ByteBuffer.wrap(message, 0, length);
      int question = query.length - HEADER;
      if (in.getShort() != ByteBuffer.wrap(query).getShort()
          || !isSameQuestion(message, length, query, question)) {
        return Optional.empty();
      }
      int flags = Short.toUnsignedInt(in.getShort());
      if ((flags & RESPONSE) == 0) {
        return Optional.empty();
      }
      int records = Math.min(MAX_RECORDS, Short.toUnsignedInt(in.getShort(6)));
      in.position(HEADER + question);
      var addresses = new ArrayList<Ipv4>();
      for (int count = 0; count < records && in.hasRemaining(); count++) {
        skipName(in);
        int type = Short.toUnsignedInt(in.getShort());
        in.position(in.position() + 2 + 4);
        int size = Short.toUnsignedInt(in.getShort());
        if (type == TYPE_A && size == 4) {
          addresses.add(new Ipv4(in.getInt(in.position())));
        }
        in.position(in.position() + size);
      }
      return Optional.of(new Answer(flags & 15, (flags & TRUNCATED) != 0, addresses));
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static boolean isSameQuestion(byte[] message, int length, byte[] query, int size) {
    if (length < HEADER + size) {
      return false;
    }
    String asked = new String(query, HEADER, size, StandardCharsets.ISO_8859_1);
    return new String(message, HEADER, size, StandardCharsets.ISO_8859_1).equalsIgnoreCase(asked);
  }

  private static void skipName(ByteBuffer in) {
    for (int size = in.get() & 255; size != 0; size = in.get() & 255) {
      if (size >= 0xc0) {
        in.get();
        return;
      }
      in.position(in.position() + size);
    }
  }
}
