package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Set;

/** How Visco talks to a tool while a user signs in. */
public enum LoginChannel {
  /** Claude Code's control requests: lines of JSON on standard input and output. */
  CLAUDE_CONTROL(Set.of(), Set.of("account")),
  /** Codex's app-server: JSON-RPC on standard input and output. */
  CODEX_APP_SERVER(Set.of("type"), Set.of()),
  /** The Agent Client Protocol: JSON-RPC on standard input and output. */
  ACP(Set.of("method"), Set.of()),
  /** opencode's HTTP server in the guest. */
  OPENCODE_HTTP(Set.of("provider", "method", "port"), Set.of()),
  /** Lines of text without a terminal; the tool asks nothing. */
  PLAIN(Set.of(), Set.of()),
  /** A terminal that answers what programs ask of one. */
  PTY(Set.of(), Set.of()),
  /** No login at all: the user pastes a key. */
  KEY(Set.of(), Set.of());

  private final Set<String> needed;
  private final Set<String> optional;

  LoginChannel(Set<String> needed, Set<String> optional) {
    this.needed = needed;
    this.optional = optional;
  }

  /** Its name in provider files and in JSON. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Parameters that a login by it must have. */
  Set<String> needed() {
    return needed;
  }

  /** Parameters that a login by it may have. */
  Set<String> optional() {
    return optional;
  }

  /** Whether the tool prints text for people, in which links and codes are searched for. */
  public boolean isText() {
    return this == PLAIN || this == PTY;
  }
}
