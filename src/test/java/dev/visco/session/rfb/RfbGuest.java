package dev.visco.session.rfb;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A VNC server on loopback that does what a test's script says. */
public final class RfbGuest implements AutoCloseable {
  /** What it says of its desktop: 2 × 1 pixels, 32 bits each, a name. */
  public static final byte[] SERVER_INIT = serverInit();

  private final ServerSocket listener;
  private final VncPassword password;
  private final Script script;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final List<Socket> fillers = new CopyOnWriteArrayList<>();

  /** What it does with a connection; when it returns, the connection is closed. */
  public interface Script {
    void serve(Connection connection) throws IOException;
  }

  private RfbGuest(ServerSocket listener, VncPassword password, Script script) {
    this.listener = listener;
    this.password = password;
    this.script = script;
  }

  /** With a script for the whole connection, its handshake too. */
  public static RfbGuest start(VncPassword password, Script script) {
    RfbGuest guest = bound(128, password, script);
    guest.answer();
    return guest;
  }

  private static RfbGuest bound(int backlog, VncPassword password, Script script) {
    try {
      var listener = new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
      return new RfbGuest(listener, password, script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that authenticates as it should, shows its desktop, and then follows the script. */
  public static RfbGuest desktop(VncPassword password, Script then) {
    return start(password, desktopScript(password, then));
  }

  private static Script desktopScript(VncPassword password, Script then) {
    return connection -> {
      connection.authenticate(password);
      connection.init();
      then.serve(connection);
    };
  }

  /** The same; but no SYN is answered before {@link #answer}: its queue is full. */
  public static RfbGuest silentDesktop(VncPassword password, Script then) {
    RfbGuest guest = bound(1, password, desktopScript(password, then));
    try {
      // Linux takes one more than the backlog, and then drops what comes.
      for (int at = 0; at < 2; at++) {
        guest.fillers.add(new Socket(InetAddress.getLoopbackAddress(), guest.port()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return guest;
  }

  public void answer() {
    Thread.ofVirtual().name("rfb guest").start(this::accept);
  }

  /** One that keeps what it is sent and says nothing more. */
  public static RfbGuest listening(VncPassword password) {
    return desktop(password, Connection::listen);
  }

  private static byte[] serverInit() {
    byte[] name = "a desktop".getBytes(StandardCharsets.US_ASCII);
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0, 2, 0, 1});
    bytes.writeBytes(new byte[] {32, 24, 0, 1, 0, -1, 0, -1, 0, -1, 16, 8, 0, 0, 0, 0});
    bytes.writeBytes(new byte[] {0, 0, 0, (byte) name.length});
    bytes.writeBytes(name);
    return bytes.toByteArray();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var connection = new Connection(listener.accept());
        connections.add(connection);
        Thread.ofVirtual().name("rfb guest's").start(() -> connection.run(script));
      } catch (IOException e) {
        // It is closed.
      }
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
  }

  public VncPassword password() {
    return password;
  }

  /** Those that there were, oldest first. */
  public List<Connection> connections() {
    return connections;
  }

  /**
   * One that has ended: its port is closed, and nobody else's meanwhile. Other tests of this
   * process open ports at any time.
   */
  public static RfbGuest gone(VncPassword password) {
    while (true) {
      RfbGuest guest = listening(password);
      int port = guest.port();
      guest.close();
      try {
        Socket holder = new Socket();
        guest.fillers.add(holder);
        holder.setReuseAddress(true);
        holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return guest;
      } catch (BindException e) {
        // Another process was faster; the next port is ours.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket filler : fillers) {
        filler.close();
      }
      for (Connection connection : connections) {
        connection.socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One client of it. */
  public static final class Connection {
    private final Socket socket;
    public final DataInputStream in;
    public final DataOutputStream out;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean hasEnded;

    /** ClientInit's byte; -1 before it. */
    public volatile int shared = -1;

    Connection(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(socket.getInputStream());
      this.out = new DataOutputStream(socket.getOutputStream());
    }

    private void run(Script script) {
      try (socket) {
        script.serve(this);
      } catch (IOException e) {
        // The other side has gone, or the test is over.
      } finally {
        hasEnded = true;
      }
    }

    /** RFB 3.8 with VNC authentication. */
    public void authenticate(VncPassword password) throws IOException {
      out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
      in.readNBytes(12);
      out.write(new byte[] {1, 2});
      in.readByte();
      byte[] challenge = new byte[16];
      new SecureRandom().nextBytes(challenge);
      out.write(challenge);
      boolean isRight = Arrays.equals(in.readNBytes(16), password.answer(challenge));
      out.writeInt(isRight ? 0 : 1);
      if (!isRight) {
        byte[] why = "Authentication failure".getBytes(StandardCharsets.US_ASCII);
        out.writeInt(why.length);
        out.write(why);
        throw new IOException("a wrong password");
      }
    }

    /** ClientInit and ServerInit. */
    public void init() throws IOException {
      shared = in.readByte();
      out.write(SERVER_INIT);
    }

    /** Keeps all that comes, to the end. */
    public void listen() throws IOException {
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        synchronized (received) {
          received.write(buffer, 0, count);
        }
      }
    }

    /** Says nothing more, and still takes what comes. */
    public void shutOutput() throws IOException {
      socket.shutdownOutput();
    }

    /** Sends without end; {@link #sent} tells how far it came. */
    public void flood(byte[] chunk) throws IOException {
      for (; ; ) {
        out.write(chunk);
        sent.addAndGet(chunk.length);
      }
    }

    public byte[] received() {
      synchronized (received) {
        return received.toByteArray();
      }
    }

    /** Bytes that were taken from it by {@link #flood}. */
    public long sent() {
      return sent.get();
    }

    public boolean hasEnded() {
      return hasEnded;
    }
  }
}
