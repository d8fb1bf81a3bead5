package dev.visco.relay;

import dev.visco.model.GuestText;
import dev.visco.model.Ipv4;
import dev.visco.model.UpstreamProxy;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has a proxy open a connection: {@code CONNECT} (RFC 9110, section 9.3.6) or SOCKS5 (RFC 1928 and
 * 1929). Names are passed on as names. Nothing is read beyond the proxy's answer.
 */
final class ProxyHandshake {
  private static final int MAX_HEAD = 16_384;
  private static final int SOCKS = 5;
  private static final int NO_LOGIN = 0;
  private static final int LOGIN = 2;

  private ProxyHandshake() {}

  /**
   * Asks for a connection.
   *
   * @param socket connected to the proxy, with a timeout
   * @param password null for none
   * @param host a name or an IPv4 address
   * @throws IOException when the proxy refuses or says something else
   */
  static void open(
      Socket socket, UpstreamProxy proxy, byte @Nullable [] password, String host, int port)
      throws IOException {
    switch (proxy.kind()) {
      case HTTP -> connect(socket, proxy, password, host + ":" + port);
      case SOCKS5 -> socks(socket, proxy, password, host, port);
    }
  }

  private static void connect(
      Socket socket, UpstreamProxy proxy, byte @Nullable [] password, String target)
      throws IOException {
    String user = proxy.user();
    String login =
        user == null ? "" : "Proxy-Authorization: Basic " + basic(user, password) + "\r\n";
    String head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" + login + "\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
    String answer = head(socket.getInputStream());
    String[] words = answer.lines().findFirst().orElse("").split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
      throw new IOException("the proxy does not speak HTTP");
    }
    if (!words[1].startsWith("2") || words[1].length() != 3) {
      throw new IOException("the proxy answered " + GuestText.line(words[1], 20));
    }
  }

  private static String basic(String user, byte @Nullable [] password) {
    byte[] name = (user + ":").getBytes(StandardCharsets.UTF_8);
    byte[] secret = password == null ? new byte[0] : password;
    byte[] both = Arrays.copyOf(name, name.length + secret.length);
    System.arraycopy(secret, 0, both, name.length, secret.length);
    String text = Base64.getEncoder().encodeToString(both);
    Arrays.fill(both, (byte) 0);
    return text;
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.length() < MAX_HEAD) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the proxy ended the connection");
      }
      head.append((char) next);
      if (next == '\n' && head.toString().endsWith("\r\n\r\n")) {
        return head.toString();
      }
    }
    throw new IOException("the proxy's answer is too long");
  }

  private static void socks(
      Socket socket, UpstreamProxy proxy, byte @Nullable [] password, String host, int port)
      throws IOException {
    OutputStream out = socket.getOutputStream();
    InputStream in = socket.getInputStream();
    String user = proxy.user();
    out.write(
        user == null ? new byte[] {SOCKS, 1, NO_LOGIN} : new byte[] {SOCKS, 2, NO_LOGIN, LOGIN});
    byte[] chosen = bytes(in, 2);
    if (chosen[0] != SOCKS) {
      throw new IOException("the proxy does not speak SOCKS5");
    }
    if (chosen[1] == LOGIN && user != null) {
      logIn(in, out, user, password);
    } else if (chosen[1] != NO_LOGIN) {
      throw new IOException("the proxy wants another way to log in");
    }
    out.write(request(host, port));
    byte[] answer = bytes(in, 4);
    if (answer[0] != SOCKS || answer[1] != 0) {
      throw new IOException("the proxy answered " + (answer[1] & 255));
    }
    int bound =
        switch (answer[3]) {
          case 1 -> 4;
          case 3 -> bytes(in, 1)[0] & 255;
          case 4 -> 16;
          default -> throw new IOException("the proxy does not speak SOCKS5");
        };
    bytes(in, bound + 2);
  }

  private static void logIn(
      InputStream in, OutputStream out, String user, byte @Nullable [] password)
      throws IOException {
    byte[] name = user.getBytes(StandardCharsets.UTF_8);
    byte[] secret = password == null ? new byte[0] : password;
    if (secret.length > 255) {
      throw new IOException("the password is longer than SOCKS5 allows");
    }
    ByteBuffer message = ByteBuffer.allocate(3 + name.length + secret.length);
    message.put((byte) 1).put((byte) name.length).put(name);
    message.put((byte) secret.length).put(secret);
    out.write(message.array());
    Arrays.fill(message.array(), (byte) 0);
    if (bytes(in, 2)[1] != 0) {
      throw new IOException("the proxy refuses its name and password");
    }
  }

  private static byte[] request(String host, int port) {
    Optional<Ipv4> address = Peek.literal(host);
    byte[] name = host.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = ByteBuffer.allocate(4 + (address.isPresent() ? 4 : 1 + name.length) + 2);
    out.put((byte) SOCKS).put((byte) 1).put((byte) 0);
    if (address.isPresent()) {
      out.put((byte) 1).putInt(address.get().bits());
    } else {
      out.put((byte) 3).put((byte) name.length).put(name);
    }
    return out.putShort((short) port).array();
  }

  private static byte[] bytes(InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("the proxy ended the connection");
    }
    return bytes;
  }
}
