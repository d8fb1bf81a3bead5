package dev.visco.store;

import dev.visco.model.Advice;
import dev.visco.model.DesiredState;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SeenRevision;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of one host's VMs. Every write of a state is checked against {@link VmState#next}. */
public final class VmRows {
  static final String CONDUCTOR = "conductor";

  /** For how long an idempotency key gives the same VM again: 24 hours. */
  public static final long KEY_MILLIS = 24 * 3_600_000L;

  private final Transactions store;
  private final String host;

  public VmRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** Changes of what VMs are to be. */
  public SpecRows specs() {
    return new SpecRows(store, host);
  }

  /** Their sizes, and what they reserve. */
  public SizeRows sizes() {
    return new SizeRows(store, host);
  }

  /** Another number after each change of what lists contain. */
  public long version() {
    return store.version();
  }

  /** Lists, a page at a time. */
  public VmPages pages() {
    return new VmPages(store, host);
  }

  /** VMs by what people call them. */
  public VmNameRows names() {
    return new VmNameRows(store, host);
  }

  /** What VMs were created with for their guests. */
  public UserDataRows userData() {
    return new UserDataRows(store);
  }

  public Optional<VmRow> find(VmId id) {
    return store.read(sql -> find(sql, host, id));
  }

  /** Newest first; with {@code all} also destroyed ones. */
  public List<VmRow> list(boolean all) {
    return store.read(
        sql -> sql.query(VmQueries.all(sql, all) + " ORDER BY created DESC, id", VmRow::of, host));
  }

  /** Decides within the transaction whether a VM may be added; throws to refuse. */
  public interface Admission {
    void check(VmUsage usage);
  }

  /** The new VM, or the one that the same owner created earlier with the same key. */
  public record Inserted(VmRow row, boolean isNew, String requestDigest) {}

  public Inserted insert(NewVm vm, Admission admission) {
    return insert(vm, null, admission);
  }

  /**
   * The same for a VM that goes on from a snapshot.
   *
   * @param restoring the snapshot's name among the VM's owner's; null for none
   * @throws Refused also when there is no such snapshot any more
   */
  public Inserted insert(NewVm vm, @Nullable String restoring, Admission admission) {
    return store.write(sql -> insert(sql, vm, restoring, admission));
  }

  /** A VM that is to be inserted together with others. */
  public record Candidate(NewVm vm, Admission admission) {}

  /**
   * Refuses what {@link #insert} would refuse of any of these, one after the other; none of them is
   * inserted.
   *
   * @param restoring the snapshot's name among their owner's; null for none
   */
  public void tryInsert(List<Candidate> vms, @Nullable String restoring) {
    try {
      store.write(sql -> {
        vms.forEach(one -> insert(sql, one.vm(), restoring, one.admission()));
        throw new TrialOver();
      });
    } catch (TrialOver e) {
      // It was rolled back.
    }
  }

  /** Rolls a trial back. */
  private static final class TrialOver extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TrialOver() {
      super("a trial is over", null, false, false);
    }
  }

  private Inserted insert(Sql sql, NewVm vm, @Nullable String restoring, Admission admission) {
    Optional<Inserted> earlier = earlier(sql, vm);
    if (earlier.isPresent()) {
      return earlier.get();
    }
    requireRelease(sql, vm.release());
    requireSnapshot(sql, vm.owner(), restoring);
    String name = vm.metadata().name() == null ? null : vm.metadata().name().value();
    VmNameRows.requireFree(sql, host, vm.owner(), name, vm.id());
    admission.check(VmUsage.of(sql, host, vm.owner(), vm.purpose(), vm.now()));
    sql.update(
        "INSERT INTO vms (id, host, owner, purpose, spec, image, memory_mib, disk_mib, state, step, wish, tries, wake_at, idempotency_key,"
            + " request_digest, created, changed, expires, boot, expires_steady, release, name, labels, restoring, pool, revision)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        vm.id().value(),
        host,
        vm.owner(),
        vm.purpose().word(),
        vm.spec(),
        vm.image(),
        vm.memoryMib(),
        vm.diskMib(),
        VmState.CREATING.word(),
        vm.step(),
        DesiredState.EXIST.word(),
        vm.idempotencyKey(),
        vm.requestDigest(),
        vm.now(),
        vm.now(),
        vm.expires(),
        vm.boot(),
        vm.expiresSteady(),
        vm.release(),
        name,
        LabelText.of(vm.metadata().labels()),
        restoring,
        vm.pool());
    if (vm.userData() != null) {
      UserDataRows.insert(sql, host, vm.id(), vm.userData());
    }
    VmRow row = get(sql, vm.id());
    VmEvents.add(sql, host, EventKind.VM_CREATED, row, "was created", null, vm.now());
    vm.volumes().forEach(volume -> VolumeRows.claim(sql, host, row, volume, vm.now()));
    return new Inserted(row, true, vm.requestDigest());
  }

  /** The VM that the same owner created with the same key; one that has expired is free again. */
  static Optional<Inserted> earlier(Sql sql, NewVm vm) {
    if (vm.idempotencyKey() == null) {
      return Optional.empty();
    }
    Optional<Inserted> earlier =
        sql.first(
            "SELECT * FROM vms WHERE owner = ? AND idempotency_key = ?",
            row -> new Inserted(VmRow.of(row), false, row.getString("request_digest")),
            vm.owner(),
            vm.idempotencyKey());
    if (earlier.isPresent() && vm.now() - earlier.get().row().created() < KEY_MILLIS) {
      return earlier;
    }
    earlier.ifPresent(old ->
        sql.update("UPDATE vms SET idempotency_key = NULL WHERE id = ?", old.row().id().value()));
    return Optional.empty();
  }

  /** Refuses a release that was removed meanwhile; the new row will keep it from being removed. */
  private void requireRelease(Sql sql, String release) {
    if (!release.equals(VmSpec.QEMU) && ReleaseRows.find(sql, host, release).isEmpty()) {
      throw new Refused(
          new Refusal.NotFound(
              "VMM release",
              release,
              Advice.of("{} lists them; try again.", new Remedy.ListReleases())));
    }
  }

  /** Refuses a snapshot that was removed meanwhile; the new row will keep it from being removed. */
  private void requireSnapshot(Sql sql, String owner, @Nullable String name) {
    if (name != null
        && SnapshotRows.find(sql, host, SnapshotRows.holder(owner, name), name)
            .filter(SnapshotRow::isWhole)
            .isEmpty()) {
      throw new Refused(
          new Refusal.NotFound(
              "snapshot", name, Advice.of("{} lists them.", new Remedy.ListSnapshots())));
    }
  }

  private VmRow get(Sql sql, VmId id) {
    return get(sql, host, id);
  }

  static Optional<VmRow> find(Sql sql, String host, VmId id) {
    return sql.first("SELECT * FROM vms WHERE host = ? AND id = ?", VmRow::of, host, id.value());
  }

  static VmRow get(Sql sql, String host, VmId id) {
    return find(sql, host, id).orElseThrow();
  }

  /** A VM that has work to be done now. */
  public record Due(VmId id, VmState state, long revision) {}

  /**
   * The VMs that have work to be done now, oldest first. Hundreds may wait for their turn, so only
   * the needed columns are read.
   */
  public List<Due> due() {
    return store.read(sql ->
        sql.query(
            "SELECT id, state, revision FROM vms WHERE host = ? AND wake_at = 0 ORDER BY created, id",
            row ->
                new Due(
                    new VmId(row.getString("id")),
                    VmRow.state(row.getString("state")),
                    row.getLong("revision")),
            host));
  }

  /**
   * Rows whose time has ended: by the monotonic clock if the end was set in this boot of the host,
   * otherwise by the wall clock.
   *
   * @param now by the wall clock
   * @param boot the host's boot
   * @param steady milliseconds since the boot
   */
  public List<VmRow> ended(long now, String boot, long steady) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM vms WHERE host = ? AND wake_at > 0"
                + " AND CASE WHEN boot = ? AND wake_steady IS NOT NULL THEN wake_steady <= ? ELSE wake_at <= ? END"
                + " ORDER BY wake_at",
            VmRow::of,
            host,
            boot,
            steady,
            now));
  }

  /**
   * Lets only this daemon commit from now on.
   *
   * @param daemon a unique name of this run of the daemon
   */
  public void begin(String daemon) {
    store.write(sql -> FactRows.set(sql, host, CONDUCTOR, daemon));
  }

  /**
   * Commits the result of a step, unless another daemon has begun. The state of a VM that is to be
   * destroyed is not overwritten.
   *
   * @param daemon the name given to {@link #begin}
   * @return the row as it is now, empty when another daemon has begun since
   * @throws IllegalStateException when a VM in its state may not get the new one ({@link
   *     VmState#next}); nothing is recorded then
   */
  public Optional<VmRow> commit(VmRow row, String daemon, long now) {
    return store.write(sql -> commit(sql, host, row, daemon, now));
  }

  static Optional<VmRow> commit(Sql sql, String host, VmRow row, String daemon, long now) {
    boolean isUndo = row.state() == VmState.DESTROYING || row.state() == VmState.DESTROYED;
    // Resources that a step made are recorded in any case; the state is recorded only while the
    // VM is not to be destroyed.
    int met =
        sql.update(
            "UPDATE vms SET slot = ?, machine = ?, launched = ?, ready = ?, boot = ?, launched_steady = ?,"
                + " expires_steady = CASE WHEN boot = ? THEN expires_steady ELSE ? END, changed = ?, revision = revision + 1"
                + " WHERE id = ? AND EXISTS (SELECT 1 FROM facts WHERE host = ? AND name = ? AND value = ?)",
            row.slot(),
            row.machine(),
            row.launched(),
            row.ready(),
            row.boot(),
            row.launchedSteady(),
            // Somebody may have given it another end since the row was read.
            row.boot(),
            row.expiresSteady(),
            now,
            row.id().value(),
            host,
            CONDUCTOR,
            daemon);
    if (met == 0) {
      return Optional.empty();
    }
    VmRow before = get(sql, host, row.id());
    if (before.desired() == DesiredState.DESTROY && !isUndo) {
      return Optional.of(before);
    }
    boolean isToStop =
        before.state() == VmState.STOPPING && before.revision() != row.revision() + 1;
    if (isToStop) {
      return Optional.of(before); // It was requested after the row was read.
    }
    requireNext(before, row.state());
    boolean isUntilItExpires =
        row.state() != VmState.DESTROYED && Objects.equals(row.wakeAt(), row.expires());
    sql.update(
        "UPDATE vms SET state = ?, step = ?, failure = ?, tries = ?, restoring = ?,"
            + " wake_at = CASE WHEN ? THEN expires ELSE ? END,"
            + " wake_steady = CASE WHEN ? THEN expires_steady ELSE ? END,"
            + " restarts = ?, start_steady = ?, grace = ?, rebuild = ?,"
            + " pool = CASE WHEN ? THEN NULL ELSE pool END WHERE id = ?",
        row.state().word(),
        row.step(),
        row.failure(),
        row.tries(),
        row.restoring(),
        isUntilItExpires,
        row.wakeAt(),
        isUntilItExpires,
        row.wakeSteady(),
        row.restarts(),
        row.startSteady(),
        row.grace(),
        row.rebuild(),
        row.pool() == null,
        row.id().value());
    if (row.state() == VmState.DESTROYED) {
      UserDataRows.remove(sql, row.id());
      SecretRows.removeOf(sql, row.id());
      VmCredentialRows.removeOf(sql, row.id());
    }
    if (row.state() == VmState.READY || row.state() == VmState.FAILED) {
      settle(sql, host, before, row, now);
    }
    VmRow after = get(sql, host, row.id());
    VmEvents.changed(sql, host, before, after, null, now);
    return Optional.of(after);
  }

  /** An invalid change of state is a fault of the program, and must not be recorded. */
  static void requireNext(VmRow row, VmState next) {
    if (!row.state().mayBecome(next)) {
      throw new IllegalStateException(
          "VM %s is %s and cannot become %s; nothing is recorded"
              .formatted(row.id(), row.state().word(), next.word()));
    }
  }

  /** Records the outcome of the create, once. */
  private static void settle(Sql sql, String host, VmRow before, VmRow row, long now) {
    sql.first(
            "UPDATE vms SET outcome = ?, settled = ? WHERE id = ? AND wish = 'exist' AND outcome IS NULL"
                + " RETURNING release",
            first -> first.getString(1),
            row.state().word(),
            now,
            row.id().value())
        .ifPresent(release -> {
          Tallies.add(sql, host, Tallies.OUTCOME, release, row.state().word());
          if (row.state() == VmState.READY) {
            ReadyTimes.add(sql, host, before, now);
          }
        });
  }

  /**
   * Records that a VM is to be destroyed. Safe to repeat.
   *
   * @param firstUndo the word of the step that is undone first
   * @param reason why, for its event; null when the caller only asks for it
   * @return the row as it is now, empty when there is no such VM
   */
  public Optional<VmRow> requestDestroy(
      VmId id, String firstUndo, @Nullable String reason, long now) {
    return store.write(sql -> {
      Optional<VmRow> row = find(sql, host, id);
      if (row.isEmpty() || row.get().desired() == DesiredState.DESTROY) {
        return row;
      }
      SeenRevision.require(id, row.get().revision());
      return Optional.of(destroy(sql, host, row.get(), firstUndo, reason, now));
    });
  }

  /** Records that a VM is to be destroyed which is not to be yet; returns its row as it is now. */
  static VmRow destroy(
      Sql sql, String host, VmRow row, String firstUndo, @Nullable String reason, long now) {
    requireNext(row, VmState.DESTROYING);
    sql.update(
        "UPDATE vms SET wish = ?, state = ?, step = ?, tries = 0, wake_at = 0, wake_steady = NULL,"
            + " changed = ?, revision = revision + 1 WHERE id = ?",
        DesiredState.DESTROY.word(),
        VmState.DESTROYING.word(),
        firstUndo,
        now,
        row.id().value());
    VmRow after = get(sql, host, row.id());
    VmEvents.changed(sql, host, row, after, reason, now);
    return after;
  }

  /** Decides within the transaction about a change of an existing VM; throws to refuse. */
  public interface Change {
    /**
     * @return the row's new state, desired state and grace; the row itself for no change
     */
    VmRow of(VmRow row);
  }

  /**
   * Records a request for a VM, also while steps are running on it: the state, step, desired state
   * and grace of {@code change}, and that there is work to be done.
   *
   * @return the row as it is now, empty when there is no such VM
   */
  public Optional<VmRow> request(VmId id, Change change, long now) {
    return request(id, change, null, now);
  }

  /**
   * The same, if {@code admission} allows it.
   *
   * @param admission null for what takes no more of the host than before
   */
  public Optional<VmRow> request(VmId id, Change change, @Nullable Admission admission, long now) {
    return store.write(sql -> {
      Optional<VmRow> found = find(sql, host, id);
      if (found.isEmpty()) {
        return found;
      }
      VmRow row = found.get();
      SeenRevision.require(id, row.revision());
      VmRow wanted = change.of(row);
      if (wanted.equals(row)) {
        return found;
      }
      requireNext(row, wanted.state());
      if (admission != null) {
        admission.check(VmUsage.of(sql, host, row.owner(), Purpose.USER, now));
      }
      sql.update(
          "UPDATE vms SET wish = ?, state = ?, step = ?, failure = ?, tries = ?, wake_at = ?, wake_steady = ?,"
              + " restoring = ?, restarts = ?, start_steady = ?, grace = ?, changed = ?, revision = revision + 1 WHERE id = ?",
          wanted.desired().word(),
          wanted.state().word(),
          wanted.step(),
          wanted.failure(),
          wanted.tries(),
          wanted.wakeAt(),
          wanted.wakeSteady(),
          wanted.restoring(),
          wanted.restarts(),
          wanted.startSteady(),
          wanted.grace(),
          now,
          id.value());
      VmRow after = get(sql, id);
      VmEvents.changed(sql, host, row, after, null, now);
      return Optional.of(after);
    });
  }
}
