package dev.visco.store;

import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The network slots of one host: {@code free} (nothing in the kernel), {@code preparing}, {@code
 * ready} (made ahead), {@code opening} (taken by a VM before it was made), {@code taken} and {@code
 * broken} (it could not be made and is given to nobody for a while).
 */
public final class SlotRows {
  /** Kinds of events. */
  public static final String SLOT_BROKEN = "slot-broken";

  public static final String SLOT_REMADE = "slot-remade";

  private final Transactions store;
  private final String host;

  /** How many the pool has; a slot beyond, of an earlier and larger one, is given to nobody. */
  private volatile int size = SlotIndex.MAX + 1;

  public SlotRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /** Whose a slot is. */
  public record Claim(SlotIndex index, boolean isOpen) {}

  /** Makes rows for all slots of the pool; those that exist stay as they are. */
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
   * Gives this VM a slot, one that is ready if there is any; the same one when it has one. Empty
   * when all are taken.
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

  /** The slot that this VM has. */
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

  /** The slot that was taken before it was made is made now. */
  public void opened(SlotIndex index) {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = 'taken' WHERE host = ? AND idx = ? AND state = 'opening'",
            host,
            index.value()));
  }

  /**
   * The VM's slot could not be made: it is broken, and the VM has none any more. Operators are
   * told.
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
              SLOT_BROKEN,
              vm.value(),
              "Slot %s could not be made and is given to nobody for a while: %s"
                  .formatted(index, why),
              now);
    });
  }

  /** Broken slots may be made again. */
  public void retryBroken() {
    store.write(sql ->
        sql.update("UPDATE slots SET state = 'free' WHERE host = ? AND state = 'broken'", host));
  }

  /** Tells operators that somebody changed a spare slot, which was made anew for this VM. */
  public void remade(VmId vm, SlotIndex index, String what, long now) {
    store.write(sql ->
        EventRows.add(
            sql,
            host,
            SLOT_REMADE,
            vm.value(),
            "Slot %s was not in order when it was given to a VM, and was made anew: %s"
                .formatted(index, what),
            now));
  }

  /** Gives a VM's slot back. */
  public void free(VmId vm) {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = 'free', vm = NULL WHERE host = ? AND vm = ?",
            host,
            vm.value()));
  }

  /** Whether every slot is a VM's; one that is being made ahead may yet be had. */
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
   * Takes a free slot to be made ahead; empty when there is none or enough are ready.
   *
   * @param from the lowest that may be taken
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
   * Takes this slot out of reach, so that what is left of it can be removed; {@link #prepared}
   * gives it back. False when it is not free.
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
      return isFree || isNone; // One beyond the pool has no row, and nobody can take it.
    });
  }

  /** What was begun for this slot has ended: it is ready now, or free again. */
  public void prepared(SlotIndex index, boolean isReady) {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = ? WHERE host = ? AND idx = ? AND state = 'preparing'",
            isReady ? "ready" : "free",
            host,
            index.value()));
  }

  /**
   * After a start: what was being made is not known to be whole, and what is not in the kernel is
   * not ready.
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

  /** How many there are in each state. */
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

  /** Slots made ahead are free again: after a reboot of the host, or on the way down. */
  public void forgetSpares() {
    store.write(sql ->
        sql.update(
            "UPDATE slots SET state = 'free' WHERE host = ? AND state IN ('ready', 'preparing')",
            host));
  }
}
