package dev.visco.api.link;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.RelayConnection;
import dev.visco.api.http.Streams;
import dev.visco.api.link.LinkSites.LinkSite;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * One request of a visitor, answered by a guest: over a connection of its own that the guest's sshd
 * opened, with the content of both as it comes. It ends with its visitor, its link and its VM.
 */
final class LinkVisit implements AutoCloseable {
  /** How long a visitor may take for a piece of the answer. */
  private static final Duration WRITE = Duration.ofMinutes(1);

  private static final Duration CHECK = Duration.ofSeconds(1);
  private static final int PIECE = 32 << 10;

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final LinkSite site;
  private final Streams.Stream stream;
  private final LinkLimits.Place place;
  private final GuestSession session;
  private final GuestConnection guest;
  private final Duration silence;
  private final AtomicBoolean isClosed = new AtomicBoolean();
  private volatile long heard = System.nanoTime();
  private volatile boolean mayBeSilent;
  private volatile boolean isSlow;

  /**
   * All that it uses is closed with it.
   *
   * @param silence how long a guest may take to begin its answer, and may be silent in one to a
   *     request with content
   */
  LinkVisit(
      Request request,
      Response response,
      Callback callback,
      LinkSite site,
      Streams.Stream stream,
      LinkLimits.Place place,
      GuestSession session,
      GuestConnection guest,
      Duration silence) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.site = site;
    this.stream = stream;
    this.place = place;
    this.session = session;
    this.guest = guest;
    this.silence = silence;
  }

  /** The guest gave no answer that can be passed on; nothing was sent to the visitor. */
  static final class NoAnswer extends IOException {
    private static final long serialVersionUID = 1;
    private final boolean isSlow;

    private NoAnswer(String message, boolean isSlow) {
      super(message);
      this.isSlow = isSlow;
    }

    /** Whether it took too long. */
    boolean isSlow() {
      return isSlow;
    }
  }

  /**
   * Sends the request and passes the answer on.
   *
   * @param head of the request to the guest
   * @throws NoAnswer when the visitor can still be told
   */
  void run(String head) throws NoAnswer {
    Thread.ofVirtual().name("watch of a visit").start(this::watch);
    var answer = new GuestAnswer(guest.input(), request.getMethod().equals("HEAD"));
    try {
      guest.output().write(head.getBytes(StandardCharsets.ISO_8859_1));
      guest.output().flush();
      if (LinkHeaders.hasContent(request)) {
        Thread.ofVirtual().name("content of a visit").start(this::sendContent);
      }
      answer.readHead();
      if (answer.isSwitching() && !LinkHeaders.asksForUpgrade(request)) {
        throw new IOException("it switches to another protocol unasked");
      }
    } catch (IOException e) {
      close();
      throw new NoAnswer(isSlow ? "it did not answer in time" : e.getMessage() + "", isSlow);
    }
    heard = System.nanoTime();
    mayBeSilent = !LinkHeaders.hasContent(request);
    response.setStatus(answer.status());
    LinkHeaders.answer(answer.headers(), response.getHeaders(), site);
    if (answer.isSwitching()) {
      relay(answer);
    } else {
      pass(answer);
    }
  }

  /** Ends it with its visitor, its link, and a guest that is silent for too long. */
  private void watch() {
    try {
      while (!isClosed.get()) {
        stream.await(CHECK);
        if (!mayBeSilent && System.nanoTime() - heard > silence.toNanos()) {
          isSlow = true;
          guest.close();
          return;
        }
        if (stream.isLeft()) {
          guest.close();
          return;
        }
      }
    } catch (RuntimeException e) {
      guest.close(); // The link does not hold any more.
    }
  }

  /** The visitor's content, framed for the guest as it was for us. */
  private void sendContent() {
    boolean isChunked = LinkHeaders.isChunked(request);
    try {
      OutputStream out = guest.output();
      InputStream in = Content.Source.asInputStream(request);
      byte[] bytes = new byte[PIECE];
      for (int count = read(in, bytes); count >= 0; count = read(in, bytes)) {
        if (isChunked && count > 0) {
          out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        out.write(bytes, 0, count);
        if (isChunked && count > 0) {
          out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.flush();
      }
      if (isChunked) {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
    } catch (IOException e) {
      // A guest may answer without reading all of it.
    }
  }

  /**
   * A visitor who stops half way needs no answer. When the answer is over, the server's request may
   * be another's already, and is no longer to be read.
   */
  private int read(InputStream in, byte[] bytes) throws IOException {
    try {
      int count = in.read(bytes);
      heard = System.nanoTime();
      return count;
    } catch (IOException | RuntimeException e) {
      guest.close();
      throw new IOException("the visitor's content broke off", e);
    }
  }

  private void pass(GuestAnswer answer) {
    try {
      Optional<ByteBuffer> piece = answer.next();
      if (piece.isPresent() && isOfUnknownLength(answer)) {
        // Set by us: otherwise Jetty ends the answer to "Connection: close" by closing the
        // connection, which looks like an answer that broke off (RFC 9112, 6.3).
        response.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
      }
      if (piece.isEmpty()) {
        write(true, ByteBuffer.allocate(0));
      } else {
        do {
          heard = System.nanoTime();
          write(false, piece.get());
          piece = answer.next();
        } while (piece.isPresent());
        write(true, ByteBuffer.allocate(0));
      }
      close();
      callback.succeeded();
    } catch (IOException e) {
      close();
      new Exchange(request, response, callback).breakOff(e);
    }
  }

  private boolean isOfUnknownLength(GuestAnswer answer) {
    return !answer.headers().contains(HttpHeader.CONTENT_LENGTH)
        && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
  }

  private void write(boolean isLast, ByteBuffer bytes) throws IOException {
    stream.within(WRITE, () -> Content.Sink.write(response, isLast, bytes));
  }

  /** From now on bytes pass in both directions, as a WebSocket's. */
  private void relay(GuestAnswer answer) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    mayBeSilent = true;
    var relay =
        new RelayConnection(
            endPoint,
            request.getConnectionMetaData().getConnector().getExecutor(),
            guest,
            answer.rest(),
            silence,
            this::close);
    response.getHeaders().put("Connection", "Upgrade");
    Optional.ofNullable(answer.headers().get("Upgrade"))
        .ifPresent(protocol -> response.getHeaders().put("Upgrade", protocol));
    response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
    request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, relay);
    Request.addCompletionListener(
        request,
        failure -> {
          if (failure != null) {
            close();
          }
        });
    response.write(true, ByteBuffer.allocate(0), callback);
  }

  @Override
  public void close() {
    if (isClosed.compareAndSet(false, true)) {
      guest.close();
      session.close();
      stream.close();
      place.close();
      stream.wake();
    }
  }
}
