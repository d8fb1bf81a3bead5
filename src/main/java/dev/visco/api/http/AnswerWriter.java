package dev.visco.api.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Writes one answer, whole or as a stream, and ends it so that nobody takes half of it for all. */
final class AnswerWriter {
  private final Request request;
  private final Response response;
  private final Callback callback;

  AnswerWriter(Request request, Response response, Callback callback) {
    this.request = request;
    this.response = response;
    this.callback = callback;
  }

  void bytes(int status, String type, byte[] content) {
    begin(status, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
    response.write(true, ByteBuffer.wrap(isHead() ? new byte[0] : content), callback);
  }

  Callback callback() {
    return callback;
  }

  /** An answer without content. */
  void empty(int status) {
    response.setStatus(status);
    response.write(true, ByteBuffer.allocate(0), callback);
  }

  private boolean isHead() {
    return request.getMethod().equals("HEAD");
  }

  private void begin(int status, String type) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
  }

  /**
   * Streams an answer. Each write is sent at once and blocks until the client has room for it. The
   * answer ends properly only if {@code streaming} returns; if it throws, the answer is aborted.
   */
  void stream(String type, Exchange.Streaming streaming) throws IOException {
    begin(200, type);
    if (isChunked()) {
      // Set by us: otherwise Jetty ends the answer to "Connection: close" by closing the
      // connection, which looks like an aborted answer (RFC 9112, 6.3).
      response.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
    }
    stream(streaming);
  }

  /**
   * Streams an answer whose length is known; otherwise as above.
   *
   * @param length how many bytes {@code streaming} writes
   */
  void stream(int status, String type, long length, Exchange.Streaming streaming)
      throws IOException {
    begin(status, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
    stream(streaming);
  }

  private void stream(Exchange.Streaming streaming) throws IOException {
    if (isHead()) {
      response.write(true, ByteBuffer.allocate(0), callback);
      return;
    }
    OutputStream out = Content.Sink.asOutputStream(response);
    streaming.to(new UnendedOutput(out));
    try {
      out.close();
    } catch (IOException e) {
      throw new ClientGone(e);
    }
    callback.succeeded();
  }

  private boolean isChunked() {
    return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
  }

  /**
   * Aborts the answer: the connection ends without the last chunk, so that the client sees that it
   * is incomplete.
   */
  void breakOff(Throwable cause) {
    if (response.isCommitted() && !isChunked()) {
      resetConnection();
    }
    // Nothing else can be answered: the client is gone or has half an answer.
    callback.failed(new Request.Handler.AbortException(cause));
  }

  /** HTTP/1.0 has no chunks: only a reset shows that the answer is incomplete. */
  private void resetConnection() {
    if (ApiConnector.socket(request).getTransport() instanceof SocketChannel channel) {
      try {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      } catch (IOException e) {
        // It is closed already.
      }
    }
  }
}
