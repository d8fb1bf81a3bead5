package dev.visco.api;

import dev.visco.api.openapi.AnswerCheck;
import dev.visco.api.tls.CurrentCertificate;
import dev.visco.cli.ApiAddress;
import dev.visco.cli.ServerTrust;
import dev.visco.cli.Visco;
import dev.visco.delivery.Deliveries;
import dev.visco.delivery.ToolCredentials;
import dev.visco.desktop.Desktops;
import dev.visco.diagnostics.Diagnostics;
import dev.visco.egress.Egress;
import dev.visco.events.CertificateEvents;
import dev.visco.events.EventLog;
import dev.visco.events.HttpPost;
import dev.visco.events.WebhookAddresses;
import dev.visco.events.WebhookSender;
import dev.visco.events.Webhooks;
import dev.visco.host.DiskRoom;
import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeHost;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.Limits;
import dev.visco.lifecycle.PowerService;
import dev.visco.lifecycle.VmViews;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.VmsOf;
import dev.visco.link.Links;
import dev.visco.model.Cidr;
import dev.visco.model.DiskReserve;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SampleTypes;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotDetails;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.network.Networks;
import dev.visco.network.SlotEgress;
import dev.visco.network.Uplink;
import dev.visco.placeholder.UserPlaceholders;
import dev.visco.prompt.Prompts;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Providers;
import dev.visco.relay.AddressGuard;
import dev.visco.relay.NameLookup;
import dev.visco.relay.secret.HostTls;
import dev.visco.rollout.RolloutService;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.KeptSessions;
import dev.visco.session.VmKeyring;
import dev.visco.settings.Settings;
import dev.visco.settings.SettingsReader;
import dev.visco.settings.TlsFiles;
import dev.visco.signin.LoginTrialService;
import dev.visco.signin.session.FakeSignInVms;
import dev.visco.signin.session.SignInLimits;
import dev.visco.signin.session.SignInServices;
import dev.visco.signin.session.SignIns;
import dev.visco.snapshot.SnapshotContentService;
import dev.visco.store.AdminToken;
import dev.visco.store.AuditRows;
import dev.visco.store.DesktopRows;
import dev.visco.store.EventRows;
import dev.visco.store.LinkRows;
import dev.visco.store.SecretRows;
import dev.visco.store.SignInRows;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.TokenRows;
import dev.visco.store.VmCredentialRows;
import dev.visco.store.VmRow;
import dev.visco.store.WebhookRows;
import dev.visco.sweep.SweepService;
import dev.visco.users.StoredAudit;
import dev.visco.users.Tokens;
import dev.visco.users.Users;
import dev.visco.users.VmsOfUser;
import dev.visco.vault.Credentials;
import dev.visco.vault.HostVault;
import dev.visco.vault.MasterKeySource;
import dev.visco.vault.Vault;
import dev.visco.vault.VaultKeys;
import dev.visco.vmm.MachineUsage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The daemon in one JVM with its tests: its real store, engine, users, tokens, audit and API over
 * HTTP, and the command line that asks it. Only the host is a fake: machines, disks and volumes are
 * those of a {@link FakeWorld}, where every guest boots at once. Services that nothing of this
 * stands behind (releases, sweep, diagnoses) answer with a fault.
 */
public final class FakeMachinesDaemon implements AutoCloseable {
  private final ConductorWorld world;
  private final HttpPost post;
  private final WebhookSender sender;
  private final Webhooks webhooks;
  private final ApiServer server;
  private final Map<String, String> more;
  private final @Nullable CurrentCertificate certificate;
  private final AtomicLong questions = new AtomicLong();
  private final Path data;
  private final FakeHost host = new FakeHost();
  private final InstantSource clock = InstantSource.system();
  private final HttpClient client = HttpClient.newHttpClient();
  private final AnswerCheck described;

  private final KeptSessions sessions = new KeptSessions();

  /** The VMs in which tools are signed in; their tool waits for ever unless a test says more. */
  public final FakeSignInVms signInVms =
      new FakeSignInVms((io, vm) -> new CompletableFuture<Integer>().get());

  private @Nullable SignIns signIns;
  private @Nullable Vms vms;

  /**
   * Its parts in this folder.
   *
   * @param limits of its host
   * @param more settings
   */
  private FakeMachinesDaemon(Path data, FakeWorld machines, Limits limits, Map<String, String> more)
      throws IOException {
    this.data = data;
    this.more = more;
    world = new ConductorWorld(data, machines, point -> {});
    world.slots.fill(limits.slots());
    world.start();
    var tokenRows = new TokenRows(world.store, "local");
    var random = new SecureRandom();
    var admin = new AdminToken(tokenRows, data.resolve("admin-token"), random, clock);
    admin.start();
    var webhookRows = new WebhookRows(world.store, world.store.host());
    var addresses = new WebhookAddresses(List.of(Cidr.of("network", "127.0.0.1/32")));
    post = new HttpPost(addresses);
    sender = new WebhookSender(webhookRows, post, world.store.events(), clock, random);
    webhooks = new Webhooks(webhookRows, sender, addresses, random, clock);
    sender.start();
    certificate = certificate();
    server =
        ApiServer.start(
            settings(),
            services(
                limits, new Tokens(tokenRows, admin, secret -> Optional.empty(), random, clock)),
            "build",
            SteadyClock.ofHost(),
            certificate);
    described = new AnswerCheck(new FakeServices(data).routes());
  }

  /** With room for whatever a test asks for. */
  public static FakeMachinesDaemon start(Path data) throws IOException {
    return start(data, new FakeWorld(), limits(100, 1_000_000, 1_000_000_000, 100_000));
  }

  /** The same with some settings. */
  public static FakeMachinesDaemon start(Path data, Map<String, String> settings)
      throws IOException {
    return new FakeMachinesDaemon(
        data, new FakeWorld(), limits(100, 1_000_000, 1_000_000_000, 100_000), settings);
  }

  /** On this world, with these limits. */
  public static FakeMachinesDaemon start(Path data, FakeWorld machines, Limits limits)
      throws IOException {
    return new FakeMachinesDaemon(data, machines, limits, Map.of());
  }

  /**
   * @param memoryMib of all VMs
   * @param diskMib of all disks
   * @param freeMib of its file system of 100,000 MiB, of which 128 are kept
   */
  public static Limits limits(int slots, long memoryMib, long diskMib, long freeMib) {
    return new Limits(
        100,
        memoryMib,
        8192,
        64,
        slots,
        "192.168.100.0/24",
        new Limits.DiskQuota(diskMib, diskMib, room(freeMib), image -> 1000));
  }

  private static DiskRoom room(long freeMib) {
    return new DiskRoom(() -> freeMib << 20, () -> 100_000L << 20, new DiskReserve(100, 128));
  }

  private Settings settings() {
    var flags = new HashMap<>(more);
    flags.put("data", data.toString());
    flags.put("listen", "127.0.0.1:0");
    flags.put("api.requests-per-second", "0");
    flags.putIfAbsent("vault.key-file", data.resolve("vault.key").toString());
    return new SettingsReader(data, data.resolve("no-configuration"), 8192).read(flags, Map.of());
  }

  private @Nullable CurrentCertificate certificate() {
    TlsFiles files = settings().tls();
    return files == null
        ? null
        : CurrentCertificate.open(
            files,
            TlsFiles.shown(data),
            clock,
            new CertificateEvents(new EventRows(world.store, world.store.host()), clock));
  }

  private Services services(Limits limits, Tokens tokens) throws IOException {
    var secretRows = new SecretRows(world.store, world.store.host());
    var events = new EventRows(world.store, world.store.host());
    var vaultKeys =
        new VaultKeys(
            MasterKeySource.of(settings().vault()),
            secretRows,
            world.store.facts(),
            events,
            clock,
            new SecureRandom());
    vaultKeys.open();
    var vault = new Vault(vaultKeys, secretRows, events, clock, new SecureRandom());
    Images images = MadeImages.with(host, data.resolve("images"), "cli");
    var networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            settings().pool(),
            new Uplink(Ipv4.of("nameserver", "192.0.2.53")));
    Path folder = data.resolve("vms");
    Vms vms = vms(limits, images, networks, folder);
    this.vms = vms;
    var desktops =
        new Desktops(
            new DesktopRows(world.store, world.store.host()),
            world.rows,
            images,
            networks,
            VmKeyring.inFolders(folder),
            vm -> {},
            world.uses,
            world.clocks(),
            new SecureRandom());
    UserPlaceholders placeholders = placeholders(vault);
    Egress egress = egress(networks, vault, placeholders);
    return new Services(
        vms,
        TYPES,
        Providers.read(List.of(Path.of("providers"))),
        absent(LoginTrialService.class),
        signIns(vms, vault),
        world.power,
        world.rebuilds,
        images,
        vms::imagesInUse,
        new Diagnostics(
            vms,
            images,
            work -> {
              throw new UnsupportedOperationException("a fake machine leaves no evidence");
            },
            networks,
            folder,
            1,
            Map::of),
        world.snapshots,
        new NoContents(),
        world.volumes,
        desktops,
        new Links(
            new LinkRows(world.store, world.store.host()),
            vms,
            token -> tokens.isCurrent(token, null),
            clock,
            new SecureRandom()),
        new Prompts(
            vms,
            vm -> false,
            Providers.read(List.of(Path.of("providers"))),
            ToolCredentials.NONE,
            ApiUnderTest.execs(),
            new Prompts.PromptLimits(4, Duration.ofDays(1)),
            clock),
        ApiUnderTest.execs(),
        egress,
        placeholders,
        absent(RolloutService.class),
        List::of,
        this::stats,
        new EventLog(new EventRows(world.store, world.store.host()), world.store.events()),
        webhooks,
        absent(SweepService.class),
        users(vms, egress),
        tokens,
        new StoredAudit(new AuditRows(world.store, world.store.host()), clock),
        new HostVault(vaultKeys, secretRows, world.store.facts(), () -> {}),
        new Credentials(vault, List.of()),
        deliveries(vault),
        ToolCredentials.NONE,
        started(),
        id -> {
          throw new UnsupportedOperationException("there is no screen");
        },
        List.of());
  }

  /** What is put into users' VMs is nobody's here. */
  private SignIns signIns(Vms vms, Vault vault) {
    SignIns made =
        new SignIns(
            new SignInRows(world.store, world.store.host()),
            new SignInServices(
                signInVms.of(vms),
                Providers.read(List.of(Path.of("providers"))),
                vault,
                new Credentials(vault, List.of()),
                credential -> List.of()),
            user -> {},
            new SignInLimits(2, Duration.ofMinutes(10), Duration.ofHours(1)),
            clock,
            SteadyClock.ofHost(),
            new SecureRandom());
    made.start();
    signIns = made;
    return made;
  }

  private UserPlaceholders placeholders(Vault vault) {
    return new UserPlaceholders(
        Providers.read(List.of(Path.of("providers"))),
        world.rows,
        world.store.facts(),
        vault,
        clock,
        new SecureRandom(),
        _ -> {});
  }

  /** Policies are kept; no slot is there that could get rules. */
  private Egress egress(Networks networks, Vault vault, UserPlaceholders placeholders) {
    return new Egress(
        world.rows,
        world.store.facts(),
        new SlotRows(world.store, world.store.host()),
        networks,
        new SlotEgress(host, networks),
        vault,
        new NameLookup(
            () -> new InetSocketAddress("192.0.2.53", 53), new Random(3), Duration.ofMillis(100)),
        new AddressGuard(networks::pools, List.of()),
        placeholders::interception,
        HostTls.ofJdk(Duration.ofSeconds(5)),
        clock,
        SteadyClock.ofHost());
  }

  /** Every ready VM uses a second of the processor, and more with each question. */
  private SortedMap<VmId, MachineUsage> stats() {
    var stats = new TreeMap<VmId, MachineUsage>();
    long asked = questions.incrementAndGet();
    for (VmRow row : world.rows.list(false)) {
      if (row.state() == VmState.READY) {
        stats.put(
            row.id(),
            new MachineUsage(
                asked * 1_000_000, 100 << 20, 400L << 20, 5_000_000, 1500, 999, 12_345, 7));
      }
    }
    return stats;
  }

  private Users users(Vms vms, Egress egress) {
    var of = new VmsOfUser(vms, id -> world.power.stop(id, PowerService.GRACE));
    return new Users(
        world.users,
        of::stopAll,
        user -> {
          of.destroyAll(user);
          world.volumes.list(user).forEach(volume -> world.volumes.remove(user, volume.name()));
        },
        egress::removeUser,
        clock);
  }

  private static Health started() {
    var health = new Health(List.of(), Set.of());
    health.started();
    return health;
  }

  /** Into guests that never answer. */
  private Deliveries deliveries(Vault vault) {
    return new Deliveries(
        world.rows,
        new VmCredentialRows(world.store, world.store.host()),
        vault,
        Providers.read(List.of(Path.of("providers"))),
        Placeholders.NONE,
        new SilentGuests(),
        user -> Set.of(),
        Duration.ofMinutes(5),
        clock);
  }

  private static <T> T absent(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.toString());
            }));
  }

  private Vms vms(Limits limits, Images images, Networks networks, Path folder) {
    var views = new VmViews(world.rows, networks);
    return VmsOf.of(
        world,
        limits,
        TYPES,
        images,
        views,
        new GuestAccess(
            new GuestSessions(), sessions, work -> Optional.empty(), VmKeyring.inFolders(folder)),
        new Counting(),
        folder,
        () -> VmSpec.QEMU);
  }

  private static final Map<String, VmType> TYPES =
      Map.of("cli", type("cli", List.of()), "browser", type("browser", List.of(5800)));

  private static VmType type(String name, List<Integer> ports) {
    return SampleTypes.of(name, null, ports, null);
  }

  /** The files of snapshots, of which a fake world has none. */
  private static final class NoContents implements SnapshotContentService {
    @Override
    public SnapshotDetails inspect(UserId owner, String name) {
      throw SnapshotRows.unknown(name);
    }

    @Override
    public SnapshotCheck verify(UserId owner, String name) {
      throw SnapshotRows.unknown(name);
    }

    @Override
    public Export export(UserId owner, String name) {
      throw SnapshotRows.unknown(name);
    }

    @Override
    public void checkImport(UserId owner, String name) {}

    @Override
    public Snapshot importFrom(UserId owner, String name, InputStream in) {
      throw new UnsupportedOperationException("there is no folder for it");
    }
  }

  /** Ids of VMs begin as those of the documents do: {@code vm-12000001}. */
  private static final class Counting implements RandomGenerator {
    private int next = 0x12000000;

    @Override
    public synchronized long nextLong() {
      return nextInt();
    }

    @Override
    public synchronized int nextInt() {
      return ++next;
    }
  }

  /** What a command printed, and its exit code. */
  public record Said(int code, String out, String err) {}

  /** Its VMs. */
  public Vms vms() {
    return Objects.requireNonNull(vms);
  }

  /** From now on there is a guest in this VM's machine, which answers. */
  public void signIn(VmId id, FakeGuest guest) throws GuestUnreachable {
    String machine = Objects.requireNonNullElse(world.row(id).machine(), "");
    sessions.session(id.value(), machine, guest::session).close();
  }

  /** Where its API listens. */
  public int port() {
    return server.port();
  }

  /** The administrator's token. */
  public String adminToken() {
    try {
      return Files.readString(data.resolve("admin-token")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the command line with the administrator's token. */
  public Said run(String... arguments) {
    return runAs(adminToken(), arguments);
  }

  /** Runs the command line with this token. */
  public Said runAs(String token, String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Visco.commandLine(
                flags -> address(token),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                List.of())
            .execute(arguments);
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private ApiAddress address(String token) {
    return new ApiAddress(
        "127.0.0.1",
        server.port(),
        "",
        token,
        certificate == null ? null : ServerTrust.inExactly(TlsFiles.shown(data)));
  }

  /** Creates a VM with an idempotency key. */
  public HttpResponse<String> create(String token, String key, String body)
      throws IOException, InterruptedException {
    return client.send(
        request(token, "/api/vms")
            .header("Idempotency-Key", key)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String token, String target) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + target))
        .header("Authorization", "Bearer " + token);
  }

  /**
   * Sends a request with this token; the answer is one that is described.
   *
   * @param headers names and values in turn
   */
  public HttpResponse<String> call(
      String token, String method, String target, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(token, target).method(method, HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> answer =
        client.send(
            (headers.length == 0 ? request : request.headers(headers)).build(),
            HttpResponse.BodyHandlers.ofString());
    String type = answer.headers().firstValue("Content-Type").orElse("");
    described.check(method, target, answer.statusCode(), type, answer.body());
    return answer;
  }

  @Override
  public void close() {
    server.close();
    if (signIns != null) {
      signIns.close();
    }
    if (certificate != null) {
      certificate.close();
    }
    sessions.close();
    sender.close();
    post.close();
    client.close();
    world.close();
  }
}
