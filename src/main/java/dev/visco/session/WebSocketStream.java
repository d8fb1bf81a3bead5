package dev.visco.session;

import dev.visco.session.rfb.RfbStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of one WebSocket. It holds one message at most: the next one is demanded when
 * that is taken, so that a slow reader slows down the server instead of filling memory. One thread
 * may read while others write.
 */
public final class WebSocketStream implements Session.Listener, RfbStream, AutoCloseable {
  /** Received messages; an empty entry is the end. */
  private final BlockingQueue<Optional<Message>> messages = new LinkedBlockingQueue<>();

  private final Duration maxWrite;
  private volatile @Nullable Session session;
  private volatile @Nullable Ending ending;
  private byte[] bytes = new byte[0];
  private int position;

  /** A received message. */
  public sealed interface Message {
    record TextMessage(String text) implements Message {}

    record BinaryMessage(byte[] bytes) implements Message {}
  }

  /**
   * Why it ended.
   *
   * @param code of the close (RFC 6455, 7.4); 0 when the connection broke
   */
  public record Ending(int code, String reason) {}

  /**
   * @param maxWrite timeout of one write
   */
  WebSocketStream(Duration maxWrite) {
    this.maxWrite = maxWrite;
  }

  /** Null while it is open. */
  public @Nullable Ending ending() {
    return ending;
  }

  private void end(Ending how) {
    synchronized (messages) {
      if (ending == null) {
        ending = how;
      }
    }
    messages.add(Optional.empty());
  }

  private void demand() {
    Session opened = session;
    if (opened != null && opened.isOpen()) {
      opened.demand();
    }
  }

  /**
   * Waits for the next message.
   *
   * @return empty when the WebSocket has ended; {@link #ending} says why
   * @throws SocketTimeoutException when no message came in time
   */
  public Optional<Message> next(Duration max) throws IOException {
    Optional<Message> next;
    try {
      next = messages.poll(max.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (next == null) {
      throw new SocketTimeoutException("nothing came for " + max.toMillis() + " ms");
    }
    if (next.isEmpty()) {
      messages.add(next); // So that every further read finds the end too.
    } else {
      demand();
    }
    return next;
  }

  @Override
  public int read(byte[] buffer, int offset, int length, Duration max) throws IOException {
    if (position == bytes.length) {
      Optional<Message> next = next(max);
      if (next.isEmpty()) {
        return -1;
      }
      switch (next.get()) {
        case Message.BinaryMessage it -> bytes = it.bytes();
        case Message.TextMessage it ->
            throw new IOException("text came where bytes belong: " + it.text());
      }
      position = 0;
    }
    int count = Math.min(length, bytes.length - position);
    System.arraycopy(bytes, position, buffer, offset, count);
    position += count;
    return count;
  }

  @Override
  public void write(byte[] content) throws IOException {
    write(ByteBuffer.wrap(content));
  }

  /** Sends the remaining bytes as one message, and waits until it is sent. */
  public void write(ByteBuffer content) throws IOException {
    var sent = new Callback.Completable();
    open().sendBinary(content, sent);
    await(sent);
  }

  /** Sends a text message, and waits until it is sent. */
  public void write(String text) throws IOException {
    var sent = new Callback.Completable();
    open().sendText(text, sent);
    await(sent);
  }

  private Session open() throws IOException {
    Session opened = session;
    if (opened == null) {
      throw new IOException("there is no connection");
    }
    return opened;
  }

  private void await(Callback.Completable sent) throws IOException {
    try {
      sent.get(maxWrite.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the WebSocket takes nothing more", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Closes it; a waiting reader gets the end. */
  @Override
  public void close() {
    close("");
  }

  /**
   * @param reason for the server
   */
  public void close(String reason) {
    end(new Ending(StatusCode.NORMAL, reason));
    Session opened = session;
    if (opened != null && opened.isOpen()) {
      opened.close(StatusCode.NORMAL, reason, Callback.NOOP);
    }
  }

  /** Called by the library, like all {@code on…} methods. */
  @Override
  public void onWebSocketOpen(Session opened) {
    session = opened; // Set first: the server's first message may have arrived already.
    opened.demand();
  }

  @Override
  public void onWebSocketText(String text) {
    messages.add(Optional.of(new Message.TextMessage(text)));
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    byte[] content = new byte[payload.remaining()];
    payload.get(content);
    callback.succeed();
    if (content.length > 0) {
      messages.add(Optional.of(new Message.BinaryMessage(content)));
    } else {
      demand();
    }
  }

  @Override
  public void onWebSocketClose(int code, @Nullable String reason, Callback callback) {
    end(new Ending(code, reason == null ? "" : reason));
    callback.succeed();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    end(new Ending(0, cause.getMessage() + ""));
  }
}
