package dev.visco.signin.channel;

import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;

/** The login of each channel. */
public final class ToolLogins {
  private ToolLogins() {}

  /**
   * The login of a provider by one of its methods, not started yet.
   *
   * @param method any but a key, for which no tool is started
   */
  public static ToolLogin of(
      Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    return switch (method.channel()) {
      case CLAUDE_CONTROL -> new ClaudeLogin(provider, method, tools, listener);
      case CODEX_APP_SERVER -> new CodexLogin(provider, method, tools, listener);
      case ACP -> new AcpLogin(provider, method, tools, listener);
      case OPENCODE_HTTP -> new OpencodeLogin(provider, method, tools, listener);
      case PLAIN, PTY -> new TextLogin(provider, method, tools, listener);
      case KEY -> throw new IllegalArgumentException("no tool is started for a key");
    };
  }
}
