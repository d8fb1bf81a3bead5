package dev.visco.egress;

import dev.visco.model.GuestText;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.wire.EgressTestDocument.EgressGuestDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;

/**
 * Asks for a page from inside a guest: its sshd opens the connection, so that the guest's own
 * resolver, routes and rules are passed, and then those of its slot, as by any program of the
 * guest. It needs no program there.
 */
public final class GuestTester {
  private static final Duration DIAL = Duration.ofSeconds(10);

  /** For all of the answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private GuestTester() {}

  /**
   * Asks and tells what came, also when nothing did.
   *
   * @param url of {@code http} or {@code https}; a certificate must be one that this host accepts
   */
  public static EgressGuestDocument test(GuestSession session, String url) {
    return test(session, TestRequest.of(url), PATIENCE);
  }

  static EgressGuestDocument test(GuestSession session, TestRequest request, Duration patience) {
    try (GuestConnection connection = session.dial(request.host(), request.port(), DIAL)) {
      Thread watch = Thread.ofVirtual().start(() -> closeAfter(patience, connection));
      try {
        TestRequest.Page page = request.ask(new ConnectionSocket(connection));
        return new EgressGuestDocument(page.status(), page.body(), null);
      } finally {
        watch.interrupt();
      }
    } catch (GuestConnection.NotOpened e) {
      return failed(
          e.isProhibited()
              ? "the guest's sshd opens no connections (AllowTcpForwarding)"
              : String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return failed("the server's answer: " + e.getMessage());
    }
  }

  /** What is told when the guest was not asked, or nothing came. */
  public static EgressGuestDocument failed(String why) {
    return new EgressGuestDocument(null, null, GuestText.line(why).toString());
  }

  private static void closeAfter(Duration patience, GuestConnection connection) {
    try {
      Thread.sleep(patience);
      connection.close();
    } catch (InterruptedException e) {
      // It was answered in time.
    }
  }

  /** A guest's connection as a socket, for TLS over it; its time limit is its owner's. */
  private static final class ConnectionSocket extends Socket {
    private final GuestConnection connection;

    ConnectionSocket(GuestConnection connection) {
      this.connection = connection;
    }

    @Override
    public InputStream getInputStream() {
      return connection.input();
    }

    @Override
    public OutputStream getOutputStream() {
      return connection.output();
    }

    @Override
    public boolean isConnected() {
      return true;
    }

    @Override
    public void setSoTimeout(int timeout) {}

    @Override
    public int getSoTimeout() {
      return 0;
    }

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public void setSoLinger(boolean on, int linger) {}

    @Override
    public void close() {
      connection.close();
    }
  }
}
