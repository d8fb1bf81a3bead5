package dev.visco.relay.secret;

import dev.visco.relay.secret.InterceptedHost.ExchangedField;
import dev.visco.relay.secret.MessageBody.UntilEnd;
import dev.visco.relay.secret.SecretHeader.FilledHead;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One connection of a guest to a host whose requests get a secret: HTTP/1.1 by TLS towards the
 * guest and, by a connection of its own, towards the host. A secret is put into the fields where
 * its placeholder stands and nowhere else; whatever the host answers is passed on with asterisks
 * instead of the secret. Where a secret cannot be had, the request is answered here, and nothing of
 * it leaves.
 */
public final class SecretProxy {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-9]\\d\\d)(?: .*)?");
  private static final Pattern REQUEST = Pattern.compile("([A-Z]{1,32}) (\\S+) HTTP/1\\.[01]");

  /** They would lead the guest past this proxy, or tell what this proxy does. */
  private static final Set<String> ANSWERED_HERE = Set.of("alt-svc", "alternate-protocol");

  private static final Duration BODY_END = Duration.ofSeconds(10);
  private static final int SWITCHING = 101;

  private final String host;
  private final InterceptedHost intercepted;
  private final ProxyEnds ends;

  private SecretProxy(String host, InterceptedHost intercepted, ProxyEnds ends) {
    this.host = host;
    this.intercepted = intercepted;
    this.ends = ends;
  }

  /** Opens a connection to the host, as far as TCP goes. */
  public interface Opening {
    /** Opens one. */
    Socket open() throws NotPassedOn;
  }

  /**
   * Serves a connection until it ends.
   *
   * @param guest the guest's connection, closed by the caller
   * @param begun what was read of it already
   * @param outside opens connections, closed by the caller
   * @param tls the client's side of TLS, and for how long its beginnings may take
   * @throws NotPassedOn when the last request was answered here, or there is no certificate
   * @throws IOException when an end breaks off
   */
  public static void serve(
      Socket guest,
      byte[] begun,
      String host,
      InterceptedHost intercepted,
      Opening outside,
      HostTls tls)
      throws IOException {
    try (var ends = ProxyEnds.of(guest, begun, host, intercepted.server(), outside, tls)) {
      new SecretProxy(host, intercepted, ends).serve();
    }
  }

  private void serve() throws IOException {
    try {
      MessageHead head = MessageHead.read(ends.fromGuest(), 400);
      while (head != null && serve(head)) {
        head = MessageHead.read(ends.fromGuest(), 400);
      }
    } catch (NotPassedOn e) {
      ends.answer(e.status(), String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** Whether another request may follow. */
  private boolean serve(MessageHead head) throws IOException {
    var request = REQUEST.matcher(head.start());
    if (!request.matches()) {
      throw NotPassedOn.message(400, "it is no request of HTTP/1.1");
    }
    String method = request.group(1);
    require(method, request.group(2), head);
    MessageBody body = MessageBody.ofRequest(head);
    boolean isWebSocket = head.has("Connection", "upgrade") && head.has("Upgrade", "websocket");
    FilledHead filled = filled(readable(head, isWebSocket), isWebSocket);
    try {
      ends.requireOutside();
      write(ends.toHost(), filled.head());
      return exchange(head, method, body, isWebSocket, filled.secrets());
    } finally {
      filled.zero();
    }
  }

  private void require(String method, String target, MessageHead head) throws NotPassedOn {
    // TRACE would have its own request answered to the guest (RFC 9110, section 9.3.8).
    if (method.equals("TRACE") || method.equals("CONNECT")) {
      throw NotPassedOn.message(405, method + " is not passed on");
    }
    if (!target.startsWith("/") && !target.equals("*")) {
      throw NotPassedOn.message(400, "its target is no path");
    }
    String told = head.only("Host", 400).orElse("");
    String name = told.endsWith(":443") ? told.substring(0, told.length() - 4) : told;
    if (!name.equalsIgnoreCase(host)) {
      throw NotPassedOn.message(
          421, "the connection is for " + host + ", the request for another host");
    }
  }

  /** Has the host answer in a form in which a secret can be found. */
  private static MessageHead readable(MessageHead head, boolean isWebSocket) {
    MessageHead plain =
        head.without(field ->
            field.is("Accept-Encoding")
                || field.is("Sec-WebSocket-Extensions")
                || field.is("TE")
                || field.is("HTTP2-Settings")
                || field.is("Proxy-Authorization")
                || !isWebSocket && field.is("Upgrade"));
    return plain.with("Accept-Encoding", "identity");
  }

  private FilledHead filled(MessageHead head, boolean isWebSocket) throws NotPassedOn {
    List<ExchangedField> exchanged = intercepted.fields();
    Optional<String> misplaced = SecretHeader.misplaced(head, exchanged, isWebSocket);
    if (misplaced.isPresent()) {
      throw NotPassedOn.message(400, misplaced.get());
    }
    return SecretHeader.filled(head, exchanged);
  }

  private boolean exchange(
      MessageHead request,
      String method,
      MessageBody body,
      boolean isWebSocket,
      List<byte[]> masked)
      throws IOException {
    var sending = new BodySending(body, ends.fromGuest(), ends.toHost(), ends::abort);
    InputStream in = ends.fromHost();
    while (true) {
      MessageHead head = MessageHead.read(in, 502);
      if (head == null) {
        throw NotPassedOn.message(502, host + " ended the connection without an answer");
      }
      int status = status(head);
      MessageHead shown =
          head.without(field -> ANSWERED_HERE.contains(field.name().toLowerCase(Locale.ROOT)));
      OutputStream out = ends.toGuest();
      if (status < 200 && status != SWITCHING) {
        write(out, SecretMask.masked(masked, shown.bytes()));
        continue;
      }
      if (status == SWITCHING && !isWebSocket) {
        throw NotPassedOn.message(502, host + " speaks another protocol");
      }
      ends.answered();
      write(out, SecretMask.masked(masked, shown.bytes()));
      if (status == SWITCHING) {
        ends.tunnel(new SecretMask(masked));
        return false;
      }
      MessageBody answer = MessageBody.ofResponse(head, status, method.equals("HEAD"));
      answer.pass(in, out, new SecretMask(masked), 502);
      boolean isSent = sending.end(BODY_END);
      return isSent && !closes(request) && !closes(head) && !(answer instanceof UntilEnd);
    }
  }

  private static void write(OutputStream out, byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  private static int status(MessageHead head) throws NotPassedOn {
    var status = STATUS.matcher(head.start());
    if (!status.matches()) {
      throw NotPassedOn.message(502, "the answer is no HTTP/1.1");
    }
    return Integer.parseInt(status.group(1));
  }

  private static boolean closes(MessageHead head) {
    return head.has("Connection", "close")
        || head.start().contains("HTTP/1.0") && !head.has("Connection", "keep-alive");
  }
}
