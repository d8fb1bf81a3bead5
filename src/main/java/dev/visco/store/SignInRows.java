package dev.visco.store;

import dev.visco.model.Caller;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sign-ins of one host. Each change is recorded together with what happened. */
public final class SignInRows {
  private final Transactions store;
  private final String host;

  public SignInRows(Transactions store, String host) {
    this.store = store;
    this.host = host;
  }

  /**
   * What a change of a sign-in is told as.
   *
   * @param kind a state's word, or what else was done
   * @param text a sentence for people
   * @param event the host's event, of the changed row; null for none
   */
  public record SignInNote(
      String kind, String text, @Nullable Function<SignInRow, NewEvent> event) {
    /** One of which the host's events tell nothing. */
    public static SignInNote of(String kind, String text) {
      return new SignInNote(kind, text, null);
    }
  }

  /** The sign-in of this id. */
  public Optional<SignInRow> find(String id) {
    return store.read(sql -> find(sql, id));
  }

  private Optional<SignInRow> find(Sql sql, String id) {
    return sql.first("SELECT * FROM sign_ins WHERE host = ? AND id = ?", SignInRow::of, host, id);
  }

  /** The sign-in that is under way in a VM. */
  public Optional<SignInRow> findActive(VmId vm) {
    return store.read(sql ->
        sql.first(
            "SELECT * FROM sign_ins WHERE host = ? AND vm = ? AND ended IS NULL",
            SignInRow::of,
            host,
            vm.value()));
  }

  /**
   * A user's credentials that are in the VM of a sign-in too: what is taken out of it just now, and
   * what was stored while that VM is not gone yet.
   */
  public Set<SecretName> inTheirVms(UserId user) {
    return store
        .read(sql ->
            sql.query(
                "SELECT sign_ins.* FROM sign_ins JOIN vms ON vms.id = sign_ins.vm"
                    + " WHERE sign_ins.host = ? AND sign_ins.owner = ? AND vms.state <> 'destroyed'"
                    + " AND (sign_ins.state = 'validating' OR sign_ins.credential IS NOT NULL)",
                SignInRow::of,
                host,
                user.value()))
        .stream()
        .map(SignInRow::secret)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** All that are under way, oldest first. */
  public List<SignInRow> active() {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM sign_ins WHERE host = ? AND ended IS NULL ORDER BY created, id",
            SignInRow::of,
            host));
  }

  /**
   * The newest first.
   *
   * @param user only this one's; null for all users'
   * @param max how many
   */
  public List<SignInRow> list(@Nullable UserId user, int max) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM sign_ins WHERE host = ? AND owner = COALESCE(?, owner)"
                + " ORDER BY created DESC, id LIMIT ?",
            SignInRow::of,
            host,
            user == null ? null : user.value(),
            max));
  }

  /**
   * Records a new one, unless one of the same user, provider and name is under way.
   *
   * @param admit is given the user's others that are under way; what it throws leaves all as it is
   * @return the one that is under way; empty when the new one was recorded
   */
  public Optional<SignInRow> insert(
      SignInRow row, java.util.function.Consumer<List<SignInRow>> admit, SignInNote note) {
    return store.write(sql -> {
      List<SignInRow> others =
          sql.query(
              "SELECT * FROM sign_ins WHERE host = ? AND owner = ? AND ended IS NULL",
              SignInRow::of,
              host,
              row.owner().value());
      Optional<SignInRow> same =
          others.stream()
              .filter(one -> one.provider().equals(row.provider()) && one.name().equals(row.name()))
              .findFirst();
      if (same.isPresent()) {
        return same;
      }
      admit.accept(others);
      write(sql, row);
      tell(sql, row, note, row.created());
      return Optional.empty();
    });
  }

  /**
   * Changes one that is under way, together with what happened.
   *
   * @param note null when nothing is told
   * @return the changed row; empty when there is none of this id, or it has ended
   */
  public Optional<SignInRow> change(
      String id, UnaryOperator<SignInRow> next, @Nullable SignInNote note, long now) {
    return store.write(sql ->
        find(sql, id)
            .filter(SignInRow::isActive)
            .map(before -> {
              SignInRow after = next.apply(before).changedAt(now);
              sql.update("DELETE FROM sign_ins WHERE host = ? AND id = ?", host, id);
              write(sql, after);
              if (note != null) {
                tell(sql, after, note, after.ended() == null ? now : after.ended());
              }
              return after;
            }));
  }

  private void write(Sql sql, SignInRow row) {
    sql.update(
        "INSERT INTO sign_ins (id, host, owner, provider, name, method, elsewhere, state, holder,"
            + " caller, vm, link, paste_link, code, port, problem, credential, version, created,"
            + " changed, seen, deadline, ended)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.id(),
        host,
        row.owner().value(),
        row.provider(),
        row.name(),
        row.method(),
        row.isElsewhere() ? 1 : 0,
        row.state().word(),
        row.holder().word(),
        row.caller(),
        row.vm() == null ? null : row.vm().value(),
        row.link(),
        row.pasteLink(),
        row.code(),
        row.port(),
        row.problem(),
        row.credential(),
        row.version(),
        row.created(),
        row.changed(),
        row.seen(),
        row.deadline(),
        row.ended());
  }

  private void tell(Sql sql, SignInRow row, SignInNote note, long now) {
    long number =
        1
            + sql.first(
                    "SELECT COALESCE(MAX(number), 0) FROM sign_in_events WHERE sign_in = ?",
                    found -> found.getLong(1),
                    row.id())
                .orElse(0L);
    sql.update(
        "INSERT INTO sign_in_events (sign_in, host, number, at, kind, text, caller)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.id(),
        host,
        number,
        now,
        note.kind(),
        note.text(),
        Caller.current().map(Caller::name).orElse(null));
    if (note.event() != null) {
      EventRows.add(sql, host, note.event().apply(row), now);
    }
  }

  /** What happened in a sign-in after this number, oldest first. */
  public List<SignInEventRow> events(String id, long after, int max) {
    return store.read(sql ->
        sql.query(
            "SELECT * FROM sign_in_events WHERE host = ? AND sign_in = ? AND number > ?"
                + " ORDER BY number LIMIT ?",
            SignInEventRow::of,
            host,
            id,
            after,
            max));
  }

  /** Removes those of a user who is removed. */
  static void removeOf(Sql sql, UserId user) {
    sql.update(
        "DELETE FROM sign_in_events WHERE sign_in IN (SELECT id FROM sign_ins WHERE owner = ?)",
        user.value());
    sql.update("DELETE FROM sign_ins WHERE owner = ?", user.value());
  }
}
