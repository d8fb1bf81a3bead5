package dev.visco.store;

import dev.visco.model.DesiredState;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.VmRows.Admission;
import dev.visco.store.VmRows.Inserted;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * VMs that wait in pools. Each waits for one kind of request, all of which would make the same
 * machine; who takes one makes it a user's VM by one change of its row.
 */
public final class PoolRows {
  /** In place of what it waits for, in a VM that was taken. */
  public static final String TAKEN = "taken";

  /** Begins what a VM has there from which others are to be made, until they can be. */
  private static final String MODEL = "model:";

  private static final String OF_POOLS =
      "SELECT * FROM vms WHERE host = ? AND purpose = 'pool' AND state <> 'destroyed'";

  private final Transactions store;
  private final String host;

  public PoolRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** What a VM has as {@link VmRow#pool} from which those that wait for this are to be made. */
  public static String model(String kind) {
    return MODEL + kind;
  }

  /** What requests a VM of a pool waits for, or is to be the model for. */
  public static String kind(String pool) {
    return pool.startsWith(MODEL) ? pool.substring(MODEL.length()) : pool;
  }

  /** Whether others are to be made from it. */
  public static boolean isModel(String pool) {
    return pool.startsWith(MODEL);
  }

  /** All VMs of all pools that are not destroyed, the oldest first. */
  public List<VmRow> all() {
    return store.read(sql -> sql.query(OF_POOLS + " ORDER BY created, id", VmRow::of, host));
  }

  /** The VMs that can be taken for this kind of request, the oldest first. */
  public List<VmRow> waiting(String kind) {
    return store.read(sql ->
        sql.query(
            OF_POOLS + " AND pool = ? AND state = ? AND wish = ? ORDER BY created, id",
            VmRow::of,
            host,
            kind,
            VmState.READY.word(),
            DesiredState.EXIST.word()));
  }

  /** Has a model wait as the VMs that were made from it do. Safe to repeat. */
  public void join(VmId id, String kind) {
    store.write(sql ->
        sql.update(
            "UPDATE vms SET pool = ?, revision = revision + 1 WHERE host = ? AND id = ? AND pool = ?",
            kind,
            host,
            id.value(),
            model(kind)));
  }

  /**
   * Whether a VM of a user's, or another one that waits for nobody, is being created or started.
   */
  public boolean areOthersBooting() {
    return store.read(sql ->
        sql.first(
                "SELECT 1 FROM vms WHERE host = ? AND purpose <> 'pool' AND state IN ('creating', 'starting') LIMIT 1",
                row -> true,
                host)
            .isPresent());
  }

  /**
   * Records that a VM of a pool is to be destroyed, unless somebody has taken it since it was read.
   *
   * @param firstUndo the word of the step that is undone first
   * @return whether that was recorded now
   */
  public boolean end(VmRow read, String firstUndo, String reason, long now) {
    return store.write(sql -> {
      boolean isOfPool =
          sql.first(
                  "SELECT 1 FROM vms WHERE host = ? AND id = ? AND purpose = 'pool' AND wish <> ?",
                  row -> true,
                  host,
                  read.id().value(),
                  DesiredState.DESTROY.word())
              .isPresent();
      if (isOfPool) {
        VmRows.destroy(sql, host, VmRows.get(sql, host, read.id()), firstUndo, reason, now);
      }
      return isOfPool;
    });
  }

  /**
   * How a VM that waits becomes its user's at once.
   *
   * @param ready makes of its row that of a VM that is ready
   * @param daemon the name given to {@link VmRows#begin}
   * @param replaced what is thrown when another daemon has begun since
   */
  public record AtOnce(
      UnaryOperator<VmRow> ready, String daemon, Supplier<? extends RuntimeException> replaced) {}

  /**
   * Gives a VM that waits to a user, if it still waits, and counts the request. From then on it is
   * being created, at its last step, and was ready before; or it is ready, if nothing of its user's
   * has to come into its guest or changes how its traffic leaves. The caller holds its lease.
   *
   * @param waiting as it was read
   * @param vm what is asked for; its id is not used
   * @param type the VM type whose pool it is
   * @param admission decides whether the user may have it
   * @param atOnce null for a VM whose guest or network has to be told something in any case
   * @return that VM, or the one that was created with the same key; empty when it does not wait any
   *     more
   */
  public Optional<Inserted> take(
      VmRow waiting, NewVm vm, String type, Admission admission, @Nullable AtOnce atOnce) {
    return store.write(sql -> {
      Optional<Inserted> earlier = VmRows.earlier(sql, vm);
      if (earlier.isPresent()) {
        return earlier;
      }
      boolean stillWaits =
          VmRows.find(sql, host, waiting.id())
              .filter(row -> row.revision() == waiting.revision() && !row.isTaken())
              .isPresent();
      if (!stillWaits) {
        return Optional.empty();
      }
      String name = vm.metadata().name() == null ? null : vm.metadata().name().value();
      VmNameRows.requireFree(sql, host, vm.owner(), name, waiting.id());
      admission.check(VmUsage.of(sql, host, vm.owner(), vm.purpose(), vm.now()));
      VmRows.requireNext(waiting, VmState.CREATING);
      sql.update(
          "UPDATE vms SET owner = ?, purpose = ?, spec = ?, pool = ?, state = ?, step = ?, tries = 0,"
              + " failure = NULL, wake_at = 0, wake_steady = NULL, idempotency_key = ?, request_digest = ?,"
              + " created = ?, changed = ?, expires = ?, boot = ?, expires_steady = ?, name = ?, labels = ?,"
              + " used = NULL, outcome = NULL, settled = NULL, restarts = 0, revision = revision + 1"
              + " WHERE id = ?",
          vm.owner(),
          vm.purpose().word(),
          vm.spec(),
          TAKEN,
          VmState.CREATING.word(),
          vm.step(),
          vm.idempotencyKey(),
          vm.requestDigest(),
          vm.now(),
          vm.now(),
          vm.expires(),
          vm.boot(),
          vm.expiresSteady(),
          name,
          LabelText.of(vm.metadata().labels()),
          waiting.id().value());
      if (vm.userData() != null) {
        UserDataRows.insert(sql, host, waiting.id(), vm.userData());
      }
      VmRow row = VmRows.get(sql, host, waiting.id());
      VmEvents.add(sql, host, EventKind.VM_CREATED, row, "was taken from its pool", null, vm.now());
      Tallies.add(sql, host, Tallies.POOL, type, Request.TAKEN.word());
      VmRow given = atOnce == null || hasMore(sql, vm.owner()) ? row : ready(sql, row, atOnce, vm);
      return Optional.of(new Inserted(given, true, vm.requestDigest()));
    });
  }

  /**
   * Whether a user has what comes into their guests or changes how their traffic leaves. Who gives
   * them something later looks for their VMs after it is recorded, and so finds this one.
   */
  private boolean hasMore(Sql sql, String owner) {
    return SecretRows.hasAny(sql, host, owner)
        || FactRows.find(sql, host, FactRows.egressOfUser(owner)).isPresent();
  }

  private VmRow ready(Sql sql, VmRow row, AtOnce atOnce, NewVm vm) {
    return VmRows.commit(sql, host, atOnce.ready().apply(row), atOnce.daemon(), vm.now())
        .orElseThrow(atOnce.replaced());
  }

  /** Counts a request for a VM of a type that has a pool, for whom none was taken. */
  public void count(String type, Request outcome) {
    store.write(sql -> {
      Tallies.add(sql, host, Tallies.POOL, type, outcome.word());
      return outcome;
    });
  }

  /** How often each of these was the case, by type and {@link Request#word}. */
  public List<Count> counts() {
    return store.read(sql -> Tallies.of(sql, host, Tallies.POOL));
  }

  /** What became of a request for a VM of a type that has a pool. */
  public enum Request {
    /** One that waited was taken. */
    TAKEN,
    /** None waited: it is made from the same snapshot as those that do. */
    CLONED,
    /** There was none to make it from either: it boots. */
    BOOTED,
    /** It asks for another machine than those that wait. */
    OTHER;

    /** The word of metrics, like {@code taken}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
