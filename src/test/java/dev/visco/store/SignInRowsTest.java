package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.lifecycle.SampleRows;
import dev.visco.model.Labels;
import dev.visco.model.Purpose;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.store.SignInRows.SignInNote;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sign-ins as rows, on each database. */
class SignInRowsTest {
  private static final SignInNote NOTE = SignInNote.of("starting", "Its VM boots.");
  @TempDir private Path folder;

  private static SignInRow row(String id, String user, @Nullable Long ended) {
    return new SignInRow(
        id,
        new UserId(user),
        "demo",
        "default",
        0,
        false,
        SignInState.STARTING,
        SignInHolder.USER,
        "admin",
        null,
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
        100,
        ended);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void oneIsUnderWayForAUserAndProvider(TestDatabase kind) throws Exception {
    try (var database = kind.open(folder)) {
      var rows = new SignInRows(database, "local");
      assertThat(rows.insert(row("signin-1", "alice", null), others -> {}, NOTE)).isEmpty();
      assertThat(rows.insert(row("signin-2", "alice", null), others -> {}, NOTE))
          .map(SignInRow::id)
          .contains("signin-1");
      assertThat(rows.insert(row("signin-3", "bob", null), others -> {}, NOTE)).isEmpty();
      assertThat(new SignInRows(database, "other").active()).isEmpty();
      rows.change("signin-1", now -> now.endedIn(SignInState.FAILED, "why", 7), NOTE, 8);
      assertThat(rows.insert(row("signin-2", "alice", null), others -> {}, NOTE)).isEmpty();
      assertThat(rows.active()).extracting(SignInRow::id).containsExactly("signin-2", "signin-3");
      assertThat(rows.list(new UserId("alice"), 10)).hasSize(2);
    }
  }

  /** Whoever writes past the check is refused by the store. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theStoreItselfHoldsIt(TestDatabase kind) throws Exception {
    try (var database = kind.open(folder)) {
      var rows = new SignInRows(database, "local");
      rows.insert(row("signin-1", "alice", null), others -> {}, NOTE);
      rows.insert(row("signin-2", "bob", null), others -> {}, NOTE);
      assertThatThrownBy(() ->
              database.write(
                  sql -> sql.update("UPDATE sign_ins SET owner = 'alice' WHERE id = 'signin-2'")))
          .isInstanceOf(StoreFault.class);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aChangeIsRecordedWithWhatHappenedAndNothingAfterItsEnd(TestDatabase kind) throws Exception {
    try (var database = kind.open(folder)) {
      var rows = new SignInRows(database, "local");
      rows.insert(row("signin-1", "alice", null), others -> {}, NOTE);
      var vm = new VmId("vm-00000001");
      rows.change(
          "signin-1",
          now ->
              now.at(vm)
                  .in(SignInState.WAITING)
                  .showing("https://a/", "https://b/", "AB-12", 4242)
                  .heldBy(SignInHolder.OPERATOR)
                  .seenAt(5),
          SignInNote.of("waiting", "It waits."),
          6);
      SignInRow waiting = rows.findActive(vm).orElseThrow();
      assertThat(waiting.link()).isEqualTo("https://a/");
      assertThat(waiting.pasteLink()).isEqualTo("https://b/");
      assertThat(waiting.code()).isEqualTo("AB-12");
      assertThat(waiting.port()).isEqualTo(4242);
      assertThat(waiting.holder()).isEqualTo(SignInHolder.OPERATOR);
      assertThat(waiting.toString()).doesNotContain("https", "AB-12");
      rows.change("signin-1", now -> now.endedIn(SignInState.EXPIRED, "why", 7), NOTE, 8);
      assertThat(rows.change("signin-1", now -> now.in(SignInState.WAITING), NOTE, 9)).isEmpty();
      SignInRow ended = rows.find("signin-1").orElseThrow();
      assertThat(ended.link()).isNull();
      assertThat(ended.code()).isNull();
      assertThat(rows.findActive(vm)).isEmpty();
      assertThat(rows.events("signin-1", 1, 10))
          .extracting(SignInEventRow::number, SignInEventRow::at)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple(2L, 6L),
              org.assertj.core.groups.Tuple.tuple(3L, 7L));
      assertThat(rows.change("signin-none", now -> now, NOTE, 9)).isEqualTo(Optional.empty());
      assertThat(new Retention(database, "local").removeSignIns(8)).isEqualTo(1);
      assertThat(rows.find("signin-1")).isEmpty();
      assertThat(rows.events("signin-1", 0, 10)).isEqualTo(List.of());
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aCredentialIsInTheVmOfItsSignInUntilThatIsGone(TestDatabase kind) throws Exception {
    try (var database = kind.open(folder)) {
      var alice = new UserId("alice");
      var vm = new VmId("vm-00000001");
      var rows = new SignInRows(database, "local");
      new VmRows(database, "local")
          .insert(
              SampleRows.created(vm, SampleRows.spec(alice, Purpose.SIGN_IN), Labels.NONE, 1),
              usage -> {});
      rows.insert(row("signin-1", "alice", null), others -> {}, NOTE);
      rows.change("signin-1", now -> now.at(vm).in(SignInState.WAITING), NOTE, 2);
      assertThat(rows.inTheirVms(alice)).as("an earlier one may be delivered").isEmpty();
      rows.change("signin-1", now -> now.in(SignInState.VALIDATING), NOTE, 3);
      assertThat(rows.inTheirVms(alice))
          .containsExactly(SecretName.credential("alice", "demo", "default"));
      assertThat(rows.inTheirVms(new UserId("bob"))).isEmpty();
      rows.change("signin-1", now -> now.endedIn(SignInState.FAILED, "why", 4), NOTE, 4);
      assertThat(rows.inTheirVms(alice)).as("nothing of it was stored").isEmpty();
      rows.insert(row("signin-2", "alice", null), others -> {}, NOTE);
      rows.change("signin-2", now -> now.at(vm).stored(stored(alice)), NOTE, 5);
      rows.change("signin-2", now -> now.endedIn(SignInState.STORED, null, 6), NOTE, 6);
      assertThat(rows.inTheirVms(alice)).hasSize(1);
      database.write(sql -> sql.update("UPDATE vms SET state = 'destroyed'"));
      assertThat(rows.inTheirVms(alice)).isEmpty();
    }
  }

  private static SecretRow stored(UserId user) {
    return SampleSecrets.of(
        "cred-000000000001",
        SecretName.credential(user.value(), "demo", "default"),
        1,
        SecretState.VALID);
  }
}
