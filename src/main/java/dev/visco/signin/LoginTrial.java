package dev.visco.signin;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a login that was tried out in a VM.
 *
 * @param provider its name
 * @param channel by which the tool was talked to
 * @param version what the tool says of its version; null when it says nothing
 * @param works whether it came as far as its link, or its device code
 * @param events what it showed, in order
 * @param asked what it asked of its terminal
 * @param differences from what the provider's file says, one sentence each
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LoginTrial(
    String provider,
    String channel,
    @Nullable String version,
    boolean works,
    List<TrialEvent> events,
    List<String> asked,
    List<String> differences) {
  /**
   * One thing that it showed.
   *
   * @param millis since its start
   * @param what {@code link}, {@code refused-link}, {@code code}, {@code answered} or {@code ended}
   * @param text the link without its query, the reason, the code, or the question
   * @param source where a link came from; null for others
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record TrialEvent(long millis, String what, String text, @Nullable String source) {}
}
