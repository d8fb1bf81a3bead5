package dev.visco.relay;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An upstream proxy that speaks SOCKS5 and HTTP's CONNECT at one port, wants a name and password,
 * and knows names of its own.
 */
public final class SmallProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final String login;
  private final Map<String, InetSocketAddress> names;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /**
   * @param login {@code NAME:PASSWORD}
   * @param names where names are, by {@code NAME:PORT}; others are looked for as they are
   */
  SmallProxy(InetAddress at, int port, String login, Map<String, InetSocketAddress> names)
      throws IOException {
    this.listener = new ServerSocket(port, 50, at);
    this.login = login;
    this.names = names;
    Thread.ofVirtual().start(this::accept);
  }

  /** {@code ADDRESS PORT LOGIN NAME:PORT=ADDRESS:PORT …}: one in a namespace. Runs until killed. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var names = new HashMap<String, InetSocketAddress>();
    for (int at = 3; at < arguments.length; at++) {
      String[] pair = arguments[at].split("=", 2);
      String[] target = pair[1].split(":", 2);
      names.put(pair[0], new InetSocketAddress(target[0], Integer.parseInt(target[1])));
    }
    new SmallProxy(
        InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1]), arguments[2], names);
    System.out.println("ready");
    Thread.sleep(Long.MAX_VALUE);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** {@code HOST:PORT} of each connection that it was asked for. */
  List<String> asked() {
    return asked;
  }

  private void accept() {
    while (true) {
      try {
        Socket one = listener.accept();
        sockets.add(one);
        Thread.ofVirtual()
            .start(() -> {
              try (one) {
                serve(one);
              } catch (IOException e) {
                // It has ended.
              }
            });
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) throws IOException {
    InputStream in = client.getInputStream();
    int first = in.read();
    String target = first == 5 ? socks(client) : connect(client, first);
    if (target.isEmpty()) {
      return;
    }
    asked.add(target);
    int colon = target.lastIndexOf(':');
    InetSocketAddress to =
        names.getOrDefault(
            target,
            new InetSocketAddress(
                target.substring(0, colon), Integer.parseInt(target.substring(colon + 1))));
    try (var outside = new Socket()) {
      sockets.add(outside);
      outside.connect(to, 3000);
      client
          .getOutputStream()
          .write(
              first == 5
                  ? new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
                  : "HTTP/1.1 200 yes\r\nX: y\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      Thread back = Thread.ofVirtual().start(() -> copy(outside, client));
      copy(client, outside);
      back.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // It has ended.
    }
  }

  private String socks(Socket client) throws IOException {
    var in = new DataInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    in.readNBytes(in.readUnsignedByte());
    out.write(new byte[] {5, 2});
    in.readUnsignedByte();
    String name = new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
    String password = new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
    boolean isRight = login.equals(name + ":" + password);
    out.write(new byte[] {1, (byte) (isRight ? 0 : 1)});
    if (!isRight) {
      return "";
    }
    in.readNBytes(3);
    String host =
        in.readUnsignedByte() == 3
            ? new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.US_ASCII)
            : InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
    return host + ":" + in.readUnsignedShort();
  }

  private String connect(Socket client, int first) throws IOException {
    var head = new StringBuilder().append((char) first);
    while (!head.toString().endsWith("\r\n\r\n")) {
      int next = client.getInputStream().read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    String basic = Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    if (!head.toString().contains("Proxy-Authorization: Basic " + basic + "\r\n")) {
      client.getOutputStream().write("HTTP/1.1 407 no\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return "";
    }
    return head.toString().split(" ", 3)[1];
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket one : sockets) {
      one.close();
    }
  }
}
