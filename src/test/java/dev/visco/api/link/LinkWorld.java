package dev.visco.api.link;

import dev.visco.api.ApiServer;
import dev.visco.api.FakeVms;
import dev.visco.api.KnownTokens;
import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.Route;
import dev.visco.lifecycle.TestClock;
import dev.visco.link.LinkService.NewLink;
import dev.visco.link.Links;
import dev.visco.model.Access;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestConnection;
import dev.visco.session.UnsupportedSession;
import dev.visco.settings.PublicUrl;
import dev.visco.store.LinkRows;
import dev.visco.store.Store;
import dev.visco.wire.CreateRequest;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The API with links, on VMs that are fakes with programs of the test listening in them. */
final class LinkWorld implements AutoCloseable {
  static final String TOKEN = "visco-good";
  static final String OTHER = "visco-other";
  private static final int MAX = 100;

  final TestClock clock = new TestClock();
  final FakeVms vms;
  final Links links;
  final KnownTokens tokens =
      KnownTokens.of(TOKEN, Access.admin("admin")).with(OTHER, Access.admin("other"));
  final VmId vm;
  final AtomicInteger connections = new AtomicInteger();
  final List<String> heads = new CopyOnWriteArrayList<>();
  private final Store store;
  private final ApiServer server;
  private final ServerSocket listening;
  private volatile @Nullable App app;

  /** A program in the guest: what it does with a connection whose request's head was read. */
  interface App {
    void serve(String head, InputStream in, OutputStream out) throws IOException;
  }

  LinkWorld(Path folder, @Nullable PublicUrl url, Duration silence) throws IOException {
    store = Store.open(folder.resolve("store"));
    vms = new FakeVms(folder);
    links =
        new Links(
            new LinkRows(store, store.host()),
            vms,
            token -> tokens.isCurrent(token, null),
            clock,
            RandomGenerator.getDefault());
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
    vms.sessionsAre(Dialing::new);
    var sites = new LinkSites(url, false, false);
    var routes = new ArrayList<Route>(new LinkRoutes(links, sites).routes());
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), null),
            routes,
            AccessControl.of(Authenticator.ofTokens(tokens)),
            () -> {},
            () -> true,
            new LinkHandler.LinkServing(
                links, vms, sites, header -> header.contains(TOKEN), MAX, false, clock, silence));
    vm = ready(8080, 3000);
  }

  /** A VM that runs, with these ports open. */
  VmId ready(Integer... ports) {
    VmId id = vms.create(CreateRequest.of("anna", "cli").ports(List.of(ports)).build(), null).id();
    vms.settle(id, VmState.READY, null);
    return id;
  }

  int port() {
    return server.port();
  }

  /** The host name of a port of a VM's. */
  String host(int port, VmId of) {
    return port + "-" + of + ".localhost:" + port();
  }

  String host() {
    return host(8080, vm);
  }

  String origin() {
    return "http://" + host();
  }

  /** A link's secret. */
  String secret() {
    return create(Duration.ofHours(1)).secret();
  }

  NewLink create(Duration life) {
    return links.create(vm, 8080, life);
  }

  void runs(App program) {
    app = program;
  }

  /** One that answers each request with these words. */
  void says(String... answer) {
    runs(
        (head, in, out) -> out.write(String.join("\r\n", answer).getBytes(StandardCharsets.UTF_8)));
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      String head = head(in);
      heads.add(head);
      App program = app;
      if (program != null) {
        program.serve(head, in, socket.getOutputStream());
      }
    } catch (IOException e) {
      // The visit has ended.
    }
  }

  static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
      int one = in.read();
      if (one < 0) {
        throw new IOException("it ended in the head: " + head);
      }
      head.write(one);
    }
    return head.toString(StandardCharsets.UTF_8);
  }

  /** A session whose connections lead to the test's program. */
  private final class Dialing extends UnsupportedSession {
    @Override
    public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
      if (app == null) {
        throw new GuestConnection.NotOpened("the guest opened no connection", false);
      }
      var socket = new Socket(InetAddress.getLoopbackAddress(), listening.getLocalPort());
      connections.incrementAndGet();
      return new Dialed(socket, socket.getInputStream(), new HalfClosing(socket));
    }

    @Override
    public void close() {}
  }

  /** Ends what is sent, as a channel of SSH does. */
  private static final class HalfClosing extends FilterOutputStream {
    private final Socket socket;

    HalfClosing(Socket socket) throws IOException {
      super(socket.getOutputStream());
      this.socket = socket;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      socket.shutdownOutput();
    }
  }

  private final class Dialed implements GuestConnection {
    private final Socket socket;
    private final InputStream input;
    private final OutputStream output;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    Dialed(Socket socket, InputStream input, OutputStream output) {
      this.socket = socket;
      this.input = input;
      this.output = output;
    }

    @Override
    public InputStream input() {
      return input;
    }

    @Override
    public OutputStream output() {
      return output;
    }

    @Override
    public void close() {
      try {
        socket.close();
        // Closed by the visit and by its watch, perhaps at once.
        if (isClosed.compareAndSet(false, true)) {
          connections.decrementAndGet();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** An answer as it came. */
  record Raw(int status, String head, String body, boolean isWhole) {
    String header(String name) {
      return head.lines()
          .filter(line -> line.toLowerCase().startsWith(name.toLowerCase() + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }
  }

  /** Sends bytes as they are. */
  Socket open(String request) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(30_000);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  /** Asks with these header fields besides Host, and reads until the connection ends. */
  Raw ask(String method, String target, String... headers) throws IOException {
    return askAt(host(), method, target, headers);
  }

  Raw askAt(String host, String method, String target, String... headers) throws IOException {
    var request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    try (Socket socket = open(request + "Connection: close\r\n\r\n")) {
      return read(socket.getInputStream(), method.equals("HEAD"));
    }
  }

  static Raw read(InputStream in, boolean isHead) throws IOException {
    String head = head(in);
    int status = Integer.parseInt(head.split(" ", 3)[1]);
    var body = new ByteArrayOutputStream();
    boolean isWhole = true;
    if (head.toLowerCase().contains("transfer-encoding: chunked")) {
      isWhole = chunks(in, body);
    } else if (!isHead) {
      in.transferTo(body);
    }
    return new Raw(status, head, body.toString(StandardCharsets.UTF_8), isWhole);
  }

  /** False when the last chunk is missing. */
  private static boolean chunks(InputStream in, ByteArrayOutputStream body) throws IOException {
    while (true) {
      String size = line(in);
      if (size.isEmpty()) {
        return false;
      }
      int length = Integer.parseInt(size, 16);
      body.write(in.readNBytes(length));
      line(in);
      if (length == 0) {
        return true;
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int one = in.read(); one >= 0 && one != '\n'; one = in.read()) {
      if (one != '\r') {
        line.append((char) one);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
    listening.close();
    store.close();
  }
}
