package dev.visco.wire;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request that a tool in a user's VM answers a prompt.
 *
 * @param userId whose VM; of a user's token it may be left out
 * @param provider whose tool, by its name
 * @param prompt 1 to {@value #MAX_PROMPT} bytes of UTF-8
 * @param vm by its id or name; left out where the user has one VM that is ready, desktops aside
 */
public record PromptRequest(
    @Nullable String userId,
    @Nullable String provider,
    @Nullable String prompt,
    @Nullable String vm,
    @Nullable PromptOptions options) {
  /** Linux takes arguments of 128 KiB (execve(2), MAX_ARG_STRLEN), and some tools add to it. */
  public static final int MAX_PROMPT = 100_000;

  /**
   * How the tool is started.
   *
   * @param cwd folder of the guest in which it works
   * @param env variables besides the provider's
   * @param user of the guest that it runs as
   * @param timeout like {@code 10m}; without one it takes as long as it likes
   * @param arguments further ones, after the prompt, like {@code ["--model", "sonnet"]}
   * @param cancelOnDisconnect true to end it when the client that started it goes away
   */
  public record PromptOptions(
      @Nullable String cwd,
      @Nullable Map<String, String> env,
      @Nullable String user,
      @Nullable String timeout,
      @Nullable List<String> arguments,
      @Nullable Boolean cancelOnDisconnect) {
    /** None of them. */
    static final PromptOptions NONE = new PromptOptions(null, null, null, null, null, null);

    /** For how long it may run; null for as long as it likes. */
    public @Nullable Duration maxTime() {
      if (timeout == null) {
        return null;
      }
      Duration max = Durations.of("options.timeout", timeout);
      if (max.isZero()) {
        throw Refused.invalid(
            "options.timeout",
            timeout,
            "leaves no time",
            "Give a time, like 10m, or leave it out.");
      }
      return max;
    }

    public boolean isCancelledOnDisconnect() {
      return Boolean.TRUE.equals(cancelOnDisconnect);
    }

    public List<String> furtherArguments() {
      return Objects.requireNonNullElse(arguments, List.of());
    }

    public Map<String, String> variables() {
      return Objects.requireNonNullElse(env, Map.of());
    }
  }

  /** The options, with nothing in them where none were given. */
  public PromptOptions optionsOrNone() {
    return Objects.requireNonNullElse(options, PromptOptions.NONE);
  }

  /** The same for this user. */
  public PromptRequest of(@Nullable String user) {
    return new PromptRequest(user, provider, prompt, vm, options);
  }

  /** The prompt; refused when it is none. */
  public String text() {
    if (prompt == null || prompt.isBlank()) {
      throw Refused.invalid("prompt", "", "is missing", "Say what the tool shall do.");
    }
    if (prompt.indexOf('\0') >= 0) {
      throw Refused.invalid("prompt", "\\0", "is no text", "Leave out the character 0.");
    }
    int bytes = prompt.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_PROMPT) {
      throw Refused.invalid(
          "prompt",
          bytes + " bytes",
          "is longer than " + MAX_PROMPT + " bytes",
          "Put it into a file of the VM, and have the tool read it.");
    }
    return prompt;
  }

  /** The provider's name; refused when it is missing. */
  public String providerName() {
    return required("provider", provider, "Name one, like codex.");
  }

  /** The user; refused when they are missing. */
  public String user() {
    return required("userId", userId, "Say whose VM it is.");
  }

  private static String required(String field, @Nullable String value, String remedy) {
    if (value == null || value.isBlank()) {
      throw Refused.invalid(field, "", "is missing", remedy);
    }
    return value;
  }
}
