package dev.visco.placeholder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.lifecycle.SampleRows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Labels;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.placeholder.PlaceholderService.PlaceholderView;
import dev.visco.provider.GuestPlaceholder;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.relay.secret.InterceptedHost;
import dev.visco.relay.secret.InterceptedHost.ExchangedField;
import dev.visco.relay.secret.NotPassedOn;
import dev.visco.store.SecretState;
import dev.visco.store.VmRows;
import dev.visco.vault.Vault.SecretFacts;
import dev.visco.vault.VaultUnderTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has placeholders, what they are exchanged for, and what is closed without a vault. */
class UserPlaceholdersTest {
  private static final UserId ALICE = new UserId("alice");
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");

  private static final String DEMO =
      """
      title = "Demo"
      tool = "demo"
      ca-variable = "DEMO_CA"
      [[login]]
      channel = "pty"
      command = ["demo"]
      link = ["text"]
      redirect = { path = "/" }
      [[credential.files]]
      path = "~/.demo/auth.json"
      mode = "600"
      format = "json"
      fields = ["/token"]
      [placeholder]
      hosts = ["api.demo.test"]
      header = "Authorization"
      scheme = "Bearer"
      environment = { DEMO_TOKEN = "placeholder" }
      values = [{ header = "Account", text = "demo-account", field = "/account" }]
      """;

  @TempDir private Path folder;
  private final List<VmId> changed = new ArrayList<>();
  private VaultUnderTest under;
  private Map<String, Provider> providers;
  private UserPlaceholders placeholders;

  @BeforeEach
  void open() throws Exception {
    Path files = Files.createDirectory(folder.resolve("providers"));
    Files.writeString(files.resolve("demo.toml"), DEMO);
    Files.writeString(files.resolve("none.toml"), DEMO.substring(0, DEMO.indexOf("[placeholder]")));
    providers = Providers.read(List.of(files));
    start(true);
    insert(VM);
    insert(OTHER);
  }

  private void start(boolean hasKey) throws Exception {
    under =
        new VaultUnderTest(
            VaultUnderTest.data(folder), hasKey ? VaultUnderTest.keyFile(folder) : null);
    if (hasKey && under.vault.state().word().equals("uninitialized")) {
      under.keys.initialize();
    }
    placeholders =
        new UserPlaceholders(
            providers,
            new VmRows(under.store, under.store.host()),
            under.store.facts(),
            under.vault,
            InstantSource.system(),
            new SecureRandom(),
            changed::add);
  }

  private void restart(boolean hasKey) throws Exception {
    under.close();
    start(hasKey);
  }

  @AfterEach
  void close() {
    under.close();
  }

  private Provider provider(String name) {
    return Objects.requireNonNull(providers.get(name));
  }

  private void insert(VmId id) {
    new VmRows(under.store, under.store.host())
        .insert(
            SampleRows.created(id, SampleRows.spec(ALICE, Purpose.USER), Labels.NONE, 1),
            usage -> {});
  }

  private VmWork work(VmId vm) {
    return VmWork.of(new VmRows(under.store, under.store.host()).find(vm).orElseThrow());
  }

  private void put(String json) {
    under.vault.put(
        SecretName.credential("alice", "demo", SecretName.DEFAULT),
        json.getBytes(StandardCharsets.UTF_8),
        SecretFacts.UNCHECKED,
        null,
        "a test");
  }

  private Optional<InterceptedHost> host(VmId vm) {
    return placeholders.interception(work(vm)).host("api.demo.test");
  }

  private String value(int field) throws NotPassedOn {
    ExchangedField one = host(VM).orElseThrow().fields().get(field);
    byte[] value = one.source().read();
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void oneVmHasAPlaceholderAndItsRequestsAloneGetTheSecret() throws Exception {
    put("{\"token\":\"secret-1\",\"account\":\"a-7\"}");
    assertThat(placeholders.interception(work(VM)).isAny()).isFalse();
    GuestPlaceholder what = placeholders.of(VM, ALICE, provider("demo")).orElseThrow();
    assertThat(changed).containsExactly(VM);
    assertThat(what.environment())
        .containsEntry("DEMO_TOKEN", "placeholder")
        .containsEntry("DEMO_CA", "/etc/visco/authorities/visco-demo.crt");
    assertThat(what.trust().certificate()).startsWith("-----BEGIN CERTIFICATE-----");
    assertThat(placeholders.interception(work(VM)).isAny()).isTrue();
    assertThat(placeholders.interception(work(OTHER)).isAny()).isFalse();
    assertThat(host(OTHER)).isEmpty();
    assertThat(placeholders.interception(work(VM)).host("demo.test")).isEmpty();
    assertThat(value(0)).isEqualTo("secret-1");
    assertThat(value(1)).isEqualTo("a-7");
    assertThat(host(VM).orElseThrow().server()).isNotNull();
  }

  @Test
  void anotherValueOfTheCredentialHoldsAtOnceAndOneThatIsGoneOrRevokedIsNotPutIn()
      throws Exception {
    placeholders.of(VM, ALICE, provider("demo"));
    assertThatThrownBy(() -> value(0))
        .isInstanceOf(NotPassedOn.class)
        .hasMessageContaining("no credential");
    put("{\"token\":\"secret-1\"}");
    assertThat(value(0)).isEqualTo("secret-1");
    put("{\"token\":\"secret-2\"}");
    assertThat(value(0)).isEqualTo("secret-2");
    assertThatThrownBy(() -> value(1)).hasMessageContaining("has no /account");
    var row =
        under.vault.find(SecretName.credential("alice", "demo", SecretName.DEFAULT)).orElseThrow();
    under.vault.mark(row, SecretState.REVOKED, null, null);
    assertThatThrownBy(() -> value(0)).hasMessageContaining("revoked");
    under.vault.remove(row.id(), "a test");
    assertThatThrownBy(() -> value(0)).hasMessageContaining("no credential");
  }

  @Test
  void theAuthorityIsTheSameAfterARestartAndItsKeyIsInTheVault() throws Exception {
    String before =
        placeholders.of(VM, ALICE, provider("demo")).orElseThrow().trust().certificate();
    restart(true);
    assertThat(placeholders.interception(work(VM)).isAny()).as("it is recorded").isTrue();
    assertThat(placeholders.of(VM, ALICE, provider("demo")).orElseThrow().trust().certificate())
        .isEqualTo(before);
    assertThat(under.vault.list("alice"))
        .singleElement()
        .satisfies(row -> assertThat(row.name().kind()).isEqualTo(SecretKind.AUTHORITY));
  }

  @Test
  void whileTheVaultIsClosedNothingIsPutInAndNoConnectionIsServed() throws Exception {
    put("{\"token\":\"secret-1\"}");
    placeholders.of(VM, ALICE, provider("demo"));
    restart(false);
    InterceptedHost host = host(VM).orElseThrow();
    assertThatThrownBy(host::server)
        .isInstanceOf(NotPassedOn.class)
        .hasMessageContaining("the vault cannot be read");
    assertThatThrownBy(() -> value(0)).hasMessageContaining("the vault cannot be read");
    assertThatThrownBy(() -> placeholders.of(VM, ALICE, provider("demo")))
        .isInstanceOf(Refused.class);
  }

  @Test
  void aChoiceOrAProviderWithoutOneHasTheCredentialItselfDelivered() throws Exception {
    placeholders.of(VM, ALICE, provider("demo"));
    assertThat(placeholders.list(ALICE))
        .singleElement()
        .satisfies(view -> {
          assertThat(view.isUsed()).isTrue();
          assertThat(view.isChosen()).isFalse();
          assertThat(view.vms()).containsExactly(VM);
        });
    PlaceholderView off = placeholders.choose(ALICE, "demo", false);
    assertThat(off.isUsed()).isFalse();
    assertThat(off.vms()).as("what is in it stays until the next delivery").containsExactly(VM);
    assertThat(placeholders.of(VM, ALICE, provider("demo"))).isEmpty();
    assertThat(placeholders.interception(work(VM)).isAny()).isFalse();
    restart(true);
    assertThat(placeholders.of(VM, ALICE, provider("demo"))).isEmpty();
    assertThat(placeholders.choose(ALICE, "demo", null).isUsed()).isTrue();
    assertThat(placeholders.of(VM, ALICE, provider("demo"))).isPresent();
    assertThat(placeholders.of(VM, ALICE, provider("none"))).isEmpty();
    assertThatThrownBy(() -> placeholders.choose(ALICE, "none", true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has no placeholder");
    assertThatThrownBy(() -> placeholders.choose(ALICE, "nobody", true))
        .isInstanceOf(Refused.class);
  }

  @Test
  void whatIsTakenOutOfAVmIsForgottenAndSoIsAUser() throws Exception {
    placeholders.of(VM, ALICE, provider("demo"));
    placeholders.of(OTHER, ALICE, provider("demo"));
    placeholders.removed(VM, "demo");
    placeholders.removed(VM, "demo");
    assertThat(placeholders.list(ALICE).getFirst().vms()).containsExactly(OTHER);
    placeholders.choose(ALICE, "demo", false);
    placeholders.removeUser(ALICE);
    assertThat(placeholders.list(ALICE).getFirst().isChosen()).isFalse();
    assertThat(placeholders.list(ALICE).getFirst().authority()).isNull();
  }
}
