package dev.visco.api.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Detects clients that disconnect while their answer waits for something, when nothing else reads
 * from their connection. One thread serves all; it sleeps until a connection becomes readable, and
 * reads nothing. A closed connection and a next request look the same, and either ends the wait.
 */
final class ClientWatch implements AutoCloseable {
  private final Selector selector;

  ClientWatch() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("no selector for clients: " + e.getMessage(), e);
    }
    Thread.ofPlatform().daemon().name("clients").start(this::run);
  }

  /** A watched client; closing it ends the watch. */
  interface WatchedClient extends AutoCloseable {
    @Override
    void close();
  }

  /** Runs {@code onLeft} once when the client leaves; it must not block. */
  WatchedClient watch(SocketChannel channel, Runnable onLeft) {
    SelectionKey key;
    try {
      key = registered(channel, onLeft);
    } catch (ClosedChannelException | ClosedSelectorException e) {
      onLeft.run();
      return () -> {};
    }
    selector.wakeup();
    return () -> {
      key.cancel();
      selector.wakeup(); // Lets the selector release the descriptor of a closed channel.
    };
  }

  /**
   * A connection on which one answer follows another may still be in the selector, with the key of
   * the watch that was just closed, until the selector's thread has removed it.
   */
  private SelectionKey registered(SocketChannel channel, Runnable onLeft)
      throws ClosedChannelException {
    while (true) {
      try {
        return channel.register(selector, SelectionKey.OP_READ, onLeft);
      } catch (CancelledKeyException e) {
        selector.wakeup();
        Thread.yield();
      }
    }
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select(key -> {
          var onLeft = (Runnable) key.attachment();
          key.cancel();
          onLeft.run();
        });
      }
    } catch (IOException | ClosedSelectorException e) {
      // The server ends.
    }
  }

  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the selector of clients: " + e.getMessage(), e);
    }
  }
}
