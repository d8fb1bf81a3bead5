package dev.visco.relay;

import dev.visco.model.EgressPolicy;
import dev.visco.model.EgressRule;
import dev.visco.model.Ipv4;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Judges destinations by the lists of an egress policy. No I/O. */
final class PolicyJudge {
  /** The rule that refuses what the list of allowed destinations does not have. */
  static final String NOT_ALLOWED = "not in allow";

  private final List<EgressRule> allow;
  private final List<EgressRule> deny;
  private final boolean isByProxy;

  PolicyJudge(EgressPolicy policy) {
    this.allow = EgressRule.all("allow", policy.allow());
    this.deny = EgressRule.all("deny", policy.deny());
    this.isByProxy = policy.proxy() != null;
  }

  /** Whether a rule asks for the name of each connection. */
  boolean asksForNames() {
    return allow.stream().anyMatch(EgressRule::isByName)
        || deny.stream().anyMatch(EgressRule::isByName);
  }

  /**
   * Why a name cannot be connected to whatever its address is; empty when that depends on the
   * address, or nothing is against it. A proxy resolves names itself, so that with one an address
   * is never known.
   */
  Optional<String> againstName(String name) {
    Optional<String> denied = denied(rule -> rule.matches(name));
    if (denied.isPresent() || allow.isEmpty() || allow.stream().anyMatch(r -> r.matches(name))) {
      return denied;
    }
    boolean mayHaveAddress = !isByProxy && allow.stream().anyMatch(rule -> !rule.isByName());
    return mayHaveAddress ? Optional.empty() : Optional.of(NOT_ALLOWED);
  }

  /**
   * Why an address cannot be connected to.
   *
   * @param name whose address it is; null for one that was not asked for by name
   */
  Optional<String> againstAddress(@Nullable String name, Ipv4 address) {
    Optional<String> denied =
        denied(rule -> rule.matches(address) || name != null && rule.matches(name));
    if (denied.isPresent() || allow.isEmpty()) {
      return denied;
    }
    boolean isAllowed =
        allow.stream()
            .anyMatch(rule -> rule.matches(address) || name != null && rule.matches(name));
    return isAllowed ? Optional.empty() : Optional.of(NOT_ALLOWED);
  }

  private Optional<String> denied(Predicate<EgressRule> matches) {
    return deny.stream().filter(matches).findFirst().map(rule -> "deny " + rule);
  }
}
