package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.MountPath;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.model.VolumeState;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class VolumeRowsTest {
  private static final VolumeId DATA = new VolumeId("vol-00000001");
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");
  private final TestDatabase database;
  @TempDir private Path folder;
  private TestDatabase.Opened store;
  private VolumeRows rows;
  private VmRows vms;

  VolumeRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    rows = new VolumeRows(store, "here", InstantSource.system());
    vms = new VmRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static VolumeRow row(String id, String owner, String name) {
    return new VolumeRow(new VolumeId(id), owner, name, 1 << 30, VolumeState.CREATING, null, 5);
  }

  @Test
  void theyAreListedNewestFirst() {
    data();
    rows.insert(
        new VolumeRow(
            new VolumeId("vol-00000002"), "anna", "old", 1, VolumeState.CREATING, null, 4),
        usage -> {});
    rows.insert(
        new VolumeRow(
            new VolumeId("vol-00000003"), "bert", "new", 1, VolumeState.CREATING, null, 6),
        usage -> {});
    assertThat(rows.list(null)).extracting(VolumeRow::name).containsExactly("new", "data", "old");
    assertThat(rows.list("anna")).extracting(VolumeRow::name).containsExactly("data", "old");
  }

  private VolumeRow data() {
    rows.insert(row(DATA.value(), "anna", "data"), usage -> {});
    rows.ready(DATA);
    return rows.find(DATA).orElseThrow();
  }

  private VmRow insert(VmId id, boolean home) {
    var mount = new VolumeMount(DATA, new VolumeName("data"), new MountPath("/data"), false, home);
    var vm =
        new NewVm(
            id,
            "anna",
            Purpose.USER,
            "{}",
            "image",
            256,
            null,
            "first",
            null,
            "digest",
            10,
            null,
            null,
            null,
            VmSpec.QEMU,
            VmMetadata.NONE,
            null,
            List.of(mount),
            null);
    return vms.insert(vm, usage -> {}).row();
  }

  private static void assertConflict(ThrowingCallable work, String... said) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class))
        .hasMessageContainingAll(said);
  }

  @Test
  void aVolumeIsThereBeforeItIsWholeAndUntilItIsRemoved() {
    rows.insert(row(DATA.value(), "anna", "data"), usage -> {});
    assertThat(rows.find("anna", "data")).hasValue(row(DATA.value(), "anna", "data"));
    rows.ready(DATA);
    assertThat(rows.find(DATA).orElseThrow().state()).isEqualTo(VolumeState.READY);
    rows.remove(DATA);
    rows.remove(DATA);
    assertThat(rows.list(null)).isEmpty();
  }

  @Test
  void namesAreTheirOwners() {
    data();
    assertConflict(
        () -> rows.insert(row("vol-00000002", "anna", "data"), usage -> {}),
        "User anna has a volume \"data\" already.");
    rows.insert(row("vol-00000003", "bert", "data"), usage -> {});
    rows.insert(row("vol-00000004", "anna", "big"), usage -> {});
    new VolumeRows(store, "there", InstantSource.system())
        .insert(row("vol-00000005", "anna", "data"), usage -> {});
    assertThat(rows.list(null))
        .extracting(one -> one.owner() + " " + one.name())
        .containsExactly("anna big", "anna data", "bert data");
    assertThat(rows.list("bert"))
        .extracting(VolumeRow::id)
        .containsExactly(new VolumeId("vol-00000003"));
    assertThat(rows.find("carl", "data")).isEmpty();
  }

  @Test
  void whoeverAdmitsOneSeesWhatThereIs() {
    data();
    rows.insert(row("vol-00000003", "bert", "data"), usage -> {});
    var seen = new AtomicReference<VolumeRows.VolumeUsage>();
    assertThatThrownBy(() ->
            rows.insert(
                row("vol-00000004", "anna", "more"),
                usage -> {
                  seen.set(usage);
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");
    assertThat(seen).hasValue(new VolumeRows.VolumeUsage(2L << 30, 1 << 30));
    assertThat(rows.find("anna", "more")).isEmpty();
  }

  @Test
  void aVmThatIsRecordedHasItAndNobodyElse() {
    data();
    insert(VM, false);
    assertThat(rows.ofVm(VM)).extracting(VolumeRow::id).containsExactly(DATA);
    assertConflict(() -> insert(OTHER, false), "attached to " + VM, "leave the volume out");
    assertConflict(
        () -> insert(OTHER, true), "attached to " + VM, "without its type's home volume");
    assertThat(vms.find(OTHER)).as("nothing is recorded of it").isEmpty();
    assertConflict(() -> rows.take(DATA, VolumeState.REMOVING), "attached to " + VM);
    rows.release(DATA, OTHER);
    assertThat(rows.ofVm(VM)).as("only its VM gives it back").hasSize(1);
    rows.release(DATA, VM);
    rows.release(DATA, VM);
    insert(OTHER, false);
    assertThat(rows.find(DATA).orElseThrow().vm()).isEqualTo(OTHER);
  }

  @Test
  void oneThatIsWorkedOnIsNobodys() {
    data();
    assertThat(rows.take(DATA, VolumeState.BUSY).state()).isEqualTo(VolumeState.READY);
    assertConflict(() -> insert(VM, false), "is being resized, imported or exported");
    assertConflict(() -> rows.take(DATA, VolumeState.REMOVING), "is being resized");
    rows.ready(DATA);
    rows.take(DATA, VolumeState.REMOVING);
    assertConflict(() -> insert(VM, false), "is being removed");
    rows.remove(DATA);
    assertThatThrownBy(() -> insert(VM, false))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("There is no volume \"data\"");
    assertThatThrownBy(() -> rows.take(DATA, VolumeState.BUSY)).isInstanceOf(Refused.class);
  }

  @Test
  void oneThatIsStillMadeIsNobodysButANewHome() {
    rows.insert(row(DATA.value(), "anna", "data"), usage -> {});
    assertConflict(() -> insert(VM, true), "is still being made");
    rows.remove(DATA);
    rows.insert(
        new VolumeRow(DATA, "anna", "data", 1 << 30, VolumeState.NEW, null, 5), usage -> {});
    insert(VM, true);
    rows.removeUnused(DATA);
    assertThat(rows.ofVm(VM)).as("a VM has it").hasSize(1);
    rows.release(DATA, VM);
    rows.removeUnused(DATA);
    assertThat(rows.find(DATA)).isEmpty();
  }

  @Test
  void itGrowsWithinTheBounds() {
    data();
    var seen = new AtomicReference<VolumeRows.VolumeUsage>();
    rows.grow(DATA, 3L << 30, seen::set);
    assertThat(seen).as("its own size aside").hasValue(new VolumeRows.VolumeUsage(0, 0));
    assertThat(rows.find(DATA).orElseThrow().bytes()).isEqualTo(3L << 30);
    rows.grow(DATA, 1L << 30, usage -> {});
    assertThat(rows.find(DATA).orElseThrow().bytes()).as("it never shrinks").isEqualTo(3L << 30);
  }
}
