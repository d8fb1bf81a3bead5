package dev.visco.relay.secret;

import dev.visco.relay.secret.MessageHead.Field;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Where a message's body ends (RFC 9112, section 6), and how it is passed on. */
sealed interface MessageBody {
  /** There is none. */
  record None() implements MessageBody {}

  /** Of so many bytes. */
  record Length(long bytes) implements MessageBody {}

  /** In chunks. */
  record Chunks() implements MessageBody {}

  /** It ends with the connection. */
  record UntilEnd() implements MessageBody {}

  int BUFFER = 16_384;
  int MAX_CHUNK_LINE = 1024;

  /** The body behind the head of a request. */
  static MessageBody ofRequest(MessageHead head) throws NotPassedOn {
    Optional<MessageBody> body = framed(head, 400);
    if (body.isPresent() && head.start().endsWith("HTTP/1.0") && body.get() instanceof Chunks) {
      throw NotPassedOn.message(400, "HTTP/1.0 has no chunks");
    }
    return body.orElseGet(None::new);
  }

  /**
   * The body behind the head of a final response.
   *
   * @param isHead whether the request was a HEAD
   */
  static MessageBody ofResponse(MessageHead head, int status, boolean isHead) throws NotPassedOn {
    if (isHead || status == 204 || status == 304) {
      return new None();
    }
    return framed(head, 502).orElseGet(UntilEnd::new);
  }

  private static Optional<MessageBody> framed(MessageHead head, int status) throws NotPassedOn {
    Optional<String> coding = head.only("Transfer-Encoding", status);
    Optional<String> length = head.only("Content-Length", status);
    if (coding.isPresent()) {
      if (length.isPresent() || !coding.get().equalsIgnoreCase("chunked")) {
        throw NotPassedOn.message(status, "a message does not say where its body ends");
      }
      return Optional.of(new Chunks());
    }
    if (length.isEmpty()) {
      return Optional.empty();
    }
    String digits = length.get();
    if (digits.isEmpty()
        || digits.length() > 18
        || !digits.chars().allMatch(one -> one >= '0' && one <= '9')) {
      throw NotPassedOn.message(status, "a message's length is none");
    }
    long bytes = Long.parseLong(digits);
    return Optional.of(bytes == 0 ? new None() : new Length(bytes));
  }

  /**
   * Passes a body on, each part as soon as it has come.
   *
   * @param status of HTTP for whoever waits, where it is none
   */
  default void pass(InputStream in, OutputStream out, SecretMask mask, int status)
      throws IOException {
    switch (this) {
      case None _ -> {}
      case Length(long bytes) -> {
        passBytes(in, out, mask, bytes);
        write(out, mask.end());
      }
      case Chunks _ -> passChunks(in, out, mask, status);
      case UntilEnd _ -> {
        byte[] buffer = new byte[BUFFER];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          write(out, mask.pass(buffer, count));
        }
        write(out, mask.end());
      }
    }
  }

  private static void write(OutputStream out, byte[] bytes) throws IOException {
    if (bytes.length > 0) {
      out.write(bytes);
      out.flush();
    }
  }

  private static void passBytes(InputStream in, OutputStream out, SecretMask mask, long bytes)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (long left = bytes; left > 0; ) {
      int count = read(in, buffer, left);
      left -= count;
      write(out, mask.pass(buffer, count));
    }
  }

  private static int read(InputStream in, byte[] buffer, long left) throws IOException {
    int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
    if (count < 0) {
      throw new EOFException("a body broke off");
    }
    return count;
  }

  private static void passChunks(InputStream in, OutputStream out, SecretMask mask, int status)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (long size = chunk(in, status); size > 0; size = chunk(in, status)) {
      for (long left = size; left > 0; ) {
        int count = read(in, buffer, left);
        left -= count;
        writeChunk(out, mask.pass(buffer, count));
      }
      String end = MessageHead.line(in, 2, status);
      if (end == null || !end.isEmpty()) {
        throw NotPassedOn.message(status, "a chunk does not end");
      }
    }
    List<Field> trailers = MessageHead.readTrailers(in, status);
    writeChunk(out, mask.end());
    var text = new StringBuilder("0\r\n");
    MessageHead.append(text, trailers);
    byte[] last = text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    write(out, mask.pass(last, last.length));
    write(out, mask.end());
  }

  private static long chunk(InputStream in, int status) throws IOException {
    String line = MessageHead.line(in, MAX_CHUNK_LINE, status);
    if (line == null) {
      throw new EOFException("a body broke off");
    }
    int end = line.indexOf(';');
    String size = (end < 0 ? line : line.substring(0, end)).strip();
    if (size.isEmpty()
        || size.length() > 15
        || !size.chars().allMatch(one -> one < 128 && Character.digit(one, 16) >= 0)) {
      throw NotPassedOn.message(status, "a chunk has no size");
    }
    return Long.parseLong(size, 16);
  }

  private static void writeChunk(OutputStream out, byte[] bytes) throws IOException {
    if (bytes.length > 0) {
      var chunk = new ByteArrayOutputStream(bytes.length + 16);
      chunk.writeBytes(
          (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      chunk.writeBytes(bytes);
      chunk.writeBytes(new byte[] {'\r', '\n'});
      write(out, chunk.toByteArray());
    }
  }
}
