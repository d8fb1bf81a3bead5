package dev.visco.session.ssh;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntry;
import org.apache.sshd.client.session.ClientConnectionServiceFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.core.CoreModuleProperties;

/** The SSH library, set up for guests whose host key is known before. One for the process. */
public final class SshTransport {
  /** A guest that does not answer this many keep-alive messages in a row counts as gone. */
  private static final int MAX_SILENT = 3;

  /** What one channel may have received that nobody has read yet, in bytes. */
  private static final long WINDOW = 1 << 20;

  /** The largest packet that a peer may ask for: as much is collected before it is sent. */
  private static final long MAX_PACKET = 1 << 20;

  /** Longer than anything lives: how long a guest may take to read is the caller's matter. */
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private static final AttributeKey<PinnedKey> PINNED = new AttributeKey<>();
  private static final AttributeKey<Duration> ALIVE = new AttributeKey<>();
  private static final SshClient CLIENT = client();

  private SshTransport() {}

  /** The only host key that a peer may have. It records whether the peer has shown it. */
  public static final class PinnedKey {
    private final PublicKey key;
    private volatile boolean isShown;
    private volatile boolean isOther;

    public PinnedKey(PublicKey key) {
      this.key = key;
    }

    private boolean accepts(PublicKey shown) {
      isShown = KeyUtils.compareKeys(key, shown);
      isOther = !isShown;
      return isShown;
    }

    /** Whether the peer has proven to have it: a failure after that is one of the sign-in. */
    public boolean isShown() {
      return isShown;
    }

    /** Whether the peer has shown another one. */
    public boolean isOther() {
      return isOther;
    }
  }

  /**
   * Signs in as root.
   *
   * @param peer its address, for messages
   * @param alive interval of keep-alive messages
   * @param deadline time limit for each of key exchange and sign-in; a peer that sends a byte now
   *     and then is the caller's to bound, by closing the socket
   * @throws IOException when it did not succeed; the socket is then closed
   */
  public static ClientSession signIn(
      ConnectedSocket socket,
      InetSocketAddress peer,
      PinnedKey hostKey,
      KeyPair identity,
      Duration alive,
      Duration deadline)
      throws IOException {
    ClientSession session = null;
    boolean isSignedIn = false;
    try {
      var entry = new HostConfigEntry("", peer.getHostString(), peer.getPort(), "root", null);
      entry.setIdentitiesOnly(true);
      var context =
          AttributeRepository.ofAttributesMap(
              Map.of(
                  SocketConnector.SOCKET,
                  socket,
                  PINNED,
                  hostKey,
                  SignedAtOnce.IDENTITY,
                  identity,
                  ALIVE,
                  alive));
      session = CLIENT.connect(entry, context, null).verify(deadline).getSession();
      session.addPublicKeyIdentity(identity);
      session.auth().verify(deadline);
      isSignedIn = true;
      return session;
    } finally {
      if (!isSignedIn) {
        if (session != null) {
          session.close(true);
        }
        socket.close();
      }
    }
  }

  private static SshClient client() {
    JdkProvider.register();
    SshClient client =
        ClientBuilder.builder()
            .serverKeyVerifier((session, address, key) ->
                Objects.requireNonNull(session.getConnectionContext())
                    .getAttribute(PINNED)
                    .accepts(key))
            .hostConfigEntryResolver(
                org.apache.sshd.client.config.hosts.HostConfigEntryResolver.EMPTY)
            .build();
    client.setIoServiceFactoryFactory(new SocketConnectors());
    client.setScheduledExecutorService(timer(), false);
    client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
    client.setServiceFactories(List.of(new SignedAtOnce.Factory(), new KeptAlive()));
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setSignatureFactories(List.of(BuiltinSignatures.ed25519));
    // The cheapest key exchange that both ends know: packets stay in the host's memory, where one
    // that resists quantum computers protects nothing and costs an emulated guest 0.1 s. For P-256
    // a guest's sshd has its processor's own code, and for Curve25519 plain C, which takes twice as
    // long.
    client.setKeyExchangeFactories(
        List.of(
            ClientBuilder.DH2KEX.apply(BuiltinDHFactories.ecdhp256),
            ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519),
            ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519_libssh)));
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MAX_SILENT);
    CoreModuleProperties.HEARTBEAT_REQUEST.set(client, "keepalive@visco");
    CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.WINDOW_SIZE.set(client, WINDOW);
    CoreModuleProperties.LIMIT_PACKET_SIZE.set(client, MAX_PACKET);
    CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(client, FOR_EVER);
    CoreModuleProperties.REQUEST_EXEC_REPLY.set(client, true);
    client.start();
    return client;
  }

  /** The library reads the interval of keep-alive messages when it makes this service. */
  private static final class KeptAlive extends ClientConnectionServiceFactory {
    @Override
    public Service create(Session session) throws IOException {
      AttributeRepository context =
          Objects.requireNonNull(((ClientSession) session).getConnectionContext());
      CoreModuleProperties.HEARTBEAT_INTERVAL.set(session, context.getAttribute(ALIVE));
      return super.create(session);
    }
  }

  private static ScheduledExecutorService timer() {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name("ssh timer").factory());
  }
}
