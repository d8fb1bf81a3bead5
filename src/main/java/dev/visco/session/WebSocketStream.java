package dev.visco.session;

import dev.visco.session.WebSocketConnector.WebSocketLimits;
import dev.visco.session.rfb.RfbStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of one WebSocket. It holds one message at most: the next one is demanded when
 * that is taken, so that a slow reader slows down the server instead of filling memory. One thread
 * may read while others write.
 */
public final class WebSocketStream implements WebSocket.Listener, RfbStream, AutoCloseable {
  /** RFC 6455, 7.4.1. */
  private static final int NORMAL = 1000;

  private static final int TOO_LONG = 1009;

  /** How long the end is waited for to be sent, when all is closed. */
  private static final Duration MAX_CLOSING = Duration.ofSeconds(1);

  /** A server that does not end the connection after the close has so long. */
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS, Thread.ofVirtual()::start);

  /** Received messages; an empty entry is the end. */
  private final BlockingQueue<Optional<Message>> messages = new LinkedBlockingQueue<>();

  private final WebSocketLimits limits;
  private final Consumer<WebSocketStream> onEnd;

  /** The JDK takes one message at a time. */
  private final Object writing = new Object();

  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
  private volatile @Nullable WebSocket socket;
  private volatile @Nullable CompletableFuture<WebSocket> closing;
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
   * @param onEnd is told when its connection has ended
   */
  WebSocketStream(WebSocketLimits limits, Consumer<WebSocketStream> onEnd) {
    this.limits = limits;
    this.onEnd = onEnd;
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
    WebSocket opened = socket;
    if (opened != null && !opened.isInputClosed()) {
      opened.request(1);
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
    synchronized (writing) {
      await(open().sendBinary(content, true));
    }
  }

  /** Sends a text message, and waits until it is sent. */
  public void write(String content) throws IOException {
    synchronized (writing) {
      await(open().sendText(content, true));
    }
  }

  private WebSocket open() throws IOException {
    WebSocket opened = socket;
    if (opened == null) {
      throw new IOException("there is no connection");
    }
    return opened;
  }

  private void await(CompletableFuture<WebSocket> sent) throws IOException {
    try {
      sent.get(limits.write().toNanos(), TimeUnit.NANOSECONDS);
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
   * @param reason for the server; at most 123 bytes (RFC 6455, 5.5)
   */
  public void close(String reason) {
    end(new Ending(NORMAL, reason));
    WebSocket opened = socket;
    if (opened != null && !opened.isOutputClosed()) {
      closing =
          opened
              .sendClose(NORMAL, reason)
              .whenComplete((sent, failed) -> LATER.execute(() -> abort(opened)));
    }
  }

  private void abort(WebSocket opened) {
    opened.abort();
    onEnd.accept(this);
  }

  /** Closes it and its connection, once the server was told or does not take it. */
  void abandon() {
    close();
    CompletableFuture<WebSocket> sent = closing;
    try {
      if (sent != null) {
        sent.get(MAX_CLOSING.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      // There is nobody to tell any more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    WebSocket opened = socket;
    if (opened != null) {
      abort(opened);
    }
  }

  /** Called by the library, like all {@code on…} methods. */
  @Override
  public void onOpen(WebSocket opened) {
    socket = opened; // Set first: the server's first message may have arrived already.
    opened.request(1);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
    text.append(part);
    if (isTooLong(from, text.length())) {
      return null;
    }
    if (isLast) {
      messages.add(Optional.of(new Message.TextMessage(text.toString())));
      text.setLength(0);
    } else {
      from.request(1);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean isLast) {
    byte[] content = new byte[part.remaining()];
    part.get(content);
    binary.writeBytes(content);
    if (isTooLong(from, binary.size())) {
      return null;
    }
    if (isLast && binary.size() > 0) {
      messages.add(Optional.of(new Message.BinaryMessage(binary.toByteArray())));
      binary.reset();
    } else {
      from.request(1);
    }
    return null;
  }

  private boolean isTooLong(WebSocket from, int length) {
    if (length <= limits.messageBytes()) {
      return false;
    }
    end(new Ending(TOO_LONG, "a message is longer than " + limits.messageBytes() + " bytes"));
    abort(from);
    return true;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end(new Ending(code, reason));
    onEnd.accept(this);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable cause) {
    end(new Ending(0, cause.getMessage() + ""));
    onEnd.accept(this);
  }
}
