package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.lifecycle.SampleRows;
import dev.visco.model.LabelSelector;
import dev.visco.model.Labels;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What VMs are called, and how they are found by it, in each database. */
@ParameterizedClass
@EnumSource
class VmNamesTest {
  private static final VmId ONE = new VmId("vm-12000001");
  private static final VmId TWO = new VmId("vm-12000002");
  private static final VmId THREE = new VmId("vm-3abc0000");
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private VmRows rows;

  VmNamesTest(TestDatabase database) {
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

  private static VmMetadata metadata(@Nullable String name, Map<String, String> labels) {
    return new VmMetadata(name == null ? null : new VmName(name), Labels.of(labels));
  }

  private VmRow insert(VmId id, String owner, Purpose purpose, String type, VmMetadata metadata) {
    return rows.insert(
            new NewVm(
                id,
                owner,
                purpose,
                "{\"type\":\"" + type + "\"}",
                "image",
                256,
                null,
                "first",
                null,
                "digest-" + id,
                10,
                null,
                null,
                null,
                VmSpec.QEMU,
                metadata,
                null,
                List.of(),
                null),
            usage -> {})
        .row();
  }

  private VmRow insert(VmId id, String owner, @Nullable String name) {
    return insert(id, owner, Purpose.USER, "cli", metadata(name, Map.of()));
  }

  private void destroy(VmId id) {
    rows.requestDestroy(id, "last", null, 15);
    rows.begin("mine");
    VmRow row = rows.find(id).orElseThrow();
    store.write(
        sql -> sql.update("UPDATE vms SET state = 'destroyed' WHERE id = ?", row.id().value()));
  }

  private List<VmId> found(String text, @Nullable String owner) {
    return rows.names().find(text, owner).stream().map(VmNameRows.Candidate::id).toList();
  }

  @Test
  void whatAVmIsCalledIsKept() {
    VmMetadata called = metadata("web", Map.of("team", "red", "example.com/gpu", ""));
    assertThat(insert(ONE, "anna", Purpose.USER, "cli", called).metadata()).isEqualTo(called);
    assertThat(rows.find(ONE).orElseThrow().metadata()).isEqualTo(called);
    assertThat(insert(TWO, "anna", null).metadata()).isEqualTo(VmMetadata.NONE);
  }

  @Test
  void aNameIsOneVmsOfItsOwnerUntilThatIsDestroyed() {
    insert(ONE, "anna", "web");
    insert(TWO, "bert", "web");
    assertThatThrownBy(() -> insert(THREE, "anna", "web"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The name \"web\" is that of the VM " + ONE);
    assertThat(rows.find(THREE)).as("half made").isEmpty();
    rows.requestDestroy(ONE, "last", null, 15);
    assertThatThrownBy(() -> insert(THREE, "anna", "web")).isInstanceOf(Refused.class);
    destroy(ONE);
    insert(THREE, "anna", "web");
    assertThat(found("web", "anna")).containsExactly(THREE);
  }

  @Test
  void anotherNameIsGivenUnlessItIsTaken() {
    insert(ONE, "anna", "web");
    insert(TWO, "anna", "db");
    var taken = new SpecRows.Update(spec -> spec, null, _ -> metadata("web", Map.of()));
    long revision = rows.find(TWO).orElseThrow().revision();
    assertThatThrownBy(() -> rows.specs().update(TWO, taken, 20))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is that of the VM " + ONE);
    assertThat(rows.find(TWO).orElseThrow().revision()).isEqualTo(revision);
    assertThat(rows.specs().update(ONE, taken, 20)).as("its own").isPresent();
    var free = new SpecRows.Update(spec -> spec, null, _ -> metadata(null, Map.of("a", "b")));
    VmRow changed = rows.specs().update(ONE, free, 21).orElseThrow();
    assertThat(changed.metadata()).isEqualTo(metadata(null, Map.of("a", "b")));
    assertThat(rows.specs().update(TWO, taken, 22)).isPresent();
    destroy(TWO);
    assertThat(rows.specs().update(TWO, free, 23)).isEmpty();
  }

  @Test
  void aVmIsFoundByIdByNameAndByAUniqueBeginning() {
    insert(ONE, "anna", "web");
    insert(TWO, "anna", "vm-1");
    insert(THREE, "bert", "web");
    assertThat(found("vm-12000001", "anna")).containsExactly(ONE);
    assertThat(found("12000001", "anna")).containsExactly(ONE);
    assertThat(found("web", "anna")).containsExactly(ONE);
    assertThat(found("web", null)).containsExactly(ONE, THREE);
    assertThat(found("vm-1", "anna")).as("a name before a beginning").containsExactly(TWO);
    assertThat(found("vm-12", "anna")).containsExactly(ONE, TWO);
    assertThat(found("3a", null)).containsExactly(THREE);
    assertThat(found("vm-", null)).containsExactly(ONE, TWO, THREE);
    for (String foreign : List.of("3a", "vm-3abc0000", "3abc0000")) {
      assertThat(found(foreign, "anna")).as(foreign).isEmpty();
    }
    for (String nothing : List.of("", "vm", "we", "WEB", "web%", "_eb", "vm-4")) {
      assertThat(found(nothing, null)).as(nothing).isEmpty();
    }
    destroy(ONE);
    assertThat(found("vm-12000001", "anna")).as("by its whole id").containsExactly(ONE);
    assertThat(found("12", "anna")).containsExactly(TWO);
    assertThat(found("web", "anna")).isEmpty();
  }

  /** As after a rebuild of the store from folders, one of which is older than the other. */
  @Test
  void aNameThatTwoHaveAllTheSameIsBoths() {
    insert(ONE, "anna", "web");
    insert(TWO, "anna", "db");
    store.write(sql -> sql.update("UPDATE vms SET name = 'web' WHERE id = ?", TWO.value()));
    assertThat(found("web", "anna")).containsExactly(ONE, TWO);
    var other = new SpecRows.Update(spec -> spec, null, _ -> metadata("db", Map.of()));
    assertThat(rows.specs().update(TWO, other, 20)).isPresent();
    assertThat(found("web", "anna")).containsExactly(ONE);
  }

  @Test
  void whatAVmWasCreatedWithIsKeptUntilItIsDestroyed() {
    var vm =
        new NewVm(
            ONE,
            "anna",
            Purpose.USER,
            "{}",
            "image",
            256,
            null,
            "first",
            "key",
            "digest",
            10,
            null,
            null,
            null,
            VmSpec.QEMU,
            VmMetadata.NONE,
            "its data",
            List.of(),
            null);
    rows.insert(vm, usage -> {});
    assertThat(rows.insert(vm, usage -> {}).isNew()).as("the same request").isFalse();
    insert(TWO, "anna", "db");
    assertThat(rows.userData().find(ONE)).contains("its data");
    assertThat(rows.userData().find(TWO)).isEmpty();
    rows.requestDestroy(ONE, "last", null, 15);
    rows.begin("mine");
    assertThat(rows.userData().find(ONE)).as("its folder is still there").isPresent();
    rows.commit(SampleRows.in(VmState.DESTROYED, rows.find(ONE).orElseThrow()), "mine", 16);
    assertThat(rows.userData().find(ONE)).isEmpty();
  }

  private List<String> listed(VmFilter filter) {
    return rows.pages().page(filter, 10, null).stream().map(row -> row.id().value()).toList();
  }

  private static VmFilter filter(
      @Nullable String type, Set<VmState> states, String labels, @Nullable String name) {
    return new VmFilter(
        false,
        null,
        type,
        states,
        labels.isEmpty() ? LabelSelector.ALL : LabelSelector.of(labels),
        name);
  }

  @Test
  void listsAreFilteredByTypeStateLabelAndName() {
    insert(ONE, "anna", Purpose.USER, "cli", metadata("web", Map.of("team", "red", "gpu", "")));
    insert(TWO, "anna", Purpose.USER, "browser", metadata("db", Map.of("team", "Red", "a", "b")));
    insert(THREE, "bert", Purpose.USER, "cli", metadata("web", Map.of("ateam", "red")));
    Set<VmState> any = Set.of();
    String one = ONE.value();
    String two = TWO.value();
    String three = THREE.value();
    assertThat(listed(filter("cli", any, "", null))).containsExactly(one, three);
    assertThat(listed(filter("cl", any, "", null))).isEmpty();
    assertThat(listed(filter(null, any, "", "web"))).containsExactly(one, three);
    assertThat(listed(filter(null, any, "team", null))).containsExactly(one, two);
    assertThat(listed(filter(null, any, "team=red", null))).containsExactly(one);
    assertThat(listed(filter(null, any, "team=re", null))).isEmpty();
    assertThat(listed(filter(null, any, "gpu", null))).containsExactly(one);
    assertThat(listed(filter(null, any, "team,a=b", null))).containsExactly(two);
    assertThat(listed(filter("cli", any, "team", "web"))).containsExactly(one);
    destroy(TWO);
    assertThat(listed(filter(null, Set.of(VmState.DESTROYED), "", null))).containsExactly(two);
    assertThat(listed(filter(null, Set.of(VmState.CREATING, VmState.DESTROYED), "team", null)))
        .containsExactly(one, two);
    assertThat(listed(filter(null, Set.of(VmState.READY), "", null))).isEmpty();
    assertThat(listed(filter("browser", any, "", null))).isEmpty();
  }
}
