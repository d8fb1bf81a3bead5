package dev.visco.egress;

import dev.visco.egress.EgressService.PolicySource;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.EgressPolicy;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.store.FactRows;
import dev.visco.store.SpecRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.wire.Json;
import dev.visco.wire.SpecJson;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Policies as they are recorded: a VM's in its specification, a user's as a fact of the host. */
final class EgressPolicies {
  private final VmRows rows;
  private final FactRows facts;
  private final InstantSource clock;

  EgressPolicies(VmRows rows, FactRows facts, InstantSource clock) {
    this.rows = rows;
    this.facts = facts;
    this.clock = clock;
  }

  /** The policy that is in force, and whose it is. */
  record InForce(EgressPolicy policy, PolicySource from) {}

  /** Copies for experiments have no network, and nobody else's VMs have policies. */
  InForce of(VmWork work) {
    if (!work.spec().purpose().isUsers()) {
      return new InForce(EgressPolicy.NAT, PolicySource.DEFAULT);
    }
    EgressPolicy own = work.spec().egress();
    return own == null ? ofUser(work.spec().owner()) : new InForce(own, PolicySource.VM);
  }

  InForce ofUser(UserId user) {
    return find(user)
        .map(policy -> new InForce(policy, PolicySource.USER))
        .orElseGet(() -> new InForce(EgressPolicy.NAT, PolicySource.DEFAULT));
  }

  Optional<EgressPolicy> find(UserId user) {
    return facts
        .find(FactRows.egressOfUser(user.value()))
        .map(text -> Json.read(text, EgressPolicy.class));
  }

  /**
   * @param policy null for none
   */
  void setUser(UserId user, @Nullable EgressPolicy policy) {
    if (policy == null) {
      facts.remove(FactRows.egressOfUser(user.value()));
    } else {
      facts.set(FactRows.egressOfUser(user.value()), Json.line(policy));
    }
  }

  /**
   * Refused for a VM that is being destroyed.
   *
   * @param policy null for none of its own
   */
  VmWork setVm(VmId vm, @Nullable EgressPolicy policy) {
    var update =
        new SpecRows.Update(
            spec -> SpecJson.line(SpecJson.read(spec).withEgress(policy)),
            null,
            UnaryOperator.identity());
    return rows.specs()
        .update(vm, update, clock.millis())
        .map(VmWork::of)
        .orElseThrow(() ->
            new Refused(
                new Refusal.Conflict(
                    "The VM " + vm + " is being destroyed.", "Create a new one.")));
  }

  /** A VM; empty when there is none. */
  Optional<VmWork> vm(VmId vm) {
    return rows.find(vm).map(VmWork::of);
  }

  /** A user's VMs that have not ended. */
  List<VmWork> vms(UserId user) {
    return rows.list(false).stream()
        .filter(row -> row.owner().equals(user.value()))
        .map(VmWork::of)
        .toList();
  }

  /** All VMs that have not ended. */
  List<VmRow> all() {
    return rows.list(false);
  }
}
