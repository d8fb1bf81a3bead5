package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a tool prints while it answers a prompt. */
public enum PromptStream {
  /** Claude Code's {@code stream-json}; Qwen Code's is the same. */
  CLAUDE,
  /** Codex's {@code exec --json}. */
  CODEX,
  /** Gemini CLI's {@code stream-json}. */
  GEMINI,
  /** opencode's {@code run --format json}. */
  OPENCODE,
  /** Copilot CLI's {@code --output-format json}. */
  COPILOT,
  /** Plain text. */
  TEXT;

  /** Its name in provider files and in JSON. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
