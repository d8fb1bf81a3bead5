package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.Route;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.snapshot.SnapshotService;
import dev.visco.store.SnapshotRow;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pause, resume and snapshots as callers see them. */
@Timeout(60)
class SnapshotRoutesTest {
  @TempDir private Path folder;
  private final List<Snapshot> snapshots = new ArrayList<>();
  private @Nullable ApiUnderTest started;

  /** On the fake VMs; settles at once. */
  private final class InMemory implements SnapshotService {
    private Vm settle(VmId id, VmState state) {
      api().vms.settle(id, state, null);
      return api().vms.vm(id);
    }

    @Override
    public Vm pause(VmId id) {
      if (api().vms.vm(id).state() != VmState.READY) {
        throw new Refused(new Refusal.Conflict("The VM " + id + " is creating.", "Wait."));
      }
      return settle(id, VmState.PAUSED);
    }

    @Override
    public Vm resume(VmId id) {
      return settle(id, VmState.READY);
    }

    @Override
    public Snapshot create(VmId id, @Nullable String name, boolean isKept, boolean isOfDisk) {
      String called = Objects.requireNonNullElse(name, "snap-00000001");
      var made =
          new Snapshot(
              called,
              api().vms.vm(id).id(),
              api().vms.vm(id).spec().owner(),
              new Digest("sha256:" + "0".repeat(64)),
              "1.16.1",
              Instant.parse("2026-01-02T03:04:05Z"),
              5 << 20);
      snapshots.add(made);
      return made;
    }

    @Override
    public <T> T forUse(VmId id, Function<String, T> work) {
      return work.apply(create(id, null).name());
    }

    @Override
    public SnapshotRow planForUse(VmId id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Snapshot> list() {
      return List.copyOf(snapshots);
    }

    @Override
    public void remove(UserId owner, String name) {
      if (!snapshots.removeIf(one -> one.name().equals(name) && one.user().equals(owner))) {
        throw new Refused(new Refusal.NotFound("snapshot", name, "visco snapshot ls lists them."));
      }
    }

    @Override
    public Snapshot retain(UserId owner, String name, SnapshotRetention retention) {
      Snapshot before =
          snapshots.stream()
              .filter(one -> one.name().equals(name) && one.user().equals(owner))
              .findFirst()
              .orElseThrow();
      var after =
          new Snapshot(
              name,
              before.vm(),
              owner,
              before.image(),
              before.release(),
              before.created(),
              before.bytes(),
              before.state(),
              retention,
              null,
              null,
              before.consistency(),
              0);
      snapshots.set(snapshots.indexOf(before), after);
      return after;
    }

    @Override
    public void letGo(UserId owner) {
      snapshots.removeIf(one -> one.user().equals(owner));
    }

    @Override
    public Vm restore(UserId owner, String name) {
      VmId vm =
          snapshots.stream()
              .filter(one -> one.name().equals(name) && one.user().equals(owner))
              .map(Snapshot::vm)
              .findFirst()
              .orElseThrow(() -> new Refused(new Refusal.NotFound("snapshot", name, "Look.")));
      return settle(vm, VmState.CREATING);
    }
  }

  private ApiUnderTest api() {
    return Objects.requireNonNull(started);
  }

  @BeforeEach
  void start() {
    started =
        ApiUnderTest.start(
            folder, new SnapshotRoutes(new InMemory()).routes().toArray(Route[]::new));
  }

  @AfterEach
  void stop() {
    api().close();
  }

  private String ready() throws Exception {
    String id = api().create();
    api().vms.settle(new VmId(id), VmState.READY, null);
    return id;
  }

  @Test
  void aVmIsPausedAndResumed() throws Exception {
    String id = ready();
    assertThat(api().send("POST", "/api/vms/" + id + "/pause", "").field("state"))
        .isEqualTo("paused");
    assertThat(api().get("/api/vms/" + id).field("state")).isEqualTo("paused");
    assertThat(api().send("POST", "/api/vms/" + id + "/resume", "").field("state"))
        .isEqualTo("ready");
    String booting = api().create();
    assertThat(api().send("POST", "/api/vms/" + booting + "/pause", "").status()).isEqualTo(409);
    assertThat(api().send("POST", "/api/vms/vm-00000000/pause", "").status()).isEqualTo(404);
    assertThat(api().send("POST", "/api/vms/no-id/pause", "").status()).isEqualTo(404);
  }

  @Test
  void snapshotsAreMadeListedRestoredAndRemoved() throws Exception {
    String id = ready();
    var made = api().send("POST", "/api/vms/" + id + "/snapshots", "{\"name\":\"first\"}");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.field("name")).isEqualTo("first");
    assertThat(made.field("state")).isEqualTo("whole");
    assertThat(made.field("release")).isEqualTo("1.16.1");
    assertThat(api().send("POST", "/api/vms/" + id + "/snapshots", "").field("name"))
        .isEqualTo("snap-00000001");
    assertThat(api().get("/api/snapshots").json()).hasSize(2);
    assertThat(api().get("/api/snapshots?vm=" + id).json()).hasSize(2);
    assertThat(api().get("/api/snapshots?vm=vm-00000000").json()).isEmpty();
    var back = api().send("POST", "/api/snapshots/first/restore", "");
    assertThat(back.status()).isEqualTo(202);
    assertThat(back.field("state")).isEqualTo("creating");
    assertThat(api().send("DELETE", "/api/snapshots/first", "").status()).isEqualTo(200);
    assertThat(api().send("DELETE", "/api/snapshots/first", "").status()).isEqualTo(404);
    assertThat(api().send("POST", "/api/vms/" + id + "/snapshots", "{\"nam\":\"x\"}").status())
        .isEqualTo(400);
  }

  @Test
  void howLongOneStaysIsChanged() throws Exception {
    snapshot("anna", "first");
    assertThat(api().get("/api/snapshots").json().get(0).path("retention").asString())
        .isEqualTo("vm");
    var kept = api().send("PATCH", "/api/snapshots/first", "{\"retention\":\"kept\"}");
    assertThat(kept.status()).isEqualTo(200);
    assertThat(kept.field("retention")).isEqualTo("kept");
    for (String wrong : List.of("{\"retention\":\"for-ever\"}", "{}")) {
      var refused = api().send("PATCH", "/api/snapshots/first", wrong);
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.field("field")).isEqualTo("retention");
    }
    assertThat(api().send("PATCH", "/api/snapshots/other", "{\"retention\":\"kept\"}").status())
        .isEqualTo(404);
  }

  private void snapshot(String user, String name) throws Exception {
    String id =
        api()
            .send("POST", "/api/vms", "{\"userId\":\"" + user + "\",\"vmType\":\"cli\"}")
            .field("vmId");
    api().vms.settle(new VmId(id), VmState.READY, null);
    api().send("POST", "/api/vms/" + id + "/snapshots", "{\"name\":\"" + name + "\"}");
  }

  /** A name that one user alone has needs no user, as before names were each user's own. */
  @Test
  void aNameThatSeveralUsersHaveIsRefusedUntilOneIsNamed() throws Exception {
    snapshot("anna", "first");
    snapshot("anna", "second");
    snapshot("bert", "first");
    for (String request :
        List.of("DELETE /api/snapshots/first", "POST /api/snapshots/first/restore")) {
      String[] parts = request.split(" ", 2);
      var refused = api().send(parts[0], parts[1], "");
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.field("field")).isEqualTo("user");
      assertThat(refused.field("remedy")).isEqualTo("Name one of them: anna, bert.");
      assertThat(api().send(parts[0], parts[1] + "?user=carl", "").status()).isEqualTo(404);
    }
    assertThat(api().send("DELETE", "/api/snapshots/second", "").status()).isEqualTo(200);
    assertThat(api().send("POST", "/api/snapshots/first/restore?user=bert", "").field("userId"))
        .isEqualTo("bert");
    assertThat(api().get("/api/snapshots?user=anna").json().findValuesAsString("name"))
        .containsExactly("first");
    assertThat(api().send("DELETE", "/api/snapshots/first?user=anna", "").status()).isEqualTo(200);
    assertThat(api().send("DELETE", "/api/snapshots/first", "").status()).isEqualTo(200);
    assertThat(api().get("/api/snapshots").json()).isEmpty();
    assertThat(api().send("DELETE", "/api/snapshots/first", "").status()).isEqualTo(404);
  }

  @Test
  void pagesGoOnThoughNamesStandTwice() throws Exception {
    snapshot("anna", "first");
    snapshot("bert", "first");
    snapshot("carl", "first");
    var page = api().get("/api/snapshots?limit=1");
    var users = new ArrayList<>(page.json().findValuesAsString("userId"));
    while (!page.next().isEmpty()) {
      page = api().get(page.next());
      users.addAll(page.json().findValuesAsString("userId"));
    }
    assertThat(users).containsExactly("anna", "bert", "carl");
    assertThat(api().get("/api/snapshots?before=first").status()).isEqualTo(404);
  }
}
