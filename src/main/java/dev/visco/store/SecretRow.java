package dev.visco.store;

import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A secret as it is stored: what is known of it, and its value encrypted.
 *
 * @param version 1 at first, higher by one with each new value
 * @param master the id of the master key that {@code wrapped} is encrypted with
 * @param wrapped the value's key, encrypted, in base64
 * @param value the value, encrypted, in base64
 * @param problem why its state is as it is, null for no reason to tell
 * @param expires milliseconds after the epoch; null for never, or not known
 * @param validated when it was last checked with success, likewise; null for never
 * @param created milliseconds after the epoch
 * @param changed when the value was put, likewise
 */
public record SecretRow(
    String id,
    SecretName name,
    long version,
    String master,
    String wrapped,
    String value,
    SecretState state,
    @Nullable String problem,
    @Nullable Long expires,
    @Nullable Long validated,
    long created,
    long changed) {
  static SecretRow of(ResultSet row) throws SQLException {
    return new SecretRow(
        row.getString("id"),
        new SecretName(
            SecretKind.of(row.getString("kind")).orElseThrow(),
            row.getString("owner"),
            row.getString("provider"),
            row.getString("name")),
        row.getLong("version"),
        row.getString("master"),
        row.getString("wrapped"),
        row.getString("value"),
        SecretState.of(row.getString("state")),
        row.getString("problem"),
        Sql.longOrNull(row, "expires"),
        Sql.longOrNull(row, "validated"),
        row.getLong("created"),
        row.getLong("changed"));
  }

  /** The same with its key encrypted with another master key. */
  public SecretRow rewrapped(String newMaster, String newWrapped) {
    return new SecretRow(
        id,
        name,
        version,
        newMaster,
        newWrapped,
        value,
        state,
        problem,
        expires,
        validated,
        created,
        changed);
  }

  /** The same with another state. */
  public SecretRow in(
      SecretState newState,
      @Nullable String newProblem,
      @Nullable Long newExpires,
      @Nullable Long newValidated) {
    return new SecretRow(
        id,
        name,
        version,
        master,
        wrapped,
        value,
        newState,
        newProblem,
        newExpires,
        newValidated,
        created,
        changed);
  }

  /** Nothing that is encrypted is in it. */
  @Override
  public String toString() {
    return "secret " + id + " (" + name.kind().word() + ", version " + version + ")";
  }
}
