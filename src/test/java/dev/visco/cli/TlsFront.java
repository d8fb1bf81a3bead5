package dev.visco.cli;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** Takes TLS away in front of a server on loopback, as a reverse proxy does; called localhost. */
final class TlsFront implements AutoCloseable {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private final SSLServerSocket server;
  private final Path certificate;

  private TlsFront(SSLServerSocket server, Path certificate) {
    this.server = server;
    this.certificate = certificate;
  }

  /**
   * @param folder for its key and certificate
   * @param behind the server's port
   */
  static TlsFront start(Path folder, int behind) throws Exception {
    Path file = folder.resolve("front.p12");
    new LinuxHost()
        .check(
            Command.of(
                Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                "-genkeypair",
                "-alias",
                "front",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD)));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    Path pem = folder.resolve("front.pem");
    String encoded =
        Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(keys.getCertificate("front").getEncoded());
    Files.writeString(
        pem, "-----BEGIN CERTIFICATE-----\n" + encoded + "\n-----END CERTIFICATE-----\n");
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    var server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    var front = new TlsFront(server, pem);
    Thread.ofPlatform().daemon().name("tls front").start(() -> front.serve(behind));
    return front;
  }

  int port() {
    return server.getLocalPort();
  }

  /** Its own certificate, which nobody else has signed. */
  Path certificate() {
    return certificate;
  }

  private void serve(int behind) {
    while (true) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> relay(client, behind));
      } catch (IOException e) {
        return; // It was closed.
      }
    }
  }

  private static void relay(Socket client, int behind) {
    try (client;
        Socket api = new Socket(InetAddress.getLoopbackAddress(), behind)) {
      Thread there = Thread.ofVirtual().start(() -> copy(client, api));
      copy(api, client);
      there.interrupt();
    } catch (IOException e) {
      // One of them has gone.
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        out.flush();
      }
      to.close();
    } catch (IOException e) {
      // One of them has gone.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
