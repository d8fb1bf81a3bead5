package dev.visco.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Cidr;
import dev.visco.model.EgressPolicy;
import dev.visco.model.Ipv4;
import dev.visco.model.UpstreamProxy;
import dev.visco.relay.secret.InterceptedHost;
import dev.visco.relay.secret.Interception;
import dev.visco.relay.secret.NotPassedOn;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A relay between sockets of this process: where a connection went is told by the test, as the
 * kernel's connection tracking tells it in a slot.
 */
@Timeout(120)
class GuestRelayTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();
  private static final String LOGIN = "alice:secret";
  private static final int PLACES = 4;

  private final Semaphore all = new Semaphore(100);
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private volatile @Nullable InetSocketAddress destination;
  private ServerSocket web;
  private SmallProxy proxy;
  private DatagramSocket nameserver;
  private RelaySockets sockets;

  @BeforeEach
  void open() throws IOException {
    web = keep(new ServerSocket(0, 50, HERE));
    proxy = keep(proxy("www.example.com:443", "www.example.com:80", "www.example.com:22"));
    nameserver = keep(new DatagramSocket(0, HERE));
    Thread.ofVirtual().start(this::answerNames);
    ServerSocketChannel connections = ServerSocketChannel.open();
    connections.bind(new InetSocketAddress(HERE, 0));
    DatagramChannel queries = DatagramChannel.open();
    queries.bind(new InetSocketAddress(HERE, 0));
    sockets =
        new RelaySockets(
            (InetSocketAddress) connections.getLocalAddress(),
            connections,
            queries,
            (local, peer) -> Optional.ofNullable(destination),
            () -> {});
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : toClose.reversed()) {
      one.close();
    }
    Awaitility.await("all places are given back").until(() -> all.availablePermits() == 100);
  }

  private <T extends AutoCloseable> T keep(T one) {
    toClose.add(one);
    return one;
  }

  private SmallProxy proxy(String... names) throws IOException {
    var at = new InetSocketAddress(HERE, web.getLocalPort());
    var all = new HashMap<String, InetSocketAddress>();
    for (String name : names) {
      all.put(name, at);
    }
    all.put("198.51.100.7:22", at);
    all.put("198.51.100.7:443", at);
    return new SmallProxy(HERE, 0, LOGIN, Map.copyOf(all));
  }

  /** Every name is at 10.1.2.3, but those of {@code public.}. */
  private void answerNames() {
    byte[] bytes = new byte[512];
    try {
      while (true) {
        var packet = new DatagramPacket(bytes, bytes.length);
        nameserver.receive(packet);
        DnsMessage.Question question = DnsMessage.question(bytes, packet.getLength()).orElseThrow();
        boolean isPublic = question.name().startsWith("public.");
        byte[] answer =
            DnsMessage.answer(
                question, 0, List.of(Ipv4.of("a", isPublic ? "198.51.100.9" : "10.1.2.3")), 1);
        nameserver.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private EgressPolicy by(String scheme, SmallProxy which, List<String> allow) {
    var upstream = UpstreamProxy.of(scheme + "://alice@127.0.0.1:" + which.port());
    return new EgressPolicy(null, upstream, allow, List.of());
  }

  private Dialer dialer(EgressPolicy policy, String password) {
    return new Dialer(
        policy,
        () -> password.getBytes(StandardCharsets.UTF_8),
        new NameLookup(
            () -> (InetSocketAddress) nameserver.getLocalSocketAddress(),
            new Random(1),
            Duration.ofSeconds(5)),
        new AddressGuard(
            () -> List.of(Cidr.of("pool", "192.0.2.0/24")),
            List.of(Cidr.of("proxies", "127.0.0.0/8"))),
        Duration.ofSeconds(5));
  }

  private GuestRelay relay(EgressPolicy policy) {
    return keep(
        new GuestRelay(
            "vm-test",
            sockets,
            RelayRules.of(dialer(policy, "secret")),
            new RelayLimits(PLACES, all, Duration.ofMillis(700)),
            InstantSource.system()));
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(address, port);
  }

  /** A connection of the guest to this address. */
  private Socket guest(InetSocketAddress to) throws IOException {
    destination = to;
    Socket guest = keep(new Socket(HERE, sockets.gateway().getPort()));
    guest.setSoTimeout(20_000);
    return guest;
  }

  /** The address that the guest is told for a name. */
  private InetSocketAddress told(String name, int port) throws IOException {
    byte[] query = DnsMessage.query((short) 9, name);
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(20_000);
      socket.connect(sockets.queries().getLocalAddress());
      socket.send(new DatagramPacket(query, query.length));
      var packet = new DatagramPacket(new byte[512], 512);
      socket.receive(packet);
      return at(
          DnsMessage.read(packet.getData(), packet.getLength(), query)
              .orElseThrow()
              .addresses()
              .getFirst()
              .toString(),
          port);
    }
  }

  private static void assertReset(Socket guest) {
    assertThatThrownBy(
            () -> {
              if (guest.getInputStream().read() < 0) {
                throw new IOException("ended");
              }
            })
        .isInstanceOf(IOException.class);
  }

  private static RefusedTraffic last(GuestRelay relay) {
    Awaitility.await().until(() -> !relay.refused().isEmpty());
    return relay.refused().getLast();
  }

  @Test
  void aNameIsPassedOnAsANameAndBytesGoBothWaysToTheirEnd() throws Exception {
    for (String scheme : List.of("socks5", "http")) {
      try (var one = relay(by(scheme, proxy, List.of()))) {
        Socket guest = guest(told("www.example.com", 22));
        try (Socket server = web.accept()) {
          guest.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
          guest.shutdownOutput();
          assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("hello");
          server.getOutputStream().write("and you".getBytes(StandardCharsets.US_ASCII));
          server.shutdownOutput();
          assertThat(guest.getInputStream().readAllBytes()).asString().isEqualTo("and you");
        }
        assertThat(proxy.asked().getLast()).isEqualTo("www.example.com:22");
        assertThat(one.refused()).isEmpty();
        Awaitility.await().until(() -> one.connections() == 0);
      }
      open();
    }
  }

  @Test
  void anAddressIsPassedOnAsOneUnlessItIsPrivate() throws Exception {
    GuestRelay relay = relay(by("socks5", proxy, List.of()));
    Socket guest = guest(at("198.51.100.7", 22));
    try (Socket server = web.accept()) {
      guest.getOutputStream().write(7);
      assertThat(server.getInputStream().read()).isEqualTo(7);
    }
    for (String closed : List.of("10.1.2.3", "127.0.0.1", "169.254.169.254", "192.0.2.7")) {
      assertReset(guest(at(closed, 22)));
      assertThat(last(relay))
          .satisfies(one -> {
            assertThat(one.destination()).isEqualTo(closed);
            assertThat(one.rule()).isEqualTo(AddressGuard.PRIVATE);
          });
    }
    assertReset(guest(at("198.18.77.77", 22)));
    assertThat(last(relay).rule()).isEqualTo(RelaySession.FORGOTTEN_NAME);
    assertThat(proxy.asked()).containsExactly("198.51.100.7:22");
  }

  @Test
  void aNameThatIsAtAPrivateAddressIsRefusedAfterItWasResolved() throws Exception {
    GuestRelay relay = relay(new EgressPolicy(null, null, List.of("*.example.com"), List.of()));
    assertReset(guest(told("rebound.example.com", 22)));
    assertThat(last(relay))
        .satisfies(one -> {
          assertThat(one.destination()).isEqualTo("rebound.example.com");
          assertThat(one.rule()).isEqualTo(AddressGuard.PRIVATE);
        });
  }

  @Test
  void rulesByAddressAreAskedAfterANameWasResolved() throws Exception {
    GuestRelay relay =
        relay(new EgressPolicy(null, null, List.of("198.51.100.0/25"), List.of("198.51.100.9")));
    assertReset(guest(told("public.example.com", 22)));
    assertThat(last(relay).rule()).isEqualTo("deny 198.51.100.9");
    assertReset(guest(at("203.0.113.9", 22)));
    assertThat(last(relay).rule()).isEqualTo(PolicyJudge.NOT_ALLOWED);
  }

  @Test
  void whenTheProxyIsDownOrRefusesNothingLeaves() throws Exception {
    GuestRelay relay = relay(by("socks5", proxy, List.of()));
    relay.use(RelayRules.of(dialer(by("socks5", proxy, List.of()), "wrong")));
    assertReset(guest(at("198.51.100.7", 22)));
    assertThat(last(relay).detail()).contains("refuses its name and password");
    relay.use(RelayRules.of(dialer(by("http", proxy, List.of()), "wrong")));
    assertReset(guest(at("198.51.100.7", 22)));
    assertThat(last(relay).detail()).contains("407").doesNotContain("wrong");
    relay.use(RelayRules.of(dialer(by("http", proxy, List.of()), "secret")));
    proxy.close();
    assertReset(guest(at("198.51.100.7", 22)));
    assertThat(last(relay))
        .satisfies(one -> {
          assertThat(one.rule()).isEqualTo(Dialer.PROXY);
          assertThat(one.count()).isEqualTo(3);
        });
    web.setSoTimeout(300);
    assertThatThrownBy(web::accept).isInstanceOf(IOException.class);
  }

  @Test
  void whereRulesAreByNameAConnectionIsForTheNameThatItTells() throws Exception {
    GuestRelay relay = relay(by("socks5", proxy, List.of("www.example.com")));
    // Whatever address a file of the guest's has for it.
    Socket guest = guest(at("203.0.113.99", 443));
    byte[] hello = Hellos.real("www.example.com");
    guest.getOutputStream().write(hello);
    try (Socket server = web.accept()) {
      assertThat(server.getInputStream().readNBytes(hello.length)).isEqualTo(hello);
    }
    assertThat(proxy.asked()).containsExactly("www.example.com:443");
    InetSocketAddress front = told("www.example.com", 443);
    Map<byte[], String> refused =
        Map.of(
            Hellos.real("evil.example.org"), PolicyJudge.NOT_ALLOWED,
            Hellos.with(), TlsHello.NO_SERVER_NAME,
            Hellos.with(Hellos.serverName("www.example.com"), Hellos.extension(0xfe0d, hello)),
                TlsHello.ENCRYPTED_HELLO,
            "SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII), TlsHello.NO_TLS);
    for (var one : refused.entrySet()) {
      Socket bad = guest(front);
      bad.getOutputStream().write(one.getKey());
      assertReset(bad);
      assertThat(last(relay).rule()).isEqualTo(one.getValue());
    }
    Socket bad = guest(told("www.example.com", 80));
    bad.getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: evil\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertReset(bad);
    assertThat(last(relay).rule()).isEqualTo(PolicyJudge.NOT_ALLOWED);
    assertReset(guest(at("198.51.100.7", 22)));
    assertThat(proxy.asked()).containsExactly("www.example.com:443");
  }

  @Test
  void slowHalfAndHugeHellosAreGivenUp() throws Exception {
    GuestRelay relay = relay(by("socks5", proxy, List.of("www.example.com")));
    Socket silent = guest(at("203.0.113.99", 443));
    byte[] hello = Hellos.real("www.example.com");
    Socket half = guest(at("203.0.113.99", 443));
    half.getOutputStream().write(Arrays.copyOf(hello, 40));
    assertReset(silent);
    assertReset(half);
    assertThat(last(relay).rule()).isEqualTo(RelaySession.NO_HELLO);
    Socket slow = guest(at("203.0.113.99", 443));
    assertThatThrownBy(
            () -> {
              for (byte one : hello) {
                slow.getOutputStream().write(one);
                Thread.sleep(20);
              }
            })
        .isInstanceOf(IOException.class);
    Socket huge = guest(at("203.0.113.99", 80));
    byte[] many =
        ("GET / HTTP/1.1\r\nX: " + "y".repeat(60_000)).getBytes(StandardCharsets.US_ASCII);
    try {
      huge.getOutputStream().write(many);
    } catch (IOException e) {
      // It was given up while it came.
    }
    assertReset(huge);
    assertThat(last(relay).detail()).contains("too many");
    assertThat(proxy.asked()).isEmpty();
  }

  @Test
  void nobodyIsReadFasterThanTheOtherSideTakesIt() throws Exception {
    relay(by("socks5", proxy, List.of()));
    Socket guest = guest(at("198.51.100.7", 22));
    try (Socket server = web.accept()) {
      var written = new AtomicLong();
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                byte[] some = new byte[1 << 16];
                try {
                  while (written.addAndGet(some.length) < 1 << 30) {
                    guest.getOutputStream().write(some);
                  }
                } catch (IOException e) {
                  // The test has ended.
                }
              });
      Awaitility.await("it stands still")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> {
            long before = written.get();
            Thread.sleep(800);
            return written.get() == before;
          });
      assertThat(written.get()).isLessThan(100 << 20);
      assertThat(server.isConnected()).isTrue();
      guest.close();
      writer.join();
    }
  }

  @Test
  void aGuestHasSoManyPlacesAndNoMore() throws Exception {
    GuestRelay relay = relay(by("socks5", proxy, List.of()));
    var held = new ArrayList<Socket>();
    for (int count = 0; count < PLACES; count++) {
      held.add(guest(at("198.51.100.7", 22)));
      held.add(keep(web.accept()));
    }
    assertReset(guest(at("198.51.100.7", 22)));
    assertThat(last(relay).rule()).isEqualTo(GuestRelay.TOO_MANY);
    held.get(0).close();
    held.get(1).close();
    Awaitility.await().until(() -> relay.connections() < PLACES);
    guest(at("198.51.100.7", 22)).getOutputStream().write(1);
    try (Socket server = web.accept()) {
      assertThat(server.getInputStream().read()).isEqualTo(1);
    }
  }

  @Test
  void anotherPolicyEndsWhatTheEarlierOneOpenedAndSendsNothingMoreByIt() throws Exception {
    try (var other = proxy()) {
      GuestRelay relay = relay(by("socks5", proxy, List.of()));
      Socket guest = guest(at("198.51.100.7", 22));
      try (Socket server = web.accept()) {
        guest.getOutputStream().write(1);
        assertThat(server.getInputStream().read()).isEqualTo(1);
        relay.use(RelayRules.of(dialer(by("http", other, List.of()), "secret")));
        assertReset(guest);
        int asked = proxy.asked().size();
        Socket again = guest(at("198.51.100.7", 22));
        try (Socket second = web.accept()) {
          again.getOutputStream().write(2);
          assertThat(second.getInputStream().read()).isEqualTo(2);
        }
        assertThat(proxy.asked()).hasSize(asked);
        assertThat(other.asked()).containsExactly("198.51.100.7:22");
      }
    }
  }

  /** The requests of one host get a secret, which cannot be had now. */
  private static final class OneHost implements Interception, InterceptedHost {
    @Override
    public boolean isAny() {
      return true;
    }

    @Override
    public Optional<InterceptedHost> host(String name) {
      return name.equals("api.example.com") ? Optional.of(this) : Optional.empty();
    }

    @Override
    public SSLContext server() throws NotPassedOn {
      throw NotPassedOn.noSecret("the vault cannot be read");
    }

    @Override
    public List<ExchangedField> fields() {
      return List.of();
    }
  }

  @Test
  void onlyHostsWhoseRequestsGetASecretAreLookedIntoAndOthersPassByteByByte() throws Exception {
    GuestRelay relay = relay(by("socks5", proxy, List.of()));
    RelayRules rules = RelayRules.of(dialer(by("socks5", proxy, List.of()), "secret"));
    relay.use(new RelayRules(rules.dialer(), new OneHost(), rules.tls()));
    byte[] hello = Hellos.real("www.example.com");
    byte[] ssh = "SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII);
    for (byte[] first : List.of(hello, ssh)) {
      Socket guest = guest(at("198.51.100.7", 443));
      guest.getOutputStream().write(first);
      try (Socket server = web.accept()) {
        assertThat(server.getInputStream().readNBytes(first.length)).isEqualTo(first);
      }
    }
    Socket silent = guest(at("198.51.100.7", 443));
    try (Socket server = web.accept()) {
      server.getOutputStream().write(7);
      assertThat(silent.getInputStream().read()).as("a server that speaks first").isEqualTo(7);
    }
    assertThat(proxy.asked()).containsOnly("198.51.100.7:443").hasSize(3);
    Socket closed = guest(at("198.51.100.7", 443));
    closed.getOutputStream().write(Hellos.real("api.example.com"));
    assertReset(closed);
    assertThat(last(relay))
        .satisfies(one -> {
          assertThat(one.destination()).isEqualTo("api.example.com");
          assertThat(one.rule()).isEqualTo("no-secret");
          assertThat(one.detail()).contains("the vault cannot be read");
        });
    assertThat(proxy.asked()).hasSize(3);
  }

  @Test
  void namesAreAnsweredByTcpToo() throws Exception {
    relay(by("socks5", proxy, List.of()));
    byte[] query = DnsMessage.query((short) 5, "www.example.com");
    Socket guest = guest(new InetSocketAddress(sockets.gateway().getAddress(), 53));
    for (int count = 0; count < 2; count++) {
      guest.getOutputStream().write(new byte[] {0, (byte) query.length});
      guest.getOutputStream().write(query);
      int length = guest.getInputStream().read() << 8 | guest.getInputStream().read();
      byte[] answer = guest.getInputStream().readNBytes(length);
      assertThat(DnsMessage.read(answer, length, query).orElseThrow().addresses()).hasSize(1);
    }
  }

  @Test
  void aSourceAddressThatTheHostHasNotIsNoWayOut() throws Exception {
    GuestRelay relay = relay(new EgressPolicy("192.0.2.77", null, List.of(), List.of()));
    assertReset(guest(at("198.51.100.7", 22)));
    assertThat(last(relay).rule()).isEqualTo(Dialer.SOURCE);
  }
}
