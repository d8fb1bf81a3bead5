package dev.visco.delivery;

import dev.visco.host.ProcessRef;
import dev.visco.lifecycle.SampleRows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Labels;
import dev.visco.model.Purpose;
import dev.visco.model.SecretName;
import dev.visco.model.SlotIndex;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.store.SignInRows;
import dev.visco.store.SignInRows.SignInNote;
import dev.visco.store.SignInState;
import dev.visco.store.Store;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRows;
import dev.visco.store.VmRows;
import dev.visco.store.VmStates;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import dev.visco.vault.Vault.SecretFacts;
import dev.visco.vault.VaultState;
import dev.visco.vault.VaultUnderTest;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One daemon's deliveries, on a real store and vault, into guests that are folders. */
final class DeliveryWorld implements AutoCloseable {
  static final String USER = "alice";
  private static final String SIGN_IN = "signin-000000000001";
  static final Duration READ_BACK = Duration.ofMinutes(5);
  static final Map<String, Provider> PROVIDERS = Providers.read(List.of(Path.of("providers")));

  final VaultUnderTest under;
  final Store store;
  final Vault vault;
  final VmRows vms;
  final VmCredentialRows rows;
  final Deliveries deliveries;
  final ToolCredentials tools;
  final CredentialChecks checks;

  /** Time that a test moves. */
  static final class MovedClock implements InstantSource {
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");

    @Override
    public synchronized Instant instant() {
      return now;
    }

    synchronized void passes(Duration time) {
      now = now.plus(time);
    }
  }

  DeliveryWorld(Path folder, HomeGuests guests, InstantSource clock) throws Exception {
    this(folder, guests, clock, Placeholders.NONE);
  }

  DeliveryWorld(Path folder, HomeGuests guests, InstantSource clock, Placeholders placeholders)
      throws Exception {
    under = new VaultUnderTest(VaultUnderTest.data(folder), VaultUnderTest.keyFile(folder));
    if (under.vault.state() instanceof VaultState.Uninitialized) {
      under.keys.initialize();
    }
    store = under.store;
    vault = under.vault;
    vms = new VmRows(store, store.host());
    rows = new VmCredentialRows(store, store.host());
    deliveries =
        new Deliveries(
            vms,
            rows,
            vault,
            PROVIDERS,
            placeholders,
            guests,
            new SignInRows(store, store.host())::inTheirVms,
            READ_BACK,
            clock);
    tools = new VaultToolCredentials(rows, vault, PROVIDERS, placeholders);
    checks =
        new CredentialChecks(vms, rows, vault, PROVIDERS, tools, guests, Duration.ofDays(1), clock);
  }

  /** A VM that is ready. */
  VmId ready(int number) {
    return ready(number, Labels.NONE);
  }

  VmId ready(int number, Labels labels) {
    VmId id = creating(number, labels);
    run(id, number);
    return id;
  }

  void run(VmId id, int number) {
    VmStates.run(
        store,
        id,
        new SlotIndex(number),
        Json.line(new MachineRef("qemu", "tcg", ProcessRef.own(), Path.of("/socket"), VmSpec.QEMU)),
        "boot");
  }

  VmId creating(int number, Labels labels) {
    return creating(number, Purpose.USER, labels);
  }

  private VmId creating(int number, Purpose purpose, Labels labels) {
    var id = new VmId("vm-%08x".formatted(number));
    vms.insert(
        SampleRows.created(id, SampleRows.spec(new UserId(USER), purpose), labels, number),
        usage -> {});
    return id;
  }

  /** The VM of a sign-in, out of which a credential is taken just now. */
  VmId signsIn(String provider, int number) {
    VmId id = creating(number, Purpose.SIGN_IN, Labels.NONE);
    run(id, number);
    var row =
        new SignInRow(
            SIGN_IN,
            new UserId(USER),
            provider,
            SecretName.DEFAULT,
            0,
            false,
            SignInState.VALIDATING,
            SignInHolder.USER,
            USER,
            id,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            1,
            1,
            1,
            2,
            null);
    new SignInRows(store, store.host()).insert(row, others -> {}, SignInNote.of("", ""));
    return id;
  }

  /** What that sign-in was for is in the vault. */
  void hasSignedIn(SecretRow stored) {
    new SignInRows(store, store.host())
        .change(SIGN_IN, row -> row.stored(stored), SignInNote.of("stored", ""), 2);
  }

  void is(VmId vm, VmState state) {
    VmStates.set(store, vm, state);
  }

  VmWork work(VmId vm) {
    return VmWork.of(vms.find(vm).orElseThrow());
  }

  static SecretName name(String provider) {
    return SecretName.credential(USER, provider, SecretName.DEFAULT);
  }

  SecretRow put(String provider, String value) {
    return put(name(provider), value, SecretState.UNCHECKED);
  }

  SecretRow put(SecretName name, String value, SecretState state) {
    return vault.put(name, HomeGuests.bytes(value), new SecretFacts(state, null), null, "a test");
  }

  /** What the vault has, as the files or variables in it. */
  String value(String provider) {
    try (OpenSecret secret = vault.read(name(provider), "a test").orElseThrow();
        var content =
            dev.visco.provider.CredentialContent.of(
                Objects.requireNonNull(PROVIDERS.get(provider)), secret.value())) {
      byte[] only =
          content.files().isEmpty()
              ? content.variables().values().iterator().next()
              : content.files().values().iterator().next();
      return new String(only, StandardCharsets.UTF_8);
    }
  }

  VmCredentialRow row(VmId vm) {
    return rows.of(vm).getFirst();
  }

  List<EventRow> events() {
    return new EventRows(store, store.host()).before(EventQuery.ALL, 1000, Long.MAX_VALUE);
  }

  @Override
  public void close() {
    under.close();
  }
}
