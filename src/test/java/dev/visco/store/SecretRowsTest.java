package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SecretRowsTest {
  private static final SecretName ALICE = SecretName.credential("alice", "codex", "default");
  private static final SecretName PROXY = SecretName.proxy("bob", "proxy.example:1080", "default");
  private static final SecretName KEYS = SecretName.keys(new VmId("vm-00000001"));

  @TempDir private Path folder;

  private static SecretRow row(SecretName name, long version) {
    return SampleSecrets.of("id-" + name.owner(), name, version, SecretState.UNCHECKED);
  }

  private static SecretRow put(SecretRows rows, SecretName name) {
    return rows.put(
        name,
        before -> row(name, before.map(SecretRow::version).orElse(0L) + 1),
        row -> NewEvent.of(EventKind.CREDENTIAL_STORED, row.toString()),
        9);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aSecretIsFoundByItsNameAndIdAndAUsersAreListed(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SecretRows(store, "local");
      put(rows, ALICE);
      put(rows, PROXY);
      SecretRow keys = put(rows, KEYS);
      assertThat(put(rows, ALICE).version()).isEqualTo(2);
      SecretRow alices = rows.find(ALICE).orElseThrow();
      assertThat(alices).isEqualTo(row(ALICE, 2));
      assertThat(rows.find(alices.id())).contains(alices);
      assertThat(rows.find(KEYS)).contains(keys);
      assertThat(rows.ofUsers(null))
          .extracting(one -> one.name().owner())
          .containsExactly("alice", "bob");
      assertThat(rows.ofUsers("bob")).extracting(SecretRow::name).containsExactly(PROXY);
      assertThat(rows.ofUsers("vm-00000001")).as("a VM is no user").isEmpty();
      assertThat(rows.countsByKind())
          .containsEntry("credential", 1L)
          .containsEntry("proxy", 1L)
          .containsEntry("vm-keys", 1L);
      assertThat(new SecretRows(store, "elsewhere").find(ALICE)).isEmpty();
      assertThat(new EventRows(store, "local").counts()).containsEntry("credential-stored", 4L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void allChangeTogetherOrNone(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SecretRows(store, "local");
      put(rows, ALICE);
      put(rows, PROXY);
      var event = NewEvent.of(EventKind.VAULT_ROTATED, "The vault has another master key.");
      assertThatThrownBy(() ->
              rows.rewrap(
                  row -> {
                    if (row.name().equals(PROXY)) {
                      throw new IllegalStateException("cannot be decrypted");
                    }
                    return row.rewrapped("next", "other");
                  },
                  "vault",
                  "next",
                  event,
                  9))
          .isInstanceOf(IllegalStateException.class);
      assertThat(rows.countsByMaster()).containsOnlyKeys("master");
      assertThat(rows.rewrap(row -> row.rewrapped("next", "other"), "vault", "next", event, 9))
          .isEqualTo(2);
      assertThat(rows.countsByMaster()).containsOnlyKeys("next");
      assertThat(new FactRows(store, "local").find("vault")).contains("next");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aStateChangesWithItsEventAndASecretIsRemovedOnce(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new SecretRows(store, "local");
      String id = put(rows, ALICE).id();
      for (int time = 0; time < 2; time++) {
        rows.change(
            id,
            row -> row.in(SecretState.REVOKED, "by its provider", 100L, 50L),
            (before, after) ->
                Optional.of(NewEvent.of(EventKind.CREDENTIAL_CHANGED, after.toString())),
            9);
      }
      SecretRow changed = rows.find(id).orElseThrow();
      assertThat(changed.state()).isEqualTo(SecretState.REVOKED);
      assertThat(changed.problem()).isEqualTo("by its provider");
      assertThat(changed.expires()).isEqualTo(100);
      assertThat(changed.validated()).isEqualTo(50);
      assertThat(new EventRows(store, "local").counts())
          .as("once: the second change changed nothing")
          .containsEntry("credential-changed", 1L);
      var removed = NewEvent.of(EventKind.CREDENTIAL_REMOVED, "It was removed.");
      assertThat(rows.remove(id, row -> removed, 9)).contains(changed);
      assertThat(rows.remove(id, row -> removed, 9)).isEmpty();
      assertThat(rows.change(id, row -> row, (before, after) -> Optional.empty(), 9)).isEmpty();
    }
  }
}
