package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.EgressPolicy;
import dev.visco.model.Refused;
import dev.visco.model.UpstreamProxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An egress policy in requests; it replaces the one that there is.
 *
 * @param address the host's address from which connections are made
 * @param proxy through which all traffic leaves, like {@code socks5://alice@proxy.example:1080}
 * @param password for the name in {@code proxy}; left out for the one that is kept, or none
 * @param allow networks and names that alone may be connected to; all when left out
 * @param deny networks and names that may not be connected to
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EgressRequest(
    @Nullable String address,
    @Nullable String proxy,
    @Nullable String password,
    @Nullable List<String> allow,
    @Nullable List<String> deny) {
  private static final int MAX_PASSWORD = 255;

  /** The policy; refused for values that are none. */
  public EgressPolicy policy() {
    UpstreamProxy upstream = proxy == null ? null : UpstreamProxy.of(proxy);
    if (password != null && (upstream == null || upstream.user() == null)) {
      throw Refused.invalid(
          "password",
          "…",
          "is given without a proxy to log in to",
          "Give the proxy with the name, like socks5://alice@proxy.example:1080.");
    }
    if (password != null && (password.isEmpty() || password.length() > MAX_PASSWORD)) {
      throw Refused.invalid(
          "password", "…", "is not 1 to " + MAX_PASSWORD + " characters long", "Give the proxy's.");
    }
    return new EgressPolicy(
        address, upstream, allow == null ? List.of() : allow, deny == null ? List.of() : deny);
  }

  /** Without the password, which is no part of a policy. */
  @Override
  public String toString() {
    return "EgressRequest[" + address + ", " + proxy + ", " + allow + ", " + deny + "]";
  }
}
