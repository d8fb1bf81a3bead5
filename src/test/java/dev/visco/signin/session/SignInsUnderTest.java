package dev.visco.signin.session;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.signin.session.SignInDelivery.DeliveredTo;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretRows;
import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRows;
import dev.visco.store.SignInState;
import dev.visco.store.Store;
import dev.visco.vault.Credentials;
import dev.visco.vault.MasterKeySource;
import dev.visco.vault.SecretCheck;
import dev.visco.vault.Vault;
import dev.visco.vault.VaultKeys;
import dev.visco.vault.VaultState;
import dev.visco.wire.SignInRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** One daemon's sign-ins on a real store and a real vault, with VMs of a test's. */
final class SignInsUnderTest implements AutoCloseable {
  static final String USER = "alice";
  static final SignInLimits LIMITS =
      new SignInLimits(2, Duration.ofMinutes(10), Duration.ofHours(1));

  private static final String DEMO =
      """
      title = "Demo"
      tool = "demo"
      hosts = ["demo.example.com"]

      [[login]]
      channel = "plain"
      command = ["demo", "login"]
      link = ["text"]
      redirect = { hosts = ["localhost"], port = 4242, path = "/callback" }

      [[login]]
      channel = "plain"
      command = ["demo", "login", "--device"]
      link = ["text"]
      device = { page = "https://demo.example.com/device", form = "XXXX-XXXX" }

      [[login]]
      channel = "plain"
      command = ["demo", "login", "--paste"]
      link = ["text"]
      paste = { page = "https://demo.example.com/code" }

      [[credential.files]]
      path = "~/.demo/auth.json"
      mode = "600"
      format = "json"
      fields = ["/token"]
      expiry = { field = "/expires", unit = "seconds" }
      rotates = true

      [[seed-files]]
      path = "~/.demo/settings.json"
      mode = "600"
      content = "{}"

      [check]
      online = ["demo", "whoami"]
      """;

  /** The page of the demo that comes back to its tool. */
  static final String PAGE =
      "https://demo.example.com/authorize?state=s3cr3t"
          + "&redirect_uri=http%3A%2F%2Flocalhost%3A4242%2Fcallback";

  /** The page of the demo that shows a code. */
  static final String PASTE_PAGE =
      "https://demo.example.com/authorize?redirect_uri=https%3A%2F%2Fdemo.example.com%2Fcode";

  static final String AUTH = "~/.demo/auth.json";
  static final String TOKEN = "{\"token\": \"t0k3n-of-alice\", \"expires\": 4000000000}";

  final Store store;
  final SignIns signIns;
  final Vault vault;
  final SignInRows rows;
  private final EventRows events;
  private final VaultKeys keys;

  /** What was delivered, in order. */
  final List<SecretName> delivered = new CopyOnWriteArrayList<>();

  /** Where it was delivered to. */
  volatile List<DeliveredTo> targets =
      List.of(new DeliveredTo(new VmId("vm-0c110c11"), true, null));

  SignInsUnderTest(Path folder, FakeSignInVms vms) {
    this(folder, vms, point -> {}, InstantSource.system(), SteadyClock.ofHost(), null);
  }

  SignInsUnderTest(
      Path folder,
      FakeSignInVms vms,
      FakeWorld.Interruption interruption,
      InstantSource clock,
      SteadyClock steady,
      @Nullable SecretCheck check) {
    Path data = folder.resolve("data");
    try {
      Files.createDirectories(data);
      store = Store.open(data);
      var secrets = new SecretRows(store, store.host());
      events = new EventRows(store, store.host());
      var random = new SecureRandom();
      keys =
          new VaultKeys(
              new MasterKeySource.KeyFile(folder.resolve("vault.key")),
              secrets,
              store.facts(),
              events,
              clock,
              random);
      keys.open();
      if (keys.state() instanceof VaultState.Uninitialized) {
        keys.initialize();
      }
      vault = new Vault(keys, secrets, events, clock, random);
      rows = new SignInRows(store, store.host());
      signIns =
          new SignIns(
              rows,
              new SignInServices(
                  vms.of(interruption),
                  providers(folder),
                  vault,
                  new Credentials(vault, check == null ? List.of() : List.of(check)),
                  name -> {
                    interruption.at("before deliver");
                    assertGone(vms);
                    delivered.add(name);
                    interruption.at("after deliver");
                    return targets;
                  }),
              user -> {},
              LIMITS,
              clock,
              steady,
              random);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Two living copies of a token end with one refused. */
  private static void assertGone(FakeSignInVms vms) {
    if (!vms.vms.isEmpty()) {
      throw new AssertionError("delivered while the sign-in's VM lives");
    }
  }

  static Map<String, Provider> providers(Path folder) throws IOException {
    Path providers = Files.createDirectories(folder.resolve("providers"));
    Files.writeString(providers.resolve("demo.toml"), DEMO);
    return Providers.read(List.of(Path.of("providers"), providers));
  }

  SignInsUnderTest started() {
    signIns.start();
    return this;
  }

  /** Begins to sign in to the demo by this way of it. */
  SignInRow begin(int method) {
    return signIns.start(new SignInRequest(USER, "demo", null, method, null, null), false);
  }

  SignInRow await(String id, Predicate<SignInRow> isSo) {
    return Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> signIns.get(id), isSo);
  }

  SignInRow await(String id, SignInState state) {
    return await(id, row -> row.state() == state);
  }

  /** What happened, by its kinds. */
  List<String> kinds(String id) {
    return signIns.events(id, 0).stream().map(SignInEventRow::kind).toList();
  }

  List<String> texts(String id) {
    return signIns.events(id, 0).stream().map(SignInEventRow::text).toList();
  }

  /** The host's events about a sign-in, oldest first. */
  List<String> hostEvents(String id) {
    return events.after(new EventRows.EventQuery(null, null, List.of(), 0), 1000, 0).stream()
        .filter(event -> id.equals(event.subject()))
        .map(EventRow::kind)
        .map(Objects::toString)
        .toList();
  }

  /** What the vault has of the user for the demo. */
  Optional<SecretRow> stored() {
    return vault.find(SecretName.credential(USER, "demo", SecretName.DEFAULT));
  }

  /** Everything that is recorded of sign-ins and told of them, as text. */
  String everythingTold() {
    var all = new ArrayList<String>();
    for (SignInRow row : signIns.list(null)) {
      all.add(String.valueOf(row));
      all.add(row.link() + " " + row.code());
      all.addAll(texts(row.id()));
    }
    return String.join("\n", all);
  }

  /** What {@code kill -9} leaves. */
  void kill() {
    store.close();
  }

  @Override
  public void close() {
    signIns.close();
    keys.close();
    store.close();
  }
}
