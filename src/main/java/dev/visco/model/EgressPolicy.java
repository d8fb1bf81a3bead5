package dev.visco.model;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a guest's traffic leaves, and where it may go. Without address and proxy it leaves as the
 * host's own (NAT); without lists as well the guest is as free as one without a policy.
 *
 * @param address the host's address from which connections are made; null for the one of the route
 * @param proxy through which all of it leaves; null for none
 * @param allow the only destinations, unless empty
 * @param deny destinations that are refused, before {@code allow} is looked at
 */
public record EgressPolicy(
    @Nullable String address,
    @Nullable UpstreamProxy proxy,
    List<String> allow,
    List<String> deny) {
  /** NAT without lists. */
  public static final EgressPolicy NAT = new EgressPolicy(null, null, List.of(), List.of());

  public EgressPolicy {
    allow = allow == null ? List.of() : texts("allow", allow);
    deny = deny == null ? List.of() : texts("deny", deny);
    if (address != null) {
      Ipv4.of("address", address);
      if (proxy != null) {
        throw Refused.invalid(
            "address", address, "is given beside a proxy", "Give one of the two.");
      }
    }
  }

  private static List<String> texts(String field, List<String> given) {
    return EgressRule.all(field, given).stream().map(EgressRule::text).distinct().toList();
  }

  /** Whether a guest's traffic leaves as without any policy. */
  public boolean leavesFreely() {
    return address == null && proxy == null && allow.isEmpty() && deny.isEmpty();
  }

  /** The way in a word. */
  public String way() {
    return proxy != null ? "proxy" : address != null ? "address" : "nat";
  }

  /** The address from which connections are made, if one was chosen. */
  public Optional<Ipv4> source() {
    return Optional.ofNullable(address).map(text -> Ipv4.of("address", text));
  }
}
