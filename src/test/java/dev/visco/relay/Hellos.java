package dev.visco.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** First bytes of connections, as real programs send them and as none does. */
final class Hellos {
  private Hellos() {}

  /** The ClientHello of the JDK's own TLS. */
  static byte[] real(String name) {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(name, 443);
      engine.setUseClientMode(true);
      var parameters = engine.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      engine.setSSLParameters(parameters);
      ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), out);
      byte[] bytes = new byte[out.position()];
      out.flip().get(bytes);
      return bytes;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A hello with these extensions, each already encoded. */
  static byte[] with(byte[]... extensions) {
    byte[] all = joined(extensions);
    ByteBuffer body = ByteBuffer.allocate(2 + 32 + 1 + 2 + 2 + 2 + 2 + all.length);
    body.putShort((short) 0x303).position(34);
    body.put((byte) 0).putShort((short) 2).putShort((short) 0x1301).put((byte) 1).put((byte) 0);
    body.putShort((short) all.length).put(all);
    ByteBuffer message = ByteBuffer.allocate(4 + body.capacity());
    message.putInt(1 << 24 | body.capacity()).put(body.array());
    return record(message.array());
  }

  /** In one record. */
  static byte[] record(byte[] handshake) {
    return ByteBuffer.allocate(5 + handshake.length)
        .put((byte) 22)
        .putShort((short) 0x301)
        .putShort((short) handshake.length)
        .put(handshake)
        .array();
  }

  /** The same message in records of so many bytes. */
  static byte[] cut(byte[] hello, int size) {
    var all = new ByteArrayOutputStream();
    for (int at = 5; at < hello.length; at += size) {
      byte[] part = new byte[Math.min(size, hello.length - at)];
      System.arraycopy(hello, at, part, 0, part.length);
      all.writeBytes(record(part));
    }
    return all.toByteArray();
  }

  static byte[] extension(int type, byte[] content) {
    return ByteBuffer.allocate(4 + content.length)
        .putShort((short) type)
        .putShort((short) content.length)
        .put(content)
        .array();
  }

  static byte[] serverName(String name) {
    byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
    return extension(
        0,
        ByteBuffer.allocate(5 + text.length)
            .putShort((short) (3 + text.length))
            .put((byte) 0)
            .putShort((short) text.length)
            .put(text)
            .array());
  }

  static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    try {
      for (byte[] part : parts) {
        all.write(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toByteArray();
  }
}
