package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What came of a request by a VM's egress policy.
 *
 * @param way {@code nat}, {@code address} or {@code proxy}
 * @param proxy through which it went
 * @param source the host's address from which it went
 * @param url that was asked for
 * @param status of HTTP; left out when no answer came
 * @param body the beginning of the answer's text: what the outside sees, if the server tells it
 * @param rule that refused it
 * @param error why no answer came
 * @param guest what came of the same request from inside the guest; left out when it was not asked
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EgressTestDocument(
    String way,
    @Nullable String proxy,
    @Nullable String source,
    String url,
    @Nullable Integer status,
    @Nullable String body,
    @Nullable String rule,
    @Nullable String error,
    @Nullable EgressGuestDocument guest) {
  /**
   * What came of a request from inside a guest.
   *
   * @param status of HTTP; left out when no answer came
   * @param body the beginning of the answer's text
   * @param error why no answer came
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record EgressGuestDocument(
      @Nullable Integer status, @Nullable String body, @Nullable String error) {}

  /** The same with what came from inside the guest. */
  public EgressTestDocument with(EgressGuestDocument came) {
    return new EgressTestDocument(way, proxy, source, url, status, body, rule, error, came);
  }
}
