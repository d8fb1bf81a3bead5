package dev.visco.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.Caller;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.store.EventKind;
import dev.visco.store.EventRow;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.UserRows;
import dev.visco.vault.Vault.SecretFacts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultTest {
  private static final SecretName ALICE =
      SecretName.credential("alice", "codex", SecretName.DEFAULT);
  private static final SecretName BOB = SecretName.credential("bob", "codex", SecretName.DEFAULT);

  @TempDir Path folder;
  private VaultUnderTest under;
  private Vault vault;

  @BeforeEach
  void aVault() throws Exception {
    under = new VaultUnderTest(VaultUnderTest.data(folder), VaultUnderTest.keyFile(folder));
    under.keys.initialize();
    vault = under.vault;
  }

  @AfterEach
  void end() {
    under.close();
  }

  private SecretRow put(SecretName name, String value) {
    return vault.put(name, value.getBytes(UTF_8), SecretFacts.UNCHECKED, null, "a test");
  }

  private String read(SecretName name) {
    try (OpenSecret secret = vault.read(name, "a test").orElseThrow()) {
      return new String(secret.value(), UTF_8);
    }
  }

  @Test
  void aSecretIsReadAsItWasPutAndAgainAfterTheDaemonsNextStart() throws Exception {
    SecretRow row = put(ALICE, "one");
    put(BOB, "two");
    assertThat(row.version()).isEqualTo(1);
    assertThat(read(ALICE)).isEqualTo("one");
    under.close();
    under = new VaultUnderTest(VaultUnderTest.data(folder), VaultUnderTest.keyFile(folder));
    vault = under.vault;
    assertThat(read(ALICE)).isEqualTo("one");
    assertThat(read(BOB)).isEqualTo("two");
    assertThat(vault.list(null)).hasSize(2);
    assertThat(vault.list("alice")).extracting(SecretRow::id).containsExactly(row.id());
    assertThat(vault.find(row.id())).isPresent();
  }

  @Test
  void aNewValueHasTheNextVersionAndAKeyOfItsOwn() {
    SecretRow first = put(ALICE, "the same");
    SecretRow second = put(ALICE, "the same");
    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.version()).isEqualTo(2);
    assertThat(second.wrapped()).isNotEqualTo(first.wrapped());
    assertThat(second.value()).isNotEqualTo(first.value());
    assertThat(vault.list(null)).hasSize(1);
  }

  @Test
  void ofTwoWhoReplaceTheSameVersionOneIsRefused() {
    put(ALICE, "one");
    vault.put(ALICE, new byte[] {1}, SecretFacts.UNCHECKED, 1L, null);
    assertThatThrownBy(() -> vault.put(ALICE, new byte[] {2}, SecretFacts.UNCHECKED, 1L, null))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Outdated.class));
    assertThatThrownBy(() -> vault.put(ALICE, new byte[] {2}, SecretFacts.UNCHECKED, 0L, null))
        .isInstanceOf(Refused.class);
    try (OpenSecret secret = vault.read(ALICE, "a test").orElseThrow()) {
      assertThat(secret.value()).containsExactly(1);
    }
  }

  /** Each row's ciphertext is that row's alone: whose it is, its names, its id and its version. */
  @Test
  void theValueOfAnotherRowOrVersionIsRefused() {
    SecretRow one = put(ALICE, "one");
    SecretRow two = put(ALICE, "two");
    SecretRow bobs = put(BOB, "three");
    List<SecretRow> forged =
        List.of(
            copy(two, one.wrapped(), one.value()), // A value of before.
            copy(two, two.wrapped(), one.value()),
            copy(two, bobs.wrapped(), bobs.value()), // Somebody else's.
            copy(bobs, two.wrapped(), two.value()));
    for (SecretRow row : forged) {
      under.rows.change(row.id(), now -> row, (before, after) -> java.util.Optional.empty(), 0);
      assertThatThrownBy(() -> read(row.name()))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining(row.id())
          .hasMessageContaining("cannot be decrypted");
      under.rows.change(
          row.id(),
          now -> row.id().equals(two.id()) ? two : bobs,
          (before, after) -> java.util.Optional.empty(),
          0);
    }
    assertThat(read(ALICE)).isEqualTo("two");
    assertThat(under.events(EventKind.VAULT_DAMAGED)).hasSize(forged.size());
  }

  private static SecretRow copy(SecretRow row, String wrapped, String value) {
    return new SecretRow(
        row.id(),
        row.name(),
        row.version(),
        row.master(),
        wrapped,
        value,
        row.state(),
        row.problem(),
        row.expires(),
        row.validated(),
        row.created(),
        row.changed());
  }

  @Test
  void eachReadIsRecordedWithWhoWhatAndWhyAndNeverTheValue() throws Exception {
    SecretRow row = put(ALICE, "marker-value");
    new Caller("ops", "digest", null).run(() -> read(ALICE));
    read(ALICE);
    assertThat(vault.read(BOB, "a test")).isEmpty();
    List<EventRow> reads = under.events(EventKind.CREDENTIAL_READ);
    assertThat(reads).hasSize(2);
    EventRow first = reads.getFirst();
    assertThat(first.caller()).isEqualTo("ops");
    assertThat(first.owner()).isEqualTo("alice");
    assertThat(first.subject()).isEqualTo(row.id());
    assertThat(first.reason()).isEqualTo("a test");
    assertThat(first.at()).isEqualTo(VaultUnderTest.CLOCK.millis());
    assertThat(reads.getLast().caller()).isNull();
    assertThat(under.events.after(dev.visco.store.EventRows.EventQuery.ALL, 100, 0).toString())
        .doesNotContain("marker");
    assertThat(row.toString()).doesNotContain(row.value()).doesNotContain(row.wrapped());
  }

  @Test
  void aSecretIsZeroedWhenItIsClosed() {
    put(ALICE, "one");
    OpenSecret secret = vault.read(ALICE, "a test").orElseThrow();
    byte[] value = secret.value();
    assertThat(secret.toString()).doesNotContain("one");
    secret.close();
    assertThat(value).containsOnly(0);
  }

  @Test
  void whatChecksFindIsKeptAndTheUserIsToldOnceToSignInAgain() {
    SecretRow row = put(ALICE, "one");
    assertThat(row.state()).isEqualTo(SecretState.UNCHECKED);
    vault.mark(row, SecretState.VALID, null, 5000L);
    vault.mark(row, SecretState.VALID, null, null);
    SecretRow valid = vault.find(row.id()).orElseThrow();
    assertThat(valid.validated()).isEqualTo(VaultUnderTest.CLOCK.millis());
    assertThat(valid.expires()).isEqualTo(5000);
    assertThat(under.events(EventKind.CREDENTIAL_CHANGED)).hasSize(1);
    vault.mark(row, SecretState.NEEDS_SIGN_IN, "its refresh was refused", null);
    vault.mark(row, SecretState.NEEDS_SIGN_IN, "its refresh was refused", null);
    List<EventRow> told = under.events(EventKind.CREDENTIAL_NEEDS_SIGN_IN);
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().owner()).isEqualTo("alice");
    assertThat(told.getFirst().reason()).isEqualTo("its refresh was refused");
    assertThat(read(ALICE)).isEqualTo("one");
    vault.remove(row.id(), "a test");
    assertThat(vault.mark(row, SecretState.VALID, null, null)).isEmpty();
  }

  @Test
  void whatWasFoundOfAnEarlierValueIsNotSaidOfTheNextOne() {
    SecretRow checked = put(ALICE, "one");
    put(ALICE, "two");
    assertThat(vault.mark(checked, SecretState.NEEDS_SIGN_IN, "it is revoked", null))
        .get()
        .extracting(SecretRow::version, SecretRow::state, SecretRow::problem)
        .containsExactly(2L, SecretState.UNCHECKED, null);
    assertThat(under.events(EventKind.CREDENTIAL_NEEDS_SIGN_IN)).isEmpty();
  }

  @Test
  void whatIsRemovedIsGone() {
    SecretRow row = put(ALICE, "one");
    put(BOB, "two");
    assertThat(vault.remove(row.id(), "a test")).isPresent();
    assertThat(vault.remove(row.id(), "a test")).isEmpty();
    assertThat(vault.read(ALICE, "a test")).isEmpty();
    assertThat(under.events(EventKind.CREDENTIAL_REMOVED)).hasSize(1);
    var users = new UserRows(under.store, under.store.host());
    users.add(new UserId("bob"), "{}", "{}", 0);
    users.remove(new UserId("bob"), 0);
    assertThat(vault.list(null)).isEmpty();
  }

  @Test
  void aVmsKeysAreNoUsersCredentials() {
    SecretName keys = SecretName.keys(new VmId("vm-00000001"));
    put(keys, "a key");
    assertThat(read(keys)).isEqualTo("a key");
    assertThat(vault.list(null)).isEmpty();
    assertThat(vault.find("keys-vm-00000001")).isEmpty();
    assertThat(under.events(EventKind.VM_KEYS_READ)).hasSize(1);
    assertThat(under.events(EventKind.VM_KEYS_READ).getFirst().owner()).isNull();
    assertThat(vault.counts()).containsEntry("vm-keys", 1L);
  }

  @Test
  void lengthsAndNumbersAreBounded() {
    var refused = new ArrayList<Refusal>();
    for (byte[] value : List.of(new byte[0], new byte[Vault.MAX_BYTES + 1])) {
      try {
        vault.put(ALICE, value, SecretFacts.UNCHECKED, null, null);
      } catch (Refused e) {
        refused.add(e.refusal());
      }
    }
    assertThat(refused).hasSize(2).allMatch(one -> one instanceof Refusal.Invalid);
    vault.put(ALICE, new byte[Vault.MAX_BYTES], SecretFacts.UNCHECKED, null, null);
    for (int number = 1; number < Vault.MAX_SECRETS; number++) {
      put(SecretName.credential("alice", "codex", "n" + number), "x");
    }
    put(ALICE, "one that is there gets its next value");
    assertThatThrownBy(() -> put(SecretName.credential("alice", "codex", "more"), "x"))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.LimitReached.class));
    put(BOB, "another user's");
  }
}
