package dev.visco.relay.secret;

import dev.visco.relay.secret.SecretProxy.Opening;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** The two ends of a connection in which secrets are put: the guest, and the host. */
final class ProxyEnds implements AutoCloseable {
  private static final int BUFFER = 16_384;
  private static final int LINGER_MILLIS = 2000;
  private static final int MAX_LINGER = 1 << 20;

  private final Socket guestPlain;
  private final SSLSocket guest;
  private final InputStream fromGuest;
  private final String host;
  private final Opening opening;
  private final HostTls tls;
  private @Nullable HostEnd outside;
  private boolean isAnswered;

  private record HostEnd(Socket plain, SSLSocket socket, InputStream in) {}

  private ProxyEnds(Socket plain, SSLSocket guest, String host, Opening opening, HostTls tls)
      throws IOException {
    this.guestPlain = plain;
    this.guest = guest;
    this.fromGuest = new BufferedInputStream(guest.getInputStream(), BUFFER);
    this.host = host;
    this.opening = opening;
    this.tls = tls;
  }

  /** Begins TLS with the guest; the host is not asked before there is a request. */
  static ProxyEnds of(
      Socket plain, byte[] begun, String host, SSLContext server, Opening opening, HostTls tls)
      throws IOException {
    SSLSocket guest = HostTls.begin(plain, new ByteArrayInputStream(begun), server, tls.patience());
    return new ProxyEnds(plain, guest, host, opening, tls);
  }

  InputStream fromGuest() {
    return fromGuest;
  }

  OutputStream toGuest() throws IOException {
    return guest.getOutputStream();
  }

  InputStream fromHost() {
    return Objects.requireNonNull(outside).in();
  }

  OutputStream toHost() throws IOException {
    return Objects.requireNonNull(outside).socket().getOutputStream();
  }

  /** Has a connection to the host for one more request: the one that is open, or another. */
  void requireOutside() throws IOException {
    isAnswered = false;
    HostEnd open = outside;
    if (open != null && isOpen(open)) {
      return;
    }
    if (open != null) {
      abort(open.plain());
      outside = null;
    }
    Socket plain = opening.open();
    try {
      SSLSocket socket = tls.begin(plain, host);
      outside =
          new HostEnd(plain, socket, new BufferedInputStream(socket.getInputStream(), BUFFER));
    } catch (SSLException e) {
      abort(plain);
      throw untrusted("the certificate of " + host + " is not accepted: " + e.getMessage());
    } catch (IOException e) {
      abort(plain);
      throw untrusted(host + " does not speak TLS: " + e.getMessage());
    }
  }

  private static NotPassedOn untrusted(String message) {
    return new NotPassedOn(502, "untrusted-host", message);
  }

  /** Whether nothing has come since the last answer: neither an end nor anything else. */
  private static boolean isOpen(HostEnd end) {
    try {
      end.plain().setSoTimeout(1);
      end.in().mark(1);
      end.in().read();
      return false;
    } catch (SocketTimeoutException e) {
      return restored(end);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean restored(HostEnd end) {
    try {
      end.plain().setSoTimeout(0);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The head of an answer is sent to the guest next: no other answer may be. */
  void answered() {
    isAnswered = true;
  }

  /** Answers a request here, unless an answer has begun. */
  void answer(int status, String detail) {
    if (isAnswered) {
      return;
    }
    isAnswered = true;
    String body =
        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}\n"
            .formatted(title(status), status, escaped("Visco: " + detail + "."));
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(status, title(status), bytes.length);
    try {
      OutputStream out = guest.getOutputStream();
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.flush();
      guest.shutdownOutput();
      linger();
    } catch (IOException e) {
      // The guest does not wait for it.
    }
  }

  /** Reads on for a while, so that a reset does not take the answer back. */
  private void linger() throws IOException {
    guestPlain.setSoTimeout(LINGER_MILLIS);
    byte[] buffer = new byte[BUFFER];
    int left = MAX_LINGER;
    for (int count = 0; count >= 0 && left > 0; left -= count) {
      count = fromGuest.read(buffer);
    }
  }

  private static String title(int status) {
    return switch (status) {
      case 400 -> "Bad Request";
      case 405 -> "Method Not Allowed";
      case 421 -> "Misdirected Request";
      case 503 -> "Service Unavailable";
      default -> "Bad Gateway";
    };
  }

  private static String escaped(String text) {
    var escaped = new StringBuilder();
    for (char one : text.toCharArray()) {
      if (one == '"' || one == '\\') {
        escaped.append('\\');
      }
      escaped.append(one < ' ' ? ' ' : one);
    }
    return escaped.toString();
  }

  /** Passes bytes both ways until one side ends. */
  void tunnel(SecretMask mask) throws IOException {
    Thread up =
        Thread.ofVirtual()
            .start(() -> {
              try {
                fromGuest.transferTo(flushing(toHost()));
              } catch (IOException e) {
                // An end has ended it.
              }
              abort();
            });
    try {
      new MessageBody.UntilEnd().pass(fromHost(), toGuest(), mask, 502);
    } finally {
      close();
      try {
        up.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static OutputStream flushing(OutputStream out) {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        out.write(one);
        out.flush();
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
        out.flush();
      }
    };
  }

  /** Ends the connection to the host without an orderly end. */
  void abort() {
    HostEnd open = outside;
    if (open != null) {
      abort(open.plain());
    }
  }

  private static void abort(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It has ended already.
    }
  }

  @Override
  public void close() {
    abort();
    try {
      guest.close();
    } catch (IOException e) {
      // It has ended already.
    }
  }
}
