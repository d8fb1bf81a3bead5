package dev.visco.relay.secret;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A host with a certificate, whose answers a test gives. Bodies that have a length are read. */
final class TlsHost implements AutoCloseable {
  private final ServerSocket server;
  private final List<String> heads = Collections.synchronizedList(new ArrayList<>());
  private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());
  private final List<Socket> open = Collections.synchronizedList(new ArrayList<>());

  /** Answers one request. */
  interface Answer {
    /** Writes the answer; whether another request may follow. */
    boolean write(String head, InputStream in, OutputStream out) throws IOException;
  }

  TlsHost(CertificateAuthority authority, String name, Answer answer) throws IOException {
    SSLContext context =
        new HostCertificates(authority, InstantSource.system(), new Random(5)).of(name);
    var made =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server = made;
    Thread.ofVirtual().start(() -> accept(answer));
  }

  private void accept(Answer answer) {
    try {
      while (true) {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve((SSLSocket) socket, answer));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private void serve(SSLSocket socket, Answer answer) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      boolean goesOn = true;
      while (goesOn) {
        MessageHead head = MessageHead.read(in, 400);
        if (head == null) {
          return;
        }
        String text = new String(head.bytes(), StandardCharsets.ISO_8859_1);
        heads.add(text);
        var length = head.only("Content-Length", 400);
        if (length.isPresent()) {
          bodies.add(
              new String(
                  in.readNBytes(Integer.parseInt(length.get())), StandardCharsets.ISO_8859_1));
        }
        goesOn = answer.write(text, in, socket.getOutputStream());
        socket.getOutputStream().flush();
      }
    } catch (IOException e) {
      // The other side has ended it.
    }
  }

  int port() {
    return server.getLocalPort();
  }

  /** The heads of requests that came. */
  List<String> heads() {
    return List.copyOf(heads);
  }

  List<String> bodies() {
    return List.copyOf(bodies);
  }

  /** How many connections came. */
  int connections() {
    return open.size();
  }

  /** Ends all connections, as hosts do after a while. */
  void endConnections() throws IOException {
    for (Socket one : List.copyOf(open)) {
      one.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    endConnections();
  }
}
