package dev.visco.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a sign-in.
 *
 * @param number from 1, higher by one with each
 * @param at milliseconds after the epoch
 * @param kind a state's word, or what else was done
 * @param text a sentence for people
 * @param caller who did it; null for Visco
 */
public record SignInEventRow(
    String signIn, long number, long at, String kind, String text, @Nullable String caller) {
  static SignInEventRow of(ResultSet row) throws SQLException {
    return new SignInEventRow(
        row.getString("sign_in"),
        row.getLong("number"),
        row.getLong("at"),
        row.getString("kind"),
        row.getString("text"),
        row.getString("caller"));
  }
}
