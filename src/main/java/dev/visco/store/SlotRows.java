package dev.visco.store;

import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The network slots of one host: {@code free} (not in the kernel), {@code preparing}, {@code ready}
 * (a spare, created ahead), {@code opening} (claimed by a VM before it was created), {@code taken}
 * (a VM's), and {@code broken} (it could not be created, and is not used for a while).
 */
public final class SlotRows {
  /** Kinds of events. */
  public static final EventKind SLOT_BROKEN = EventKind.SLOT_BROKEN;

  public static final EventKind SLOT_REMADE = EventKind.SLOT_REMADE;

  private final Transactions store;
  private final String host;

  /**
   * The number of slots of the pool. Slots beyond it, of an earlier and larger pool, are given to
   * no VM.
   */
  private volatile int size = SlotIndex.MAX + 1;

  public SlotRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** A VM's slot, and whether it exists already. */
  public record Claim(SlotIndex index, boolean isOpen) {}

  /** Adds the missing rows of the pool's slots. */
  public void fill(int slots) {
    size = slots;
    store.write(sql -> {
      for (int index = 0; index < slots; index++) {
        sql.update(
            "INSERT INTO slots (host, idx, state) VALUES (?, ?, 'free') ON CONFLICT DO NOTHING",
            host,
            index);
      }
      return sql.update(
          "DELETE FROM slots WHERE host = ? AND idx >= ? AND state = 'free'", host, slots);
    });
  }

  /**
   * Gives a VM a slot: the one that it has already, else a ready one, else a free one. Empty when
   * all are taken.
   */
  public Optional<Claim> claim(VmId vm) {
    return store.write(sql -> {
      Optional<Claim> own =
          sql.first(
              "SELECT idx, state FROM slots WHERE host = ? AND vm = ?",
              row ->
                  new Claim(
                      new SlotIndex(row.getInt("idx")), row.getString("state").equals("taken")),
              host,
              vm.value());
      return own.or(() -> take(sql, vm, "ready", "taken"))
          .or(() -> take(sql, vm, "free", "opening"));
    });
  }

  /** The slot of a VM. */
  public Optional<SlotIndex> of(VmId vm) {
    return store.read(sql ->
        sql.first(
            "SELECT idx FROM slots WHERE host = ? AND vm = ?",
            row -> new SlotIndex(row.getInt("idx")),
            host,
            vm.value()));
  }

  /** Every VM that has a slot. */
  public Map<VmId, SlotIndex> claims() {
    var claims = new TreeMap<VmId, SlotIndex>();
    store
        .read(sql ->
            sql.query(
                "SELECT idx, vm FROM slots WHERE host = ? AND vm IS NOT NULL",
                row -> Map.entry(new VmId(row.getString("vm")), new SlotIndex(row.getInt("idx"))),
                host))
        .forEach(claim -> claims.put(claim.getKey(), claim.getValue()));
    return claims;
  }

  private Optional<Claim> take(Sql sql, VmId vm, String from, String to) {
    return sql.first(
        "UPDATE slots SET state = ?, vm = ? WHERE host = ? AND idx ="
            + " (SELECT MIN(idx) FROM slots WHERE host = ? AND state = ? AND idx < ?) RETURNING idx",
        row -> new Claim(new SlotIndex(row.getInt("idx")), to.equals("taken")),
        to,
        vm.value(),
        host,
        host,
        from,
        size);
  }

  /** Records that a claimed slot has been created. */
  public void opened(SlotIndex index) {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = 'taken' WHERE host = ? AND idx = ? AND state = 'opening'",
            host,
            index.value()));
  }

  /**
   * Records that a VM's slot could not be created: the slot is broken, and the VM has none. Adds an
   * event.
   */
  public void setAside(VmId vm, SlotIndex index, String why, long now) {
    store.write(sql -> {
      int changed =
          sql.update(
              "UPDATE slots SET state = 'broken', vm = NULL WHERE host = ? AND idx = ? AND vm = ?",
              host,
              index.value(),
              vm.value());
      return changed == 0
          ? 0
          : EventRows.add(
              sql,
              host,
              NewEvent.of(
                      SLOT_BROKEN,
                      "Slot %s could not be made and is given to nobody for a while: %s"
                          .formatted(index, why))
                  .vm(vm.value()),
              now);
    });
  }

  /** Makes broken slots free again. */
  public void retryBroken() {
    store.write(sql ->
        sql.update("UPDATE slots SET state = 'free' WHERE host = ? AND state = 'broken'", host));
  }

  /**
   * Adds an event: a spare slot had been changed by another program, and was created again for this
   * VM.
   */
  public void remade(VmId vm, SlotIndex index, String what, long now) {
    store.write(sql ->
        EventRows.add(
            sql,
            host,
            NewEvent.of(
                    SLOT_REMADE,
                    "Slot %s was not in order when it was given to a VM, and was made anew: %s"
                        .formatted(index, what))
                .vm(vm.value()),
            now));
  }

  /** Frees a VM's slot. */
  public void free(VmId vm) {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = 'free', vm = NULL WHERE host = ? AND vm = ?",
            host,
            vm.value()));
  }

  /** Whether every slot is a VM's; slots being created ahead do not count. */
  public boolean areAllTaken() {
    return store.read(sql ->
        sql.first(
                "SELECT idx FROM slots WHERE host = ? AND vm IS NULL AND idx < ? LIMIT 1",
                row -> row.getInt("idx"),
                host,
                size)
            .isEmpty());
  }

  /**
   * Reserves a free slot to be created ahead; empty when there is none, or enough are ready.
   *
   * @param from the lowest slot that may be used
   */
  public Optional<SlotIndex> startPreparing(int spares, SlotIndex from) {
    return store.write(sql ->
        sql.first(
            "UPDATE slots SET state = 'preparing' WHERE host = ? AND idx = (SELECT MIN(idx) FROM slots WHERE host = ? AND state = 'free' AND idx >= ? AND idx < ?)"
                + " AND (SELECT COUNT(*) FROM slots WHERE host = ? AND state IN ('ready', 'preparing')) < ? RETURNING idx",
            row -> new SlotIndex(row.getInt("idx")),
            host,
            host,
            from.value(),
            size,
            host,
            spares));
  }

  /**
   * Reserves a free slot so that its remains in the kernel can be removed; {@link #prepared}
   * releases it. False when it is not free.
   */
  public boolean startSweeping(SlotIndex index) {
    return store.write(sql -> {
      boolean isFree =
          sql.update(
                  "UPDATE slots SET state = 'preparing' WHERE host = ? AND idx = ? AND state = 'free'",
                  host,
                  index.value())
              == 1;
      boolean isNone =
          sql.first(
                  "SELECT idx FROM slots WHERE host = ? AND idx = ?",
                  row -> row.getInt("idx"),
                  host,
                  index.value())
              .isEmpty();
      return isFree || isNone; // A slot beyond the pool has no row, and no VM can claim it.
    });
  }

  /** Ends the reservation of a slot: it is ready, or free again. */
  public void prepared(SlotIndex index, boolean isReady) {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = ? WHERE host = ? AND idx = ? AND state = 'preparing'",
            isReady ? "ready" : "free",
            host,
            index.value()));
  }

  /**
   * To be called at start: frees slots that were being created, since they may be incomplete, and
   * ready ones that are not in the kernel.
   */
  public void reconcile(Set<SlotIndex> present) {
    store.write(sql -> {
      sql.update(
          "UPDATE slots SET state = 'free' WHERE host = ? AND state IN ('preparing', 'broken')",
          host);
      for (SlotIndex ready :
          sql.query(
              "SELECT idx FROM slots WHERE host = ? AND state = 'ready'",
              row -> new SlotIndex(row.getInt("idx")),
              host)) {
        if (!present.contains(ready)) {
          sql.update(
              "UPDATE slots SET state = 'free' WHERE host = ? AND idx = ?", host, ready.value());
        }
      }
      return sql;
    });
  }

  /** Every slot that is not free. */
  public List<SlotIndex> used() {
    return store.read(sql ->
        sql.query(
            "SELECT idx FROM slots WHERE host = ? AND state <> 'free' ORDER BY idx",
            row -> new SlotIndex(row.getInt("idx")),
            host));
  }

  /** The number of slots in each state. */
  public Map<String, Long> states() {
    var states = new TreeMap<String, Long>();
    store
        .read(sql ->
            sql.query(
                "SELECT state, COUNT(*) AS number FROM slots WHERE host = ? GROUP BY state",
                row -> Map.entry(row.getString("state"), row.getLong("number")),
                host))
        .forEach(count -> states.put(count.getKey(), count.getValue()));
    return states;
  }

  /** Frees the spare slots, after a reboot of the host or before Visco is shut down. */
  public void forgetSpares() {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = 'free' WHERE host = ? AND state IN ('ready', 'preparing')",
            host));
  }
}
