package dev.visco.relay.secret;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Random;
import javax.net.ssl.SSLServerSocket;

/**
 * A provider's host as a program of its own: answers each request with the digest of its
 * Authorization field, so that a guest can tell what was sent and not what it was; {@code /echo}
 * with the field itself.
 */
public final class TlsProvider {
  private TlsProvider() {}

  /**
   * @param arguments the address, the file with the encoded authority, and the host's name
   */
  public static void main(String[] arguments) throws IOException {
    CertificateAuthority authority =
        CertificateAuthority.of(Files.readAllBytes(Path.of(arguments[1])));
    var server =
        (SSLServerSocket)
            new HostCertificates(authority, InstantSource.system(), new Random())
                .of(arguments[2])
                .getServerSocketFactory()
                .createServerSocket(443, 50, InetAddress.getByName(arguments[0]));
    while (true) {
      Socket socket = server.accept();
      Thread.ofVirtual().start(() -> serve(socket));
    }
  }

  /** What is answered for the value of an Authorization field. */
  public static String digest(String value) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (MessageHead head = MessageHead.read(in, 400);
          head != null;
          head = MessageHead.read(in, 400)) {
        String value = head.only("Authorization", 400).orElse("");
        String body = head.start().contains(" /echo") ? value : digest(value);
        OutputStream out = socket.getOutputStream();
        out.write(
            ("HTTP/1.1 200 OK\r\nX-Echo: "
                    + (head.start().contains(" /echo") ? value : "")
                    + "\r\nContent-Length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body)
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
    } catch (IOException e) {
      // The other side has ended it.
    }
  }
}
