package dev.visco.session.ssh;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import jdk.net.ExtendedSocketOptions;

/**
 * A connected socket that records what the SSH library does not report: whether the peer ever sent
 * anything, and whether the connection has ended.
 */
public final class ConnectedSocket {
  /** Above this whoever sends waits, in bytes. */
  private static final long MAX_WAITING = 1 << 20;

  /** Above this the connection is closed: more than all who may send at once and all replies. */
  private static final long MAX_QUEUED = 8 << 20;

  /** About twice as many as a sign-in has, and the opening of the first channel. */
  private static final int FIRST_READS = 16;

  private final Socket socket;
  private final boolean isTcp;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private long queued;
  private volatile boolean anythingRead;
  private volatile boolean ended;
  private volatile boolean isClosed;

  public ConnectedSocket(Socket socket) {
    this.socket = socket;
    this.isTcp = socket.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK);
  }

  public boolean anythingRead() {
    return anythingRead;
  }

  /** Whether the connection has ended: one of the two sides has closed it, or it broke. */
  public boolean ended() {
    return ended || isClosed;
  }

  /**
   * Whether the peer ended the connection while more was expected. A connection that this side has
   * closed does not count.
   */
  public boolean brokeOff() {
    return ended;
  }

  /**
   * Waits until a peer that reads slowly has taken most of what was sent. Whoever sends on a
   * caller's behalf does so before each piece: how much a channel may send is the peer's to say, so
   * that its window alone bounds nothing.
   *
   * @throws IOException when the connection has ended
   */
  public void awaitRoom() throws IOException {
    lock.lock();
    try {
      while (queued > MAX_WAITING && !ended()) {
        room.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
    if (ended()) {
      throw new IOException("the connection to the guest has ended");
    }
  }

  /**
   * Counts bytes that wait to be sent.
   *
   * @return whether they are more than a connection may hold, so that it is to be closed
   */
  boolean queue(int bytes) {
    lock.lock();
    try {
      queued += bytes;
      return queued > MAX_QUEUED;
    } finally {
      lock.unlock();
    }
  }

  /** Counts bytes that were sent. */
  void sent(int bytes) {
    lock.lock();
    try {
      queued -= bytes;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes it; safe to repeat. */
  public void close() {
    isClosed = true;
    sent(0); // Wakes those who wait for room.
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  InputStream input() throws IOException {
    return new FilterInputStream(socket.getInputStream()) {
      private int reads;

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
          int count = super.read(buffer, offset, length);
          anythingRead |= count > 0;
          ended |= count < 0;
          if (count > 0 && reads < FIRST_READS) {
            reads++;
            acknowledge();
          }
          return count;
        } catch (IOException e) {
          ended |= !isClosed;
          throw e;
        }
      }
    };
  }

  /**
   * Acknowledges at once what was read. Until its first command runs, sshd leaves Nagle's algorithm
   * on: what it says next waits for the acknowledgment of what it has said, which Linux delays by
   * 40 ms (tcp(7), TCP_QUICKACK; the option holds for this moment only).
   */
  private void acknowledge() throws IOException {
    if (isTcp) {
      socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
    }
  }

  OutputStream output() throws IOException {
    return socket.getOutputStream();
  }
}
