package dev.visco.relay;

import java.io.IOException;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;

/** Sockets that end together, at once and without sending what they still hold. */
public final class OpenSockets implements AutoCloseable {
  /** The rule that refuses what was begun under an earlier policy. */
  static final String POLICY_CHANGED = "policy-changed";

  private final Set<Socket> sockets = new HashSet<>();
  private boolean closed;

  /**
   * Adds one, before anything is sent by it.
   *
   * @throws ConnectionRefusal when all were closed already
   */
  synchronized void add(Socket socket) throws ConnectionRefusal {
    if (closed) {
      throw new ConnectionRefusal(POLICY_CHANGED, "the egress policy has changed meanwhile");
    }
    sockets.add(socket);
  }

  /** Closes one in order: what it holds is still sent. */
  void finish(Socket socket) {
    remove(socket);
    close(socket);
  }

  /** Closes one by a reset. */
  void reset(Socket socket) {
    remove(socket);
    abort(socket);
  }

  private synchronized void remove(Socket socket) {
    sockets.remove(socket);
  }

  private static void abort(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already.
    }
    close(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing more can be done with it.
    }
  }

  /** Closes all by a reset, and whatever is added from now on. */
  @Override
  public synchronized void close() {
    closed = true;
    sockets.forEach(OpenSockets::abort);
    sockets.clear();
  }

  synchronized int size() {
    return sockets.size();
  }
}
