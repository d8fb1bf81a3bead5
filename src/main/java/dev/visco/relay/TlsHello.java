package dev.visco.relay;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the server name of a TLS ClientHello (RFC 8446, section 4.1.2; RFC 6066, section 3). One
 * with an encrypted ClientHello (RFC 9849) is refused, since the name in it is not the one that is
 * meant; also where a browser sends an empty one for practice.
 */
final class TlsHello {
  /** The refusal of what is no ClientHello. */
  static final String NO_TLS = "no-tls";

  /** The refusal of a ClientHello without a server name. */
  static final String NO_SERVER_NAME = "no-server-name";

  /** The refusal of an encrypted ClientHello. */
  static final String ENCRYPTED_HELLO = "encrypted-hello";

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_NAME = 0;
  private static final int ECH = 0xfe0d;

  /** Records into which a hello may be cut; it fits into one. */
  private static final int MAX_RECORDS = 16;

  private TlsHello() {}

  /**
   * Reads the first bytes of a connection.
   *
   * @param length how many of {@code bytes} have come
   */
  static Peek read(byte[] bytes, int length) {
    ByteBuffer hello = ByteBuffer.allocate(Peek.MAX_BYTES);
    ByteBuffer seen = ByteBuffer.wrap(bytes, 0, length);
    for (int records = 0; records < MAX_RECORDS; records++) {
      if (seen.remaining() > 0 && seen.get(seen.position()) != HANDSHAKE
          || seen.remaining() > 1 && seen.get(seen.position() + 1) != 3) {
        return new Peek.Nameless(NO_TLS);
      }
      if (seen.remaining() < 5) {
        return new Peek.More();
      }
      int size = Short.toUnsignedInt(seen.getShort(seen.position() + 3));
      seen.position(seen.position() + 5);
      int here = Math.min(size, seen.remaining());
      if (size == 0 || here > hello.remaining()) {
        return new Peek.Nameless(NO_TLS);
      }
      hello.put(seen.slice(seen.position(), here));
      seen.position(seen.position() + here);
      int wanted = wanted(hello);
      if (wanted < 0) {
        return new Peek.Nameless(NO_TLS);
      }
      if (wanted > 0 && hello.position() >= wanted) {
        return name(hello.slice(4, wanted - 4));
      }
      if (here < size) {
        return new Peek.More();
      }
    }
    return new Peek.Nameless(NO_TLS);
  }

  /** The length of the message; 0 when it is not known yet, negative for what is no ClientHello. */
  private static int wanted(ByteBuffer hello) {
    if (hello.position() > 0 && hello.get(0) != CLIENT_HELLO) {
      return -1;
    }
    if (hello.position() < 4) {
      return 0;
    }
    int wanted = 4 + (hello.getInt(0) & 0xffffff);
    return wanted > Peek.MAX_BYTES ? -1 : wanted;
  }

  private static Peek name(ByteBuffer body) {
    try {
      skip(body, 2 + 32); // Version and random number.
      skip(body, body.get() & 255); // Session.
      skip(body, Short.toUnsignedInt(body.getShort())); // Cipher suites.
      skip(body, body.get() & 255); // Compressions.
      if (!body.hasRemaining()) {
        return new Peek.Nameless(NO_SERVER_NAME);
      }
      return extensions(part(body, Short.toUnsignedInt(body.getShort())));
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return new Peek.Nameless(NO_TLS);
    }
  }

  private static Peek extensions(ByteBuffer extensions) {
    Peek found = new Peek.Nameless(NO_SERVER_NAME);
    boolean hasName = false;
    while (extensions.hasRemaining()) {
      int type = Short.toUnsignedInt(extensions.getShort());
      ByteBuffer content = part(extensions, Short.toUnsignedInt(extensions.getShort()));
      if (type == ECH) {
        return new Peek.Nameless(ENCRYPTED_HELLO);
      }
      if (type == SERVER_NAME) {
        if (hasName) {
          return new Peek.Nameless(NO_TLS); // Each extension once (RFC 8446, section 4.2).
        }
        hasName = true;
        found = serverName(content);
      }
    }
    return found;
  }

  private static Peek serverName(ByteBuffer content) {
    ByteBuffer names = part(content, Short.toUnsignedInt(content.getShort()));
    int kind = names.get();
    byte[] name = new byte[Short.toUnsignedInt(names.getShort())];
    names.get(name);
    if (kind != 0 || names.hasRemaining()) {
      return new Peek.Nameless(NO_SERVER_NAME);
    }
    String text = new String(name, StandardCharsets.ISO_8859_1);
    return Peek.host(text)
        .filter(host -> Peek.literal(host).isEmpty())
        .<Peek>map(Peek.Host::new)
        .orElseGet(() -> new Peek.Nameless(NO_SERVER_NAME));
  }

  private static void skip(ByteBuffer in, int count) {
    part(in, count);
  }

  private static ByteBuffer part(ByteBuffer in, int count) {
    ByteBuffer part = in.slice(in.position(), count);
    in.position(in.position() + count);
    return part;
  }
}
