package dev.visco.api.link;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of HTTP/1.1 from a guest, piece by piece. A guest may send anything: the head is
 * bounded, and what is no answer is an {@link IOException} that says why.
 */
final class GuestAnswer implements HttpParser.ResponseHandler {
  /** Bytes of the status line with all header fields, and of trailers. */
  private static final int MAX_HEAD = 64 << 10;

  /** Interim answers (1xx) before the answer itself. */
  private static final int MAX_INTERIM = 16;

  private static final int PIECE = 32 << 10;
  private static final int SWITCHING = 101;

  private final InputStream in;
  private final HttpParser parser;
  private final byte[] bytes = new byte[PIECE];
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private HttpFields.Mutable headers = HttpFields.build();
  private int status;
  private boolean hasHead;
  private boolean isEnd;
  private @Nullable ByteBuffer content;
  private @Nullable String fault;

  /**
   * @param isHead whether it answers a HEAD, and so has no content
   */
  GuestAnswer(InputStream in, boolean isHead) {
    this.in = in;
    this.parser = new HttpParser(this, MAX_HEAD);
    parser.setHeadResponse(isHead);
  }

  int status() {
    return status;
  }

  HttpFields headers() {
    return headers;
  }

  boolean isSwitching() {
    return status == SWITCHING;
  }

  /** Reads up to the end of the answer's head. */
  void readHead() throws IOException {
    for (int interim = 0; interim <= MAX_INTERIM; interim++) {
      while (!hasHead) {
        parse();
      }
      if (status >= 200 || isSwitching()) {
        return;
      }
      while (!isEnd) {
        parse();
      }
      parser.reset();
      headers = HttpFields.build();
      hasHead = false;
      isEnd = false;
    }
    throw new IOException("it sent too many interim answers");
  }

  /** The next piece of the content; empty at its end. */
  Optional<ByteBuffer> next() throws IOException {
    while (content == null && !isEnd) {
      parse();
    }
    ByteBuffer piece = content;
    content = null;
    return Optional.ofNullable(piece);
  }

  /** What came after the head of an answer that switches protocols. */
  ByteBuffer rest() {
    return buffer;
  }

  private void parse() throws IOException {
    boolean hasParsed = parseNext();
    if (fault != null) {
      throw new IOException(fault);
    }
    if (hasParsed || hasHead && isSwitching()) {
      return;
    }
    if (buffer.hasRemaining()) {
      throw new IOException("it sent more than its answer");
    }
    int count = in.read(bytes);
    if (count >= 0) {
      buffer = ByteBuffer.wrap(bytes, 0, count);
      return;
    }
    parser.atEOF();
    parseNext();
    if (fault != null || !isEnd) {
      throw new IOException(fault == null ? "it ended in the middle of its answer" : fault);
    }
  }

  /**
   * Jetty's parser describes a fault by the status of the answer, and asserts that this is one of a
   * fault, which an answer with 200 and a broken head is not.
   */
  private boolean parseNext() throws IOException {
    try {
      return parser.parseNext(buffer);
    } catch (AssertionError e) {
      throw new IOException("its answer is not HTTP", e);
    }
  }

  @Override
  public void startResponse(HttpVersion version, int code, String reason) {
    status = code;
  }

  @Override
  public void parsedHeader(HttpField field) {
    headers.add(field);
  }

  @Override
  public boolean headerComplete() {
    hasHead = true;
    return true;
  }

  @Override
  public boolean content(ByteBuffer piece) {
    byte[] copy = new byte[piece.remaining()];
    piece.get(copy);
    content = ByteBuffer.wrap(copy);
    return true;
  }

  @Override
  public boolean contentComplete() {
    return false;
  }

  @Override
  public boolean messageComplete() {
    isEnd = true;
    return true;
  }

  @Override
  public void earlyEOF() {
    fault = "it ended in the middle of its answer";
  }

  @Override
  public void badMessage(HttpException failure) {
    fault = "its answer is not HTTP: " + failure.getReason();
  }
}
