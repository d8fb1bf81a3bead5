package dev.visco.cli;

import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A port here that leads to one of a VM's, until it is closed. */
final class ForwardedPort implements AutoCloseable {
  private final CommandContext context;
  private final PortClient client;
  private final ServerSocket listener;
  private final int remote;
  private final Thread thread;

  private ForwardedPort(
      CommandContext context, PortClient client, ServerSocket listener, int remote) {
    this.context = context;
    this.client = client;
    this.listener = listener;
    this.remote = remote;
    this.thread = Thread.ofVirtual().name("forwards port " + remote).unstarted(this::accept);
  }

  /**
   * Listens, and accepts nothing before it is started.
   *
   * @param address of this host
   * @param local 0 for any port that is free
   */
  static ForwardedPort open(
      CommandContext context, PortClient client, String address, int local, int remote)
      throws IOException {
    var listener = new ServerSocket();
    try {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getByName(address), local));
      return new ForwardedPort(context, client, listener, remote);
    } catch (IOException e) {
      listener.close();
      throw Refused.invalid(
          "LOCAL",
          address + ":" + local,
          "cannot be listened on: " + e.getMessage(),
          "Give another port before the colon, like 3001:" + remote + ".");
    }
  }

  int local() {
    return listener.getLocalPort();
  }

  int remote() {
    return remote;
  }

  void start() {
    thread.start();
  }

  void join() throws InterruptedException {
    thread.join();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket here = listener.accept();
        Thread.ofVirtual().name("connection to port " + remote).start(() -> relay(here));
      } catch (IOException e) {
        return; // It was closed.
      }
    }
  }

  private void relay(Socket here) {
    try (here) {
      here.setTcpNoDelay(true);
      String ending =
          client.relay(
              remote,
              new PortClient.Local() {
                @Override
                public InputStream input() throws IOException {
                  return here.getInputStream();
                }

                @Override
                public OutputStream output() throws IOException {
                  return here.getOutputStream();
                }

                @Override
                public void endOutput() throws IOException {
                  here.shutdownOutput();
                }
              });
      if (!ending.isEmpty()) {
        here.setSoLinger(true, 0); // A reset: it did not end well.
        context.err().println("visco: port " + remote + ": " + ending);
      }
    } catch (IOException e) {
      context.err().println("visco: port " + remote + ": " + e.getMessage());
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      context.err().println("visco: port " + remote + ": " + e.getMessage());
    }
  }
}
