package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.DesiredState;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class VmRowsTest {
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");
  private static final VmId NONE = new VmId("vm-0000000f");
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private VmRows rows;

  VmRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    rows = new VmRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static NewVm vm(VmId id, String owner, @Nullable String key) {
    return new NewVm(id, owner, "{}", "image", 256, "first", key, "digest-" + id, 10, null);
  }

  private VmRow insert(VmId id) {
    return rows.insert(vm(id, "anna", null), usage -> {}).row();
  }

  private VmRow row(VmId id) {
    return rows.find(id).orElseThrow();
  }

  /** The row as the last step of a VM without an end leaves it, in the boot of the host. */
  private static VmRow settled(VmRow row) {
    VmRow made = at(row, VmState.READY, "second");
    return new VmRow(
        made.id(),
        made.owner(),
        made.spec(),
        made.image(),
        made.state(),
        made.step(),
        made.desired(),
        made.slot(),
        made.machine(),
        made.launched(),
        null,
        0,
        row.expires(),
        null,
        "boot",
        made.launchedSteady(),
        row.expiresSteady(),
        row.expiresSteady(),
        0,
        null,
        null,
        null,
        made.rebuild(),
        null,
        null,
        null,
        null,
        made.created(),
        made.changed(),
        made.ready(),
        row.expires(),
        made.revision());
  }

  /** The row as a step leaves it. */
  private static VmRow at(VmRow row, VmState state, String step) {
    return new VmRow(
        row.id(),
        row.owner(),
        row.spec(),
        row.image(),
        state,
        step,
        row.desired(),
        7,
        "machine",
        33L,
        "why",
        4,
        99L,
        "snap",
        "boot",
        34L,
        35L,
        36L,
        3,
        37L,
        38L,
        null,
        "rebuild",
        null,
        null,
        null,
        null,
        row.created(),
        row.changed(),
        55L,
        row.expires(),
        row.revision());
  }

  @Test
  void aNewOneWantsToExistAndToBeLookedAtNow() {
    VmRow row = insert(VM);
    assertThat(row).isEqualTo(row(VM));
    assertThat(row.state()).isEqualTo(VmState.CREATING);
    assertThat(row.step()).isEqualTo("first");
    assertThat(row.desired()).isEqualTo(DesiredState.EXIST);
    assertThat(row.wakeAt()).as("now, whatever any clock says").isZero();
    assertThat(row.revision()).isEqualTo(1);
    assertThat(rows.due()).containsExactly(new VmRows.Due(VM, VmState.CREATING, 1));
  }

  @Test
  void theSameKeyGivesTheSameVmOnce() {
    var first = rows.insert(vm(VM, "anna", "key"), usage -> {});
    var again =
        rows.insert(
            vm(OTHER, "anna", "key"),
            usage -> {
              throw new IllegalStateException("nothing is to be admitted");
            });
    assertThat(first.isNew()).isTrue();
    assertThat(again.isNew()).isFalse();
    assertThat(again.row()).isEqualTo(first.row());
    assertThat(again.requestDigest()).as("to be compared").isEqualTo("digest-" + VM);
    assertThat(rows.find(OTHER)).isEmpty();
  }

  @Test
  void anIdempotencyKeyIsItsOwnersAlone() {
    var annas = rows.insert(vm(VM, "anna", "key"), usage -> {});
    var berts = rows.insert(vm(OTHER, "bert", "key"), usage -> {});
    assertThat(berts.isNew()).isTrue();
    assertThat(berts.row().id()).isEqualTo(OTHER);
    assertThat(rows.insert(vm(NONE, "anna", "key"), usage -> {}).row()).isEqualTo(annas.row());
    assertThat(rows.insert(vm(NONE, "bert", "key"), usage -> {}).row()).isEqualTo(berts.row());
    assertThat(rows.find(NONE)).isEmpty();
  }

  @Test
  void admissionCountsWhatThereIsAndARefusedOneLeavesNoRow() {
    insert(VM);
    var seen = new ArrayList<VmUsage>();
    assertThatThrownBy(() ->
            rows.insert(
                vm(OTHER, "bert", null),
                usage -> {
                  seen.add(usage);
                  throw new IllegalStateException("full");
                }))
        .hasMessage("full");
    assertThat(seen)
        .containsExactly(
            new VmUsage(
                0, 256, 1, List.of(new VmUsage.ImageUse("image", null, 1, 0)), use(List.of(), 0)));
    assertThat(new UserRows(store, "local").find(new UserId("bert")))
        .as("is made with its VM")
        .isEmpty();
    assertThat(rows.list(true)).extracting(VmRow::id).containsExactly(VM);
  }

  @Test
  void whatViscoMakesForItselfCountsForNoOwnerOfItsName() {
    var canary =
        new NewVm(
            VM,
            "anna",
            Purpose.CANARY,
            "{}",
            "image",
            256,
            null,
            "first",
            null,
            "",
            10,
            null,
            null,
            null,
            VmSpec.QEMU,
            VmMetadata.NONE,
            null,
            List.of(),
            null);
    rows.insert(canary, usage -> {});
    var seen = new ArrayList<VmUsage>();
    rows.insert(vm(OTHER, "anna", null), seen::add);
    rows.insert(vm(NONE, "anna", null), seen::add);
    assertThat(seen).extracting(VmUsage::vms).containsExactly(1, 2);
    assertThat(seen).extracting(VmUsage::vmsOfOwner).containsExactly(0, 1);
    assertThat(seen)
        .extracting(usage -> usage.images().getFirst())
        .containsExactly(
            new VmUsage.ImageUse("image", null, 1, 0), new VmUsage.ImageUse("image", null, 2, 1));
  }

  @Test
  void whatAnEarlierDaemonCommitsCountsNoMore() {
    insert(VM);
    rows.begin("mine");
    VmRow seen = row(VM);
    new VmRows(store, "there").begin("theirs");
    assertThat(rows.commit(at(seen, VmState.CREATING, "second"), "mine", 12))
        .as("another host's daemon is no business of ours")
        .isPresent();
    rows.begin("theirs");
    VmRow before = row(VM);
    assertThat(rows.commit(at(seen, VmState.FAILED, "third"), "mine", 22)).isEmpty();
    assertThat(row(VM)).isEqualTo(before);
    assertThat(rows.commit(at(seen, VmState.FAILED, "third"), "theirs", 23)).isPresent();
  }

  private void setEnd(
      VmId id, @Nullable Long wakeAt, @Nullable String boot, @Nullable Long steady) {
    store.write(sql ->
        sql.update(
            "UPDATE vms SET wake_at = ?, boot = ?, wake_steady = ? WHERE id = ?",
            wakeAt,
            boot,
            steady,
            id.value()));
  }

  private List<VmId> ended(long now, String boot, long steady) {
    return rows.ended(now, boot, steady).stream().map(VmRow::id).toList();
  }

  @Test
  void anEndIsTakenFromTheSteadyClockOfTheSameBootAndFromTheWallClockOtherwise() {
    insert(VM);
    setEnd(VM, 1000L, "this", 70L);
    assertThat(ended(5000, "this", 69)).as("a clock that was set ahead ends nothing").isEmpty();
    assertThat(ended(1, "this", 70)).as("nor does one that was set back hold up").contains(VM);
    assertThat(ended(999, "next", 5000)).isEmpty();
    assertThat(ended(1000, "next", 1)).contains(VM);
    setEnd(VM, 1000L, null, null);
    assertThat(ended(999, "this", 5000)).isEmpty();
    assertThat(ended(1000, "this", 1)).contains(VM);
    setEnd(VM, null, "this", null);
    assertThat(ended(Long.MAX_VALUE, "this", Long.MAX_VALUE)).isEmpty();
    setEnd(VM, 0L, "this", null);
    assertThat(ended(Long.MAX_VALUE, "this", Long.MAX_VALUE)).as("due, not ended").isEmpty();
    assertThat(rows.due()).extracting(VmRows.Due::id).containsExactly(VM);
  }

  @Test
  void aCommitRecordsEverythingAndRaisesTheRevision() {
    insert(VM);
    VmRow done = at(begun(VM), VmState.CREATING, "second");
    VmRow now = rows.commit(done, "mine", 12).orElseThrow();
    assertThat(now)
        .usingRecursiveComparison()
        .ignoringFields("changed", "revision")
        .isEqualTo(done);
    assertThat(now.changed()).isEqualTo(12);
    assertThat(now.revision()).isEqualTo(2);
    assertThat(row(VM)).isEqualTo(now);
  }

  @Test
  void aRequestToDestroyIsRecordedOnceAndIsDueAtOnce() {
    insert(VM);
    VmRow asked = rows.requestDestroy(VM, "last", null, 15).orElseThrow();
    assertThat(asked.desired()).isEqualTo(DesiredState.DESTROY);
    assertThat(asked.state()).isEqualTo(VmState.DESTROYING);
    assertThat(asked.step()).isEqualTo("last");
    assertThat(asked.wakeAt()).isZero();
    assertThat(asked.revision()).isEqualTo(2);
    assertThat(rows.requestDestroy(VM, "other", null, 16)).as("safe to repeat").contains(asked);
    assertThat(rows.requestDestroy(NONE, "last", null, 15)).isEmpty();
    assertThat(new VmRows(store, "there").requestDestroy(VM, "last", null, 15)).isEmpty();
  }

  @Test
  void whatACreationMadeIsRecordedButDoesNotOverruleARequestToDestroy() {
    insert(VM);
    VmRow mine = begun(VM);
    rows.requestDestroy(VM, "last", null, 15);
    VmRow now = rows.commit(at(mine, VmState.READY, "second"), "mine", 16).orElseThrow();
    assertThat(now.slot()).as("must be known to be undone").isEqualTo(7);
    assertThat(now.machine()).isEqualTo("machine");
    assertThat(now.state()).isEqualTo(VmState.DESTROYING);
    assertThat(now.step()).isEqualTo("last");
    assertThat(now.wakeAt()).isZero();
    assertThat(now.desired()).isEqualTo(DesiredState.DESTROY);
  }

  @Test
  void anUndoIsCommittedOnceItIsToBeDestroyed() {
    insert(VM);
    rows.requestDestroy(VM, "last", null, 15);
    VmRow mine = begun(VM);
    VmRow now = rows.commit(at(mine, VmState.DESTROYED, "first"), "mine", 16).orElseThrow();
    assertThat(now.state()).isEqualTo(VmState.DESTROYED);
    assertThat(now.step()).isEqualTo("first");
    assertThat(rows.list(false)).isEmpty();
    assertThat(rows.list(true)).containsExactly(now);
    rows.insert(
        vm(OTHER, "anna", null),
        usage -> assertThat(usage).as("gone ones do not count").isEqualTo(zero()));
  }

  /** A step that ran when somebody asked for the stop ends later. */
  @Test
  void aStopThatWasAskedForSinceTheRowWasReadIsNotOverwritten() {
    insert(VM);
    VmRow mine = begun(VM);
    VmRow asked = rows.request(VM, row -> at(row, VmState.STOPPING, "first"), 15).orElseThrow();
    assertThat(asked.state()).isEqualTo(VmState.STOPPING);
    assertThat(asked.grace()).isEqualTo(38L);
    assertThat(asked.machine()).as("a request knows of no machine").isNull();
    VmRow now = rows.commit(at(mine, VmState.READY, "second"), "mine", 16).orElseThrow();
    assertThat(now.state()).isEqualTo(VmState.STOPPING);
    assertThat(now.machine()).as("must be known to be ended").isEqualTo("machine");
    VmRow stopped = rows.commit(at(now, VmState.STOPPED, "second"), "mine", 17).orElseThrow();
    assertThat(stopped.state()).isEqualTo(VmState.STOPPED);
  }

  @Test
  void anEndThatWasGivenSinceTheRowWasReadIsNotOverwritten() {
    insert(VM);
    VmRow mine = begun(VM);
    var end = new SpecRows.LifeEnd(500L, "boot", 400L);
    assertThat(
            rows.specs()
                .update(VM, new SpecRows.Update(spec -> mine.spec(), _ -> end, same -> same), 15))
        .isPresent();
    VmRow ready = settled(mine);
    VmRow now = rows.commit(ready, "mine", 16).orElseThrow();
    assertThat(List.of(now.expires(), now.expiresSteady(), now.wakeAt(), now.wakeSteady()))
        .containsExactly(500L, 400L, 500L, 400L);
  }

  @Test
  void aRequestThatChangesNothingWritesNothing() {
    insert(VM);
    VmRow before = row(VM);
    assertThat(rows.request(VM, row -> row, 15)).contains(before);
    assertThat(rows.request(OTHER, row -> row, 15)).isEmpty();
    assertThat(row(VM)).isEqualTo(before);
  }

  /** A destroyed one was created all the same. */
  private static VmUsage zero() {
    return new VmUsage(0, 0, 0, List.of(), use(List.of(), 1));
  }

  private static VmUsage.UserUse use(List<String> specs, int creates) {
    return new VmUsage.UserUse(
        UserState.ACTIVE, "{}", specs, List.of(), Collections.nCopies(creates, 10L));
  }

  /** Brings a new VM into this state on the way that is allowed. */
  private VmRow in(VmId id, VmState state) {
    insert(id);
    List<VmState> way =
        switch (state) {
          case CREATING -> List.of();
          case READY, FAILED, STOPPING, STOPPED -> List.of(state);
          case PAUSED, SUSPENDED, ASLEEP, STARTING -> List.of(VmState.READY, state);
          case ARCHIVED -> List.of(VmState.READY, VmState.ASLEEP, state);
          case DESTROYING, DESTROYED -> List.of(state);
        };
    rows.begin("mine");
    if (state == VmState.DESTROYING || state == VmState.DESTROYED) {
      rows.requestDestroy(id, "last", null, 15);
    }
    way.forEach(next -> rows.commit(at(row(id), next, "second"), "mine", 16));
    assertThat(row(id).state()).isEqualTo(state);
    return row(id);
  }

  @Test
  void aStateThatCannotFollowIsNotWritten() {
    int number = 0;
    for (VmState from : VmState.values()) {
      for (VmState to : VmState.values()) {
        VmRow before = in(new VmId("vm-%08x".formatted(++number)), from);
        boolean isUndo = to == VmState.DESTROYING || to == VmState.DESTROYED;
        if (before.desired() == DesiredState.DESTROY && !isUndo) {
          continue; // A state is not overwritten then, see below.
        }
        if (from.mayBecome(to)) {
          rows.commit(at(before, to, "third"), "mine", 17);
          assertThat(row(before.id()).state()).as("%s to %s", from, to).isEqualTo(to);
        } else {
          assertThatThrownBy(() -> rows.commit(at(before, to, "third"), "mine", 17))
              .as("%s to %s", from, to)
              .isInstanceOf(IllegalStateException.class)
              .hasMessage(
                  "VM %s is %s and cannot become %s; nothing is recorded"
                      .formatted(before.id(), from.word(), to.word()));
          assertThat(row(before.id())).isEqualTo(before);
        }
      }
    }
  }

  @Test
  void anotherHostsRowsAreNotSeen() {
    insert(VM);
    var there = new VmRows(store, "there");
    assertThat(there.find(VM)).isEmpty();
    assertThat(there.list(true)).isEmpty();
    assertThat(there.due()).isEmpty();
    assertThat(there.ended(1000, "this", 1000)).isEmpty();
  }

  @Test
  void dueOnesComeInTheOrderInWhichTheyWereMade() {
    insertAt(OTHER, "anna", 9);
    insertAt(VM, "anna", 8);
    assertThat(rows.due()).extracting(VmRows.Due::id).containsExactly(VM, OTHER);
    rows.commit(at(begun(VM), VmState.CREATING, "second"), "mine", 12);
    assertThat(rows.due()).as("it has an end").extracting(VmRows.Due::id).containsExactly(OTHER);
  }

  private VmRow begun(VmId id) {
    rows.begin("mine");
    return row(id);
  }

  private void insertAt(VmId id, String owner, long created) {
    rows.insert(
        new NewVm(id, owner, "{}", "image", 256, "first", null, "digest", created, null),
        usage -> {});
  }

  private void destroy(VmId id) {
    rows.requestDestroy(id, "last", null, 15);
    VmRow mine = begun(id);
    rows.commit(at(mine, VmState.DESTROYED, "first"), "mine", 16);
  }

  /** Five VMs, two of them made in the same millisecond, one destroyed. */
  @Test
  void pagesTogetherAreTheWholeListWhateverComesMeanwhile() {
    for (int number = 1; number <= 5; number++) {
      insertAt(new VmId("vm-0000000" + number), number == 3 ? "bert" : "anna", 10 + number / 2);
    }
    destroy(new VmId("vm-00000002"));
    for (boolean all : new boolean[] {true, false}) {
      var paged = new ArrayList<VmRow>();
      for (var page = rows.pages().page(VmFilter.of(all, null), 2, null);
          !page.isEmpty();
          page = rows.pages().page(VmFilter.of(all, null), 2, page.getLast().id())) {
        assertThat(page).hasSizeLessThanOrEqualTo(2);
        paged.addAll(page);
        insertAt(new VmId("vm-%s000000%d".formatted(all ? "a" : "b", paged.size())), "carl", 99);
      }
      List<VmRow> whole =
          rows.list(all).stream().filter(row -> !row.owner().equals("carl")).toList();
      assertThat(paged.stream().filter(row -> !row.owner().equals("carl")))
          .containsExactlyElementsOf(whole)
          .hasSize(all ? 5 : 4);
    }
    assertThat(rows.pages().page(VmFilter.of(true, "bert"), 10, null))
        .extracting(VmRow::owner)
        .containsExactly("bert");
    assertThat(rows.pages().page(VmFilter.of(true, "anna"), 2, new VmId("vm-00000004")))
        .extracting(row -> row.id().value())
        .containsExactly("vm-00000005", "vm-00000002");
  }

  @Test
  void aPageAfterAVmThatIsGoneIsRefused() {
    assertThatThrownBy(() -> rows.pages().page(VmFilter.of(true, null), 2, NONE))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(NONE.value())
        .hasMessageContaining("first page");
  }

  @Test
  void outcomesCountThoseThatAreGoneToo() {
    insert(VM);
    VmRow mine = begun(VM);
    rows.commit(at(mine, VmState.READY, "last"), "mine", 12);
    rows.commit(at(row(VM), VmState.READY, "last"), "mine", 13);
    assertThat(new VmStatistics(store, "here").outcomes())
        .containsExactly(new Count("qemu", "ready", 1));
  }
}
