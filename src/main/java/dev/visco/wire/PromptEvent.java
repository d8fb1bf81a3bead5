package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One event of a tool that answers a prompt, the same whichever tool it is.
 *
 * @param type {@link #METADATA} (session, model), {@link #CONTENT} (a part of the answer), {@link
 *     #THINKING}, {@link #TOOL} (the tool uses one of its own: id, name, input), {@link
 *     #TOOL_RESULT} (id, output, failed), {@link #LOG} (what is none of these), {@link #ERROR}, or
 *     {@link #DONE}, which is the last one of a prompt that has ended
 * @param text of content, thinking, log and errors
 * @param session by which the tool goes on with this conversation
 * @param exitCode of the tool
 * @param timedOut true when its time was up, and it was ended for that; left out otherwise
 * @param needsSignIn true when the provider accepts the user's credential no more, or there is
 *     none; left out otherwise
 * @param offset where the output goes on after this event, in bytes; left out of some
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PromptEvent(
    String type,
    @Nullable String text,
    @Nullable ToolUse tool,
    @Nullable String session,
    @Nullable String model,
    @Nullable PromptUsage usage,
    @Nullable Integer exitCode,
    @Nullable Boolean timedOut,
    @Nullable Boolean needsSignIn,
    @Nullable Long offset) {
  public static final String METADATA = "metadata";
  public static final String CONTENT = "content";
  public static final String THINKING = "thinking";
  public static final String TOOL = "tool";
  public static final String TOOL_RESULT = "tool-result";
  public static final String LOG = "log";
  public static final String ERROR = "error";
  public static final String DONE = "done";

  /**
   * A use of a tool by the tool.
   *
   * @param id that its result has, too; null where the tool gives none
   * @param name like {@code Bash} or {@code command_execution}
   * @param input as the tool tells it
   * @param failed true when it did not succeed; left out otherwise
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ToolUse(
      @Nullable String id,
      @Nullable String name,
      @Nullable Object input,
      @Nullable String output,
      @Nullable Boolean failed) {}

  /**
   * What an answer has cost, as far as the tool tells it.
   *
   * @param cachedTokens of the input tokens, those that came from a cache
   * @param costUsd in US dollars
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PromptUsage(
      @Nullable Long inputTokens,
      @Nullable Long outputTokens,
      @Nullable Long cachedTokens,
      @Nullable Double costUsd) {
    /** Nothing is known. */
    public static final PromptUsage UNKNOWN = new PromptUsage(null, null, null, null);

    /** The sum of two, for tools that tell each step's. */
    public PromptUsage plus(PromptUsage more) {
      return new PromptUsage(
          sum(inputTokens, more.inputTokens),
          sum(outputTokens, more.outputTokens),
          sum(cachedTokens, more.cachedTokens),
          sum(costUsd, more.costUsd));
    }

    private static @Nullable Double sum(@Nullable Double one, @Nullable Double other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return one + other;
    }

    private static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return one + other;
    }
  }

  private static PromptEvent of(String type, @Nullable String text, @Nullable ToolUse tool) {
    return new PromptEvent(type, text, tool, null, null, null, null, null, null, null);
  }

  /** One with a text. */
  public static PromptEvent text(String type, String text) {
    return of(type, text, null);
  }

  /** {@link #TOOL} or {@link #TOOL_RESULT}. */
  public static PromptEvent tool(String type, ToolUse tool) {
    return of(type, null, tool);
  }

  public static PromptEvent metadata(@Nullable String session, @Nullable String model) {
    return new PromptEvent(METADATA, null, null, session, model, null, null, null, null, null);
  }

  /** The end of the tool. */
  public static PromptEvent done(
      int exitCode, PromptUsage usage, boolean isTimedOut, boolean needsSignIn) {
    return new PromptEvent(
        DONE,
        null,
        null,
        null,
        null,
        usage.equals(PromptUsage.UNKNOWN) ? null : usage,
        exitCode,
        isTimedOut ? true : null,
        needsSignIn ? true : null,
        null);
  }

  /** The same with where the output goes on. */
  public PromptEvent at(long next) {
    return new PromptEvent(
        type, text, tool, session, model, usage, exitCode, timedOut, needsSignIn, next);
  }
}
