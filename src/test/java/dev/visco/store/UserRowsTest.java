package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class UserRowsTest {
  private static final UserId ANNA = new UserId("anna");
  private final TestDatabase database;
  @TempDir private Path folder;
  private TestDatabase.Opened store;
  private UserRows users;
  private VmRows vms;

  UserRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    users = new UserRows(store, "here");
    vms = new VmRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private VmId vm(String owner, int number, VmRows.Admission admission) {
    var id = new VmId("vm-%08x".formatted(number));
    vms.insert(
        new NewVm(id, owner, "{}", "image", 256, "first", null, "digest", 1000, null), admission);
    return id;
  }

  @Test
  void oneThatWasAddedIsThereOnce() {
    UserRow added = users.add(ANNA, "{\"a\":\"b\"}", "{\"vms\":3}", 7);
    assertThat(added)
        .isEqualTo(new UserRow("anna", "{\"a\":\"b\"}", "{\"vms\":3}", UserState.ACTIVE, 7, 7));
    assertThat(users.get(ANNA)).isEqualTo(added);
    assertThatThrownBy(() -> users.add(ANNA, "{}", "{}", 8))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class));
    assertThat(users.get(ANNA)).isEqualTo(added);
  }

  @Test
  void oneThatIsNotThereIsRefused() {
    assertThat(users.find(ANNA)).isEmpty();
    assertThatThrownBy(() -> users.get(ANNA)).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> users.update(ANNA, "{}", null, null, 1)).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> users.remove(ANNA, 9)).isInstanceOf(Refused.class);
  }

  @Test
  void whatIsNotChangedStays() {
    users.add(ANNA, "{\"a\":\"b\"}", "{\"vms\":3}", 7);
    users.update(ANNA, null, "{\"vms\":4}", null, 8);
    users.update(ANNA, null, null, UserState.SUSPENDED, 9);
    assertThat(users.get(ANNA))
        .isEqualTo(new UserRow("anna", "{\"a\":\"b\"}", "{\"vms\":4}", UserState.SUSPENDED, 7, 9));
  }

  @Test
  void aPageGoesOnAfterTheOneBefore() {
    for (String id : new String[] {"carl", "anna", "Bert", "anna2"}) {
      users.add(new UserId(id), "{}", "{}", 1);
    }
    assertThat(users.page(2, "")).extracting(UserRow::id).containsExactly("Bert", "anna");
    assertThat(users.page(2, "anna")).extracting(UserRow::id).containsExactly("anna2", "carl");
    assertThat(users.page(2, "carl")).isEmpty();
  }

  @Test
  void theFirstVmMakesItsUserAndLaterOnesDoNot() {
    vm("anna", 1, usage -> {});
    assertThat(users.get(ANNA).created()).isEqualTo(1000);
    users.update(ANNA, null, "{\"vms\":1}", null, 1001);
    vm(
        "anna",
        2,
        usage -> assertThat(Objects.requireNonNull(usage.user()).quota()).isEqualTo("{\"vms\":1}"));
    assertThat(users.get(ANNA).changed()).isEqualTo(1001);
  }

  @Test
  void aCreateThatIsRefusedMakesNoUser() {
    assertThatThrownBy(() ->
            vm(
                "anna",
                1,
                usage -> {
                  throw new IllegalStateException("full");
                }))
        .hasMessage("full");
    assertThat(users.find(ANNA)).isEmpty();
  }

  @Test
  void oneThatHasAVmOrASnapshotIsNotRemoved() {
    VmId id = vm("anna", 1, usage -> {});
    assertThatThrownBy(() -> users.remove(ANNA, 9))
        .hasMessageContaining("User anna has 1 VMs, 0 snapshots and 0 volumes");
    store.write(sql -> sql.update("UPDATE vms SET state = 'destroyed'"));
    new SnapshotRows(store, "here", InstantSource.system())
        .insert(
            new SnapshotRow(
                "snap", id, "anna", "{}", "image", "qemu", 0, "/folder", 1, 9L, "digest"));
    assertThatThrownBy(() -> users.remove(ANNA, 9))
        .hasMessageContaining("User anna has 0 VMs, 1 snapshots and 0 volumes");
    new SnapshotRows(store, "here", InstantSource.system()).remove("anna", "snap");
    store.write(sql ->
        sql.update(
            "INSERT INTO volumes (id, host, owner, name, bytes, state, created)"
                + " VALUES ('vol-1', 'here', 'anna', 'data', 1, 'ready', 1)"));
    assertThatThrownBy(() -> users.remove(ANNA, 9))
        .hasMessageContaining("User anna has 0 VMs, 0 snapshots and 1 volumes");
    store.write(sql -> sql.update("DELETE FROM volumes"));
    users.remove(ANNA, 9);
    assertThat(users.find(ANNA)).isEmpty();
  }

  @Test
  void itsTokensGoWithIt() {
    var tokens = new TokenRows(store, "here");
    users.add(ANNA, "{}", "{}", 1);
    tokens.add("annas", "phone", TokenRole.USER, "anna", false, null, 1);
    tokens.add("roots", "root", TokenRole.ADMIN, null, false, null, 1);
    users.remove(ANNA, 9);
    assertThat(tokens.find("annas")).isEmpty();
    assertThat(tokens.find("roots")).isPresent();
  }
}
