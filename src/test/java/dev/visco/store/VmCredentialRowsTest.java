package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows.Decision;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VmCredentialRowsTest {
  @TempDir private Path folder;

  private static VmCredentialRow row(VmId vm, String provider) {
    return new VmCredentialRow(
        vm,
        provider,
        "anna",
        "cred-1",
        0,
        null,
        VmCredentialState.WAITING,
        CredentialForm.FILE,
        null,
        false,
        List.of(),
        null,
        0,
        5,
        6);
  }

  private static VmId vm(Transactions store) {
    var id = new VmId("vm-00000001");
    new VmRows(store, "local")
        .insert(
            new NewVm(id, "anna", "{}", "image", 256, "open-network", null, "digest", 7, null),
            usage -> {});
    return id;
  }

  private static void write(VmCredentialRows rows, VmCredentialRow row) {
    rows.decide("anna", all -> new Decision(List.of(row), List.of()));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsWrittenIsReadAndChanged(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new VmCredentialRows(store, "local");
      VmId vm = vm(store);
      VmCredentialRow full =
          row(vm, "codex")
              .of("cred-2", 7)
              .coming(8L)
              .with(CredentialForm.PLACEHOLDER, List.of("~/.a", "~/.b/c"), "12 3\n4 5")
              .pinned(true)
              .in(VmCredentialState.DELIVERED, "a reason", 9)
              .tried(2, "why", 11);
      write(rows, row(vm, "github"));
      write(rows, full);
      assertThat(rows.list("anna")).containsExactly(full, row(vm, "github"));
      assertThat(rows.of(vm)).hasSize(2);
      assertThat(rows.list("bob")).isEmpty();
      assertThat(new VmCredentialRows(store, "elsewhere").list(null)).isEmpty();
      assertThat(rows.change(vm, "github", one -> one.due(77)))
          .hasValueSatisfying(one -> assertThat(one.due()).isEqualTo(77));
      assertThat(rows.change(vm, "nobody", one -> one)).isEmpty();
      VmCredentialRow gone = full.in(VmCredentialState.REMOVING, null, 1);
      NewEvent event = NewEvent.of(EventKind.CREDENTIAL_WITHDRAWN, "It was taken out.");
      rows.remove(gone, event, 1);
      assertThat(rows.list(null)).extracting(VmCredentialRow::provider).containsExactly("github");
      assertThat(new EventRows(store, "local").counts()).containsEntry("credential-withdrawn", 1L);
    }
  }

  @Test
  void aCopyWithoutCredentialsDoesNotTakeThemFromVms() throws Exception {
    try (var store = Store.open(folder)) {
      var rows = new VmCredentialRows(store, "local");
      write(rows, row(vm(store), "codex"));
    }
    Path to = folder.resolve("copy.db");
    try (var copy = StoreCopy.make(folder, to)) {
      copy.removeCredentials();
    }
    try (Connection read = StoreFile.connect(to);
        Statement statement = read.createStatement();
        ResultSet found = statement.executeQuery("SELECT COUNT(*) FROM vm_credentials")) {
      assertThat(found.next()).isTrue();
      assertThat(found.getInt(1)).isZero();
    }
    try (var store = Store.open(folder)) {
      assertThat(new VmCredentialRows(store, "local").list(null)).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aVmThatIsDestroyedHasNoneAndGetsNone(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new VmCredentialRows(store, "local");
      VmId vm = vm(store);
      write(rows, row(vm, "codex"));
      store.write(sql -> {
        VmCredentialRows.removeOf(sql, vm);
        return sql.update(
            "UPDATE vms SET state = ? WHERE id = ?", VmState.DESTROYED.word(), vm.value());
      });
      write(rows, row(vm, "codex"));
      assertThat(rows.list(null)).isEmpty();
      assertThat(rows.change(vm, "codex", one -> one)).isEqualTo(Optional.empty());
    }
  }
}
