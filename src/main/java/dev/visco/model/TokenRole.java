package dev.visco.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a bearer token may do; each role includes the ones after it. */
public enum TokenRole {
  /** Everything. */
  ADMIN,
  /** All VMs and the host, but no change of tokens, users and VMM releases. */
  OPERATOR,
  /** One user's own VMs, volumes, snapshots and desktops. */
  USER;

  /** Its name in requests, answers and rows. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this word, which a caller gave as {@code role}. */
  public static TokenRole of(String word) {
    return Arrays.stream(values())
        .filter(role -> role.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            Refused.invalid(
                "role",
                word,
                "is no role of a token",
                "Give "
                    + Arrays.stream(values()).map(TokenRole::word).collect(Collectors.joining(", "))
                    + "."));
  }

  /** Whether it may do all that the other may. */
  public boolean includes(TokenRole other) {
    return ordinal() <= other.ordinal();
  }
}
