package dev.visco.store;

import dev.visco.model.Advice;
import dev.visco.model.DesiredState;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VolumeMount;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The VMs of one host. */
public final class VmRows {
  /** The time, in milliseconds, within which a user's creates are counted. */
  public static final long RATE_WINDOW = 60_000;

  private static final String CONDUCTOR = "conductor";

  private final Transactions store;
  private final String host;

  public VmRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  public Optional<VmRow> find(VmId id) {
    return store.read(sql ->
        sql.first("SELECT * FROM vms WHERE host = ? AND id = ?", VmRow::of, host, id.value()));
  }

  /** Newest first; destroyed ones only when {@code all}, and then as many as there have been. */
  public List<VmRow> list(boolean all) {
    return store.read(
        sql -> sql.query(all(sql, all) + " ORDER BY created DESC, id", VmRow::of, host));
  }

  /** By an index that is in order already. */
  static String all(Sql sql, boolean all) {
    return all
        ? "SELECT * FROM vms" + sql.dialect().indexedBy("vms_created") + " WHERE host = ?"
        : "SELECT *" + live(sql);
  }

  /** Costs as much as there are VMs, not as there have been. */
  private static String live(Sql sql) {
    return " FROM vms"
        + sql.dialect().indexedBy("vms_live")
        + " WHERE host = ? AND state <> 'destroyed'";
  }

  /**
   * Rows of this owner's own VMs; what Visco makes for itself is nobody's, whatever it is called.
   */
  private static final String OWN =
      "SUM(CASE WHEN owner = ? AND purpose = 'user' THEN 1 ELSE 0 END)";

  /** What an owner and all owners have; the owner stands before the host. */
  static String usage(Sql sql) {
    return "SELECT COUNT(*) AS vms, COALESCE(SUM(memory_mib), 0) AS memory,"
        + " COALESCE("
        + OWN
        + ", 0) AS own"
        + live(sql);
  }

  /** The same for each image and size of disk. */
  static String imageUse(Sql sql) {
    return "SELECT image, disk_mib, COUNT(*) AS vms, "
        + OWN
        + " AS own"
        + live(sql)
        + " GROUP BY image, disk_mib";
  }

  /**
   * One page, newest first.
   *
   * @param all destroyed ones too
   * @param owner only this user's; null for everybody's, also what Visco made for itself
   * @param limit how many at most
   * @param before the last one of the page before this; null for the first page. Refused when its
   *     row is gone.
   */
  public List<VmRow> page(boolean all, @Nullable String owner, int limit, @Nullable VmId before) {
    return store.read(sql -> {
      var text = new StringBuilder(all(sql, all));
      var values = new ArrayList<@Nullable Object>(List.of(host));
      if (owner != null) {
        text.append(" AND owner = ? AND purpose = 'user'");
        values.add(owner);
      }
      if (before != null) {
        long created = cursor(sql, before, owner);
        text.append(" AND created <= ? AND (created < ? OR id > ?)");
        values.addAll(List.of(created, created, before.value()));
      }
      values.add(limit);
      return sql.query(text + " ORDER BY created DESC, id LIMIT ?", VmRow::of, values.toArray());
    });
  }

  private long cursor(Sql sql, VmId before, @Nullable String owner) {
    return sql.first(
            "SELECT created FROM vms WHERE host = ? AND id = ?"
                + (owner == null ? "" : " AND owner = ?"),
            row -> row.getLong(1),
            owner == null
                ? new Object[] {host, before.value()}
                : new Object[] {host, before.value(), owner})
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound("VM", before.value(), "Ask for the first page again.")));
  }

  /**
   * What a new VM is made of.
   *
   * @param diskMib what its root disk may grow to; null for its image's own size
   * @param volumes that are attached to it in the same transaction, or it is not made
   */
  public record NewVm(
      VmId id,
      String owner,
      Purpose purpose,
      String spec,
      String image,
      int memoryMib,
      @Nullable Integer diskMib,
      String step,
      @Nullable String idempotencyKey,
      String requestDigest,
      long now,
      @Nullable Long expires,
      @Nullable String boot,
      @Nullable Long expiresSteady,
      String release,
      List<VolumeMount> volumes) {
    public NewVm {
      volumes = List.copyOf(volumes);
    }

    /**
     * A user's with its image's own disk and without volumes, which the host's own QEMU runs, and
     * whose time to live only the wall clock knows.
     */
    public NewVm(
        VmId id,
        String owner,
        String spec,
        String image,
        int memoryMib,
        String step,
        @Nullable String idempotencyKey,
        String requestDigest,
        long now,
        @Nullable Long expires) {
      this(
          id,
          owner,
          Purpose.USER,
          spec,
          image,
          memoryMib,
          null,
          step,
          idempotencyKey,
          requestDigest,
          now,
          expires,
          null,
          null,
          VmSpec.QEMU,
          List.of());
    }
  }

  /**
   * What there is already, counted inside the transaction that inserts.
   *
   * @param user the owner; null for a VM that no user asked for
   */
  public record Usage(
      int vmsOfOwner, long memoryMib, int vms, List<ImageUse> images, @Nullable UserUse user) {
    public Usage {
      images = List.copyOf(images);
    }
  }

  /**
   * What a user has.
   *
   * @param quota as JSON
   * @param specs of its VMs that are not destroyed, as JSON
   * @param creates when it created VMs within the last {@link #RATE_WINDOW} ms, oldest first;
   *     destroyed ones count too
   */
  public record UserUse(UserState state, String quota, List<String> specs, List<Long> creates) {
    public UserUse {
      specs = List.copyOf(specs);
      creates = List.copyOf(creates);
    }
  }

  /**
   * How many VMs there are of an image with disks of one size, and how many of them are the owner's
   * who asks.
   *
   * @param diskMib null for the image's own size
   */
  public record ImageUse(String image, @Nullable Integer diskMib, int vms, int vmsOfOwner) {}

  /** Decides inside the transaction whether a VM may be added; throws to refuse. */
  public interface Admission {
    void check(Usage usage);
  }

  /** The VM that was made, or that was made earlier for the same owner under the same key. */
  public record Inserted(VmRow row, boolean isNew, String requestDigest) {}

  public Inserted insert(NewVm vm, Admission admission) {
    return store.write(sql -> {
      if (vm.idempotencyKey() != null) {
        var earlier =
            sql.first(
                "SELECT * FROM vms WHERE owner = ? AND idempotency_key = ?",
                row -> new Inserted(VmRow.of(row), false, row.getString("request_digest")),
                vm.owner(),
                vm.idempotencyKey());
        if (earlier.isPresent()) {
          return earlier.get();
        }
      }
      requireRelease(sql, vm.release());
      UserUse user = vm.purpose() == Purpose.USER ? userUse(sql, vm.owner(), vm.now()) : null;
      admission.check(usage(sql, vm.owner(), user));
      sql.update(
          "INSERT INTO vms (id, host, owner, purpose, spec, image, memory_mib, disk_mib, state, step, wish, tries, wake_at, idempotency_key,"
              + " request_digest, created, changed, expires, boot, expires_steady, release, revision)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
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
          vm.release());
      vm.volumes().forEach(volume -> VolumeRows.claim(sql, host, vm.id(), volume));
      return new Inserted(get(sql, vm.id()), true, vm.requestDigest());
    });
  }

  /** It may have been removed between the choice and now; from here on the row keeps it. */
  private void requireRelease(Sql sql, String release) {
    if (!release.equals(VmSpec.QEMU) && ReleaseRows.find(sql, host, release).isEmpty()) {
      throw new Refused(
          new Refusal.NotFound(
              "VMM release",
              release,
              Advice.of("{} lists them; try again.", new Remedy.ListReleases())));
    }
  }

  /** A user that nobody has made is made by its first VM. */
  private UserUse userUse(Sql sql, String owner, long now) {
    UserRow user = UserRows.getOrAdd(sql, owner, now);
    return new UserUse(
        user.state(),
        user.quota(),
        sql.query(
            "SELECT spec" + live(sql) + " AND owner = ? AND purpose = 'user'",
            row -> row.getString(1),
            host,
            owner),
        sql.query(
            "SELECT created FROM vms"
                + sql.dialect().indexedBy("vms_created")
                + " WHERE host = ? AND created > ? AND owner = ? AND purpose = 'user' ORDER BY created",
            row -> row.getLong(1),
            host,
            now - RATE_WINDOW,
            owner));
  }

  private Usage usage(Sql sql, String owner, @Nullable UserUse user) {
    List<ImageUse> images = sql.query(imageUse(sql), VmRows::imageUse, owner, host);
    return sql.first(
            usage(sql),
            row ->
                new Usage(
                    row.getInt("own"), row.getLong("memory"), row.getInt("vms"), images, user),
            owner,
            host)
        .orElseThrow();
  }

  private static ImageUse imageUse(ResultSet row) throws SQLException {
    int mib = row.getInt("disk_mib");
    Integer disk = row.wasNull() ? null : mib;
    return new ImageUse(row.getString("image"), disk, row.getInt("vms"), row.getInt("own"));
  }

  private VmRow get(Sql sql, VmId id) {
    return sql.first("SELECT * FROM vms WHERE host = ? AND id = ?", VmRow::of, host, id.value())
        .orElseThrow();
  }

  /** A VM on which there is something to do now. */
  public record Due(VmId id, VmState state, long revision) {}

  /**
   * Those on which there is something to do now, oldest first. Hundreds may wait for their turn, so
   * that no more of their rows is read than that.
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
   * Rows whose time has ended: by the steady clock where that was running when the end was set, and
   * by the wall clock where the host was booted since.
   *
   * @param now by the wall clock
   * @param boot the host's boot
   * @param steady milliseconds since then
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
   * From now on only what this daemon commits counts.
   *
   * @param daemon a name that no other life of a daemon has
   */
  public void begin(String daemon) {
    store.write(sql -> FactRows.set(sql, host, CONDUCTOR, daemon));
  }

  /**
   * Commits what was brought about, as long as no other daemon has begun. A state is not
   * overwritten once the VM is to be destroyed.
   *
   * @param daemon as {@link #begin} was told
   * @return the row as it is now, empty when another daemon has begun since
   * @throws IllegalStateException when a VM in its state may not get the new one ({@link
   *     VmState#next}); nothing is recorded then
   */
  public Optional<VmRow> commit(VmRow row, String daemon, long now) {
    boolean isUndo = row.state() == VmState.DESTROYING || row.state() == VmState.DESTROYED;
    return store.write(sql -> {
      // What a creation brought about is recorded in either case; where it stands only while nobody
      // wants it destroyed.
      int met =
          sql.update(
              "UPDATE vms SET slot = ?, machine = ?, launched = ?, ready = ?, boot = ?, launched_steady = ?,"
                  + " expires_steady = ?, changed = ?, revision = revision + 1"
                  + " WHERE id = ? AND EXISTS (SELECT 1 FROM facts WHERE host = ? AND name = ? AND value = ?)",
              row.slot(),
              row.machine(),
              row.launched(),
              row.ready(),
              row.boot(),
              row.launchedSteady(),
              row.expiresSteady(),
              now,
              row.id().value(),
              host,
              CONDUCTOR,
              daemon);
      if (met == 0) {
        return Optional.empty();
      }
      VmRow before = get(sql, row.id());
      if (before.desired() == DesiredState.DESTROY && !isUndo) {
        return Optional.of(before);
      }
      boolean isToStop =
          before.state() == VmState.STOPPING && before.revision() != row.revision() + 1;
      if (isToStop) {
        return Optional.of(before); // Somebody asked for that since the row was read.
      }
      requireNext(before, row.state());
      sql.update(
          "UPDATE vms SET state = ?, step = ?, failure = ?, tries = ?, wake_at = ?, wake_steady = ?, restoring = ?,"
              + " restarts = ?, start_steady = ?, grace = ? WHERE id = ?",
          row.state().word(),
          row.step(),
          row.failure(),
          row.tries(),
          row.wakeAt(),
          row.wakeSteady(),
          row.restoring(),
          row.restarts(),
          row.startSteady(),
          row.grace(),
          row.id().value());
      if (row.state() == VmState.READY || row.state() == VmState.FAILED) {
        settle(sql, row, now);
      }
      return Optional.of(get(sql, row.id()));
    });
  }

  /** A state that cannot follow is a fault of whoever would write it, and must not be recorded. */
  private static void requireNext(VmRow row, VmState next) {
    if (!row.state().mayBecome(next)) {
      throw new IllegalStateException(
          "VM %s is %s and cannot become %s; nothing is recorded"
              .formatted(row.id(), row.state().word(), next.word()));
    }
  }

  /** The first end of a creation counts. */
  private void settle(Sql sql, VmRow row, long now) {
    sql.first(
            "UPDATE vms SET outcome = ?, settled = ? WHERE id = ? AND wish = 'exist' AND outcome IS NULL"
                + " RETURNING release",
            first -> first.getString(1),
            row.state().word(),
            now,
            row.id().value())
        .ifPresent(release -> Tallies.add(sql, host, Tallies.OUTCOME, release, row.state().word()));
  }

  /**
   * Records that it is to be destroyed. Safe to repeat.
   *
   * @param firstUndo the word of the step that is undone first
   * @return the row as it is now, empty when there is no such VM
   */
  public Optional<VmRow> requestDestroy(VmId id, String firstUndo, long now) {
    return store.write(sql -> {
      Optional<VmRow> row =
          sql.first("SELECT * FROM vms WHERE host = ? AND id = ?", VmRow::of, host, id.value());
      if (row.isEmpty() || row.get().desired() == DesiredState.DESTROY) {
        return row;
      }
      requireNext(row.get(), VmState.DESTROYING);
      sql.update(
          "UPDATE vms SET wish = ?, state = ?, step = ?, tries = 0, wake_at = 0, wake_steady = NULL,"
              + " changed = ?, revision = revision + 1 WHERE id = ?",
          DesiredState.DESTROY.word(),
          VmState.DESTROYING.word(),
          firstUndo,
          now,
          id.value());
      return Optional.of(get(sql, id));
    });
  }

  /** Decides inside the transaction what becomes of a VM that is there; throws to refuse. */
  public interface Change {
    /**
     * @return the row's new state, desired state and grace; the row itself for no change
     */
    VmRow of(VmRow row);
  }

  /**
   * Records what somebody wants of a VM, while steps may be running on it: the state, the step, the
   * desired state and the grace that {@code change} gives, and that there is something to do.
   *
   * @return the row as it is now, empty when there is no such VM
   */
  public Optional<VmRow> request(VmId id, Change change, long now) {
    return store.write(sql -> {
      Optional<VmRow> found =
          sql.first("SELECT * FROM vms WHERE host = ? AND id = ?", VmRow::of, host, id.value());
      if (found.isEmpty()) {
        return found;
      }
      VmRow row = found.get();
      VmRow wanted = change.of(row);
      if (wanted.equals(row)) {
        return found;
      }
      requireNext(row, wanted.state());
      sql.update(
          "UPDATE vms SET wish = ?, state = ?, step = ?, failure = ?, tries = ?, wake_at = ?, wake_steady = ?,"
              + " restarts = ?, start_steady = ?, grace = ?, changed = ?, revision = revision + 1 WHERE id = ?",
          wanted.desired().word(),
          wanted.state().word(),
          wanted.step(),
          wanted.failure(),
          wanted.tries(),
          wanted.wakeAt(),
          wanted.wakeSteady(),
          wanted.restarts(),
          wanted.startSteady(),
          wanted.grace(),
          now,
          id.value());
      return Optional.of(get(sql, id));
    });
  }
}
