package dev.visco.session;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A WebSocket's server for one client (RFC 6455), whose first frames come in the same packet as the
 * answer to the upgrade. It reads what the client says and answers nothing to it.
 */
public final class HastyServer implements AutoCloseable {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  private static final Pattern KEY = Pattern.compile("(?i)Sec-WebSocket-Key: *(\\S+)");
  private final ServerSocket listener;
  private final Thread thread;

  private HastyServer(byte[] frames) throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    thread = Thread.ofVirtual().name("hasty server").start(() -> serve(frames));
  }

  /** Says these frames, one after the other. */
  public static HastyServer saying(byte[]... frames) throws IOException {
    var all = new ByteArrayOutputStream();
    for (byte[] frame : frames) {
      all.writeBytes(frame);
    }
    return new HastyServer(all.toByteArray());
  }

  /** A whole message in one frame, or the last part of one; of fewer than 65,536 bytes. */
  public static byte[] frame(int kind, byte[] content) {
    return frame(0x80 | kind, content.length, content);
  }

  /** The first part of a message that goes on. */
  public static byte[] part(int kind, byte[] content) {
    return frame(kind, content.length, content);
  }

  private static byte[] frame(int first, int length, byte[] content) {
    var frame = new ByteArrayOutputStream();
    frame.write(first);
    if (length < 126) {
      frame.write(length);
    } else {
      frame.write(126);
      frame.write(length >> 8);
      frame.write(length);
    }
    frame.writeBytes(content);
    return frame.toByteArray();
  }

  public static byte[] text(String text) {
    return frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public int port() {
    return listener.getLocalPort();
  }

  private void serve(byte[] frames) {
    try (Socket client = listener.accept()) {
      client.setTcpNoDelay(true);
      var in = new DataInputStream(client.getInputStream());
      var head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        head.append((char) in.readUnsignedByte());
      }
      var answer = new ByteArrayOutputStream();
      answer.writeBytes(
          ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  + "Sec-WebSocket-Accept: "
                  + accept(head)
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      answer.writeBytes(frames);
      client.getOutputStream().write(answer.toByteArray());
      in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The client has gone, or the test has ended.
    }
  }

  private static String accept(CharSequence head) {
    Matcher key = KEY.matcher(head);
    if (!key.find()) {
      throw new UncheckedIOException(new IOException("no key in " + head));
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest(
                  (key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                      .getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    thread.interrupt();
  }
}
