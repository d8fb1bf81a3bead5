package dev.visco.store;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmId;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeState;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The volumes of one host. A row is there before its file and goes after it, and its {@code vm}
 * alone decides which VM has it: it is set in the transaction that records the VM.
 */
public final class VolumeRows {
  private static final String OF_ID = "SELECT * FROM volumes WHERE host = ? AND id = ?";

  private final Transactions store;
  private final String host;
  private final InstantSource clock;

  /**
   * @param clock tells when events happened
   */
  public VolumeRows(Transactions store, String host, InstantSource clock) {
    this.store = store;
    this.host = host;
    this.clock = clock;
  }

  /**
   * What there is already, counted inside the transaction that adds to it.
   *
   * @param bytes the sizes of all volumes together
   * @param bytesOfOwner those of the owner who asks
   */
  public record VolumeUsage(long bytes, long bytesOfOwner) {}

  /** Decides inside the transaction whether there may be more; throws to refuse. */
  public interface VolumeAdmission {
    void check(VolumeUsage usage);
  }

  /** Records a new one; refused when its owner has one of this name. */
  public void insert(VolumeRow row, VolumeAdmission admission) {
    store.write(sql -> {
      if (find(sql, row.owner(), row.name()).isPresent()) {
        throw nameTaken(row.owner(), row.name());
      }
      admission.check(usage(sql, row.owner()));
      add(sql, EventKind.VOLUME_CREATED, row, "was created", row.created());
      return sql.update(
          "INSERT INTO volumes (id, host, owner, name, bytes, state, vm, created)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          row.id().value(),
          host,
          row.owner(),
          row.name(),
          row.bytes(),
          row.state().word(),
          row.vm() == null ? null : row.vm().value(),
          row.created());
    });
  }

  private int add(Sql sql, EventKind kind, VolumeRow row, String text, long now) {
    return add(sql, host, kind, row, null, text, now);
  }

  private static int add(
      Sql sql,
      String host,
      EventKind kind,
      VolumeRow row,
      @Nullable VmId vm,
      String text,
      long now) {
    return EventRows.add(
        sql,
        host,
        NewEvent.of(kind, "The volume " + row.name() + " " + text + ".")
            .vm(vm == null ? null : vm.value())
            .owner(row.owner())
            .subject(row.name()),
        now);
  }

  private VolumeUsage usage(Sql sql, String owner) {
    return sql.first(
            "SELECT COALESCE(SUM(bytes), 0) AS bytes,"
                + " COALESCE(SUM(CASE WHEN owner = ? THEN bytes ELSE 0 END), 0) AS own"
                + " FROM volumes WHERE host = ?",
            row -> new VolumeUsage(row.getLong("bytes"), row.getLong("own")),
            owner,
            host)
        .orElseThrow();
  }

  private Optional<VolumeRow> find(Sql sql, String owner, String name) {
    return sql.first(
        "SELECT * FROM volumes WHERE host = ? AND owner = ? AND name = ?",
        VolumeRow::of,
        host,
        owner,
        name);
  }

  public Optional<VolumeRow> find(String owner, String name) {
    return store.read(sql -> find(sql, owner, name));
  }

  public Optional<VolumeRow> find(VolumeId id) {
    return store.read(sql -> sql.first(OF_ID, VolumeRow::of, host, id.value()));
  }

  /**
   * Newest first.
   *
   * @param owner only this user's; null for everybody's
   */
  public List<VolumeRow> list(@Nullable String owner) {
    return store.read(sql ->
        owner == null
            ? sql.query(
                "SELECT * FROM volumes WHERE host = ? ORDER BY created DESC, owner, name",
                VolumeRow::of,
                host)
            : sql.query(
                "SELECT * FROM volumes WHERE host = ? AND owner = ? ORDER BY created DESC, name",
                VolumeRow::of,
                host,
                owner));
  }

  /** Those that this VM has. */
  public List<VolumeRow> ofVm(VmId vm) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM volumes WHERE host = ? AND vm = ? ORDER BY name",
            VolumeRow::of,
            host,
            vm.value()));
  }

  /**
   * Attaches a volume to a VM that is being recorded, in the same transaction.
   *
   * @throws Refused when it is gone, is another VM's, or somebody works on its file
   */
  static void claim(Sql sql, String host, VmRow vm, VolumeMount mount, long now) {
    VolumeRow row =
        sql.first(OF_ID, VolumeRow::of, host, mount.volume().value())
            .orElseThrow(() -> notFound(mount.name().value()));
    if (row.vm() != null) {
      throw taken(row, row.vm(), mount.home());
    }
    if (row.state() != VolumeState.READY && row.state() != VolumeState.NEW) {
      throw busy(row);
    }
    VmId id = vm.id();
    sql.update("UPDATE volumes SET vm = ? WHERE id = ?", id.value(), row.id().value());
    add(sql, host, EventKind.VOLUME_ATTACHED, row, id, "is attached to " + id, now);
  }

  /** There is one of this name. */
  public static Refused nameTaken(String owner, String name) {
    return new Refused(
        new Refusal.Conflict(
            "User " + owner + " has a volume \"" + name + "\" already.",
            Advice.of("Use another name, or remove it: {}", new Remedy.RemoveVolume(name))));
  }

  /** There is none of this name. */
  public static Refused notFound(String name) {
    return new Refused(
        new Refusal.NotFound(
            "volume", name, Advice.of("{} lists them.", new Remedy.ListVolumes())));
  }

  private static Refused taken(VolumeRow row, VmId vm, boolean isHome) {
    Advice gone =
        Advice.of("Destroy that VM, which keeps the volume ({})", new Remedy.RemoveVm(vm.value()));
    return new Refused(
        new Refusal.Conflict(
            "The volume \""
                + row.name()
                + "\" of user "
                + row.owner()
                + " is attached to "
                + vm
                + ".",
            isHome
                ? gone.and(
                    Advice.of(", or create this one without a home: {}", new Remedy.LeaveOutHome()))
                : gone.and(", or leave the volume out.")));
  }

  private static Refused busy(VolumeRow row) {
    return new Refused(
        new Refusal.Conflict(
            switch (row.state()) {
              case NEW, CREATING -> "The volume \"" + row.name() + "\" is still being made.";
              case READY, BUSY ->
                  "The volume \"" + row.name() + "\" is being resized, imported or exported.";
              case REMOVING -> "The volume \"" + row.name() + "\" is being removed.";
            },
            "Try again when that is done."));
  }

  /**
   * Takes a volume that no VM has, for work on its file: nobody else gets it until it has its next
   * state.
   *
   * @return the row as it was
   * @throws Refused when a VM has it, or somebody else works on it
   */
  public VolumeRow take(VolumeId id, VolumeState during) {
    return store.write(sql -> {
      VolumeRow row =
          sql.first(OF_ID, VolumeRow::of, host, id.value()).orElseThrow(() -> notFound(id.value()));
      if (row.vm() != null) {
        throw taken(row, row.vm(), false);
      }
      if (row.state() != VolumeState.READY && row.state() != VolumeState.NEW) {
        throw busy(row);
      }
      state(sql, id, during);
      return row;
    });
  }

  private int state(Sql sql, VolumeId id, VolumeState state) {
    return sql.update(
        "UPDATE volumes SET state = ? WHERE host = ? AND id = ?", state.word(), host, id.value());
  }

  /** Its file is whole, and nobody works on it. */
  public void ready(VolumeId id) {
    store.write(sql -> state(sql, id, VolumeState.READY));
  }

  /**
   * Records the size that its file is about to get.
   *
   * @throws Refused when that is less than it has, or {@code admission} refuses it
   */
  public void grow(VolumeId id, long bytes, VolumeAdmission admission) {
    store.write(sql -> {
      VolumeRow row =
          sql.first(OF_ID, VolumeRow::of, host, id.value()).orElseThrow(() -> notFound(id.value()));
      VolumeUsage usage = usage(sql, row.owner());
      admission.check(
          new VolumeUsage(usage.bytes() - row.bytes(), usage.bytesOfOwner() - row.bytes()));
      int grown =
          sql.update(
              "UPDATE volumes SET bytes = ? WHERE host = ? AND id = ? AND bytes < ?",
              bytes,
              host,
              id.value(),
              bytes);
      if (grown == 1) {
        String text = "has " + (bytes >> 20) + " MiB";
        add(sql, EventKind.VOLUME_RESIZED, row, text, clock.millis());
      }
      return grown;
    });
  }

  /** Gives back what this VM had; safe to repeat. */
  public void release(VolumeId id, VmId vm) {
    store.write(sql -> {
      Optional<VolumeRow> row =
          sql.first(
              "UPDATE volumes SET vm = NULL WHERE host = ? AND id = ? AND vm = ? RETURNING *",
              VolumeRow::of,
              host,
              id.value(),
              vm.value());
      row.ifPresent(one ->
          add(
              sql,
              host,
              EventKind.VOLUME_DETACHED,
              one,
              vm,
              "is no longer attached to " + vm,
              clock.millis()));
      return row;
    });
  }

  /** Forgets one that no file was made for, unless a VM has it. */
  public void removeUnused(VolumeId id) {
    remove(id, " AND vm IS NULL AND state = '" + VolumeState.NEW.word() + "'");
  }

  /** Takes the row away; safe to repeat. */
  public void remove(VolumeId id) {
    remove(id, "");
  }

  private void remove(VolumeId id, String condition) {
    store.write(sql -> {
      Optional<VolumeRow> row =
          sql.first(
              "DELETE FROM volumes WHERE host = ? AND id = ?" + condition + " RETURNING *",
              VolumeRow::of,
              host,
              id.value());
      row.ifPresent(one -> add(sql, EventKind.VOLUME_REMOVED, one, "was removed", clock.millis()));
      return row;
    });
  }
}
