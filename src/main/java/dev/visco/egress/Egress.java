package dev.visco.egress;

import dev.visco.egress.EgressPolicies.InForce;
import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Advice;
import dev.visco.model.EgressPolicy;
import dev.visco.model.Ipv4;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SlotIndex;
import dev.visco.model.UpstreamProxy;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import dev.visco.network.RefusedPackets;
import dev.visco.network.SlotEgress;
import dev.visco.relay.AddressGuard;
import dev.visco.relay.Dialer;
import dev.visco.relay.GuestRelay;
import dev.visco.relay.NameLookup;
import dev.visco.relay.RefusedTraffic;
import dev.visco.relay.RelayLimits;
import dev.visco.relay.RelayRules;
import dev.visco.relay.secret.HostTls;
import dev.visco.relay.secret.Interception;
import dev.visco.store.FactRows;
import dev.visco.store.SlotRows;
import dev.visco.store.VmRows;
import dev.visco.vault.Vault;
import dev.visco.wire.EgressRequest;
import dev.visco.wire.EgressTestDocument;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Egress policies as rows, with their passwords in the vault. */
public final class Egress implements EgressService {
  /** How long a connection, or a proxy's answer, may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final EgressPolicies policies;
  private final SlotRows slots;
  private final Networks networks;
  private final SlotEgress network;
  private final ProxyPasswords passwords;
  private final NameLookup lookup;
  private final AddressGuard guard;
  private final InstantSource clock;
  private final Function<VmWork, Interception> interceptions;
  private final HostTls tls;
  private final AppliedEgress applied;

  /**
   * @param lookup of names
   * @param guard against addresses that nothing is connected to
   * @param interceptions the hosts for which a VM's requests get secrets
   * @param tls towards these
   */
  public Egress(
      VmRows rows,
      FactRows facts,
      SlotRows slots,
      Networks networks,
      SlotEgress network,
      Vault vault,
      NameLookup lookup,
      AddressGuard guard,
      Function<VmWork, Interception> interceptions,
      HostTls tls,
      InstantSource clock,
      SteadyClock steady) {
    this.policies = new EgressPolicies(rows, facts, clock);
    this.slots = slots;
    this.networks = networks;
    this.network = network;
    this.passwords = new ProxyPasswords(vault);
    this.lookup = lookup;
    this.guard = guard;
    this.interceptions = interceptions;
    this.tls = tls;
    this.clock = clock;
    this.applied =
        new AppliedEgress(
            policies,
            facts,
            slots,
            networks::isOpen,
            SlotRules.of(network),
            this::rules,
            RelayLimits.ofDaemon(),
            clock,
            steady);
  }

  /** The rules and relays of running VMs. */
  public AppliedEgress applied() {
    return applied;
  }

  private RelayRules rules(VmWork work, EgressPolicy policy) {
    return new RelayRules(dialer(work, policy), interceptions.apply(work), tls);
  }

  private Dialer dialer(VmWork work, EgressPolicy policy) {
    return new Dialer(
        policy,
        passwords.of(work.spec().owner(), policy.proxy(), "For the traffic of " + work.id() + "."),
        lookup,
        guard,
        PATIENCE);
  }

  @Override
  public EgressPolicy prepare(UserId owner, EgressRequest request) {
    EgressPolicy policy = request.policy();
    policy.source().ifPresent(Egress::requireHosts);
    UpstreamProxy proxy = policy.proxy();
    if (proxy != null && request.password() != null) {
      passwords.put(owner, proxy, request.password());
    }
    return policy;
  }

  private static void requireHosts(Ipv4 address) {
    if (!AddressGuard.isHosts(address)) {
      throw Refused.invalid(
          "address",
          address.toString(),
          "is no address of this host",
          "Give one of its own, or add it to an interface first (ip addr add).");
    }
  }

  @Override
  public EgressView user(UserId user) {
    InForce now = policies.ofUser(user);
    return new EgressView(
        now.policy(), now.from(), passwords.has(user, now.policy().proxy()), null, null);
  }

  @Override
  public EgressView setUser(UserId user, EgressRequest request) {
    EgressPolicy policy = prepare(user, request);
    changeUser(user, policy);
    return user(user);
  }

  @Override
  public void removeUser(UserId user) {
    changeUser(user, null);
  }

  private void changeUser(UserId user, @Nullable EgressPolicy policy) {
    UpstreamProxy before = policies.find(user).map(EgressPolicy::proxy).orElse(null);
    List<VmWork> vms =
        applied.change(
            () -> policies.vms(user).stream().filter(work -> work.spec().egress() == null).toList(),
            Objects.requireNonNullElse(policy, EgressPolicy.NAT),
            () -> policies.setUser(user, policy));
    forgetPassword(user, before);
    requireApplied(vms);
  }

  /** The password of a proxy that none of a user's policies names any more. */
  private void forgetPassword(UserId user, @Nullable UpstreamProxy before) {
    if (before == null) {
      return;
    }
    var used = new ArrayList<@Nullable UpstreamProxy>();
    used.add(policies.find(user).map(EgressPolicy::proxy).orElse(null));
    policies.vms(user).stream()
        .map(work -> work.spec().egress())
        .filter(Objects::nonNull)
        .forEach(policy -> used.add(policy.proxy()));
    boolean isUsed =
        used.stream()
            .filter(Objects::nonNull)
            .anyMatch(one ->
                one.address().equals(before.address())
                    && Objects.equals(one.user(), before.user()));
    if (!isUsed) {
      passwords.remove(user, before);
    }
  }

  private void requireApplied(List<VmWork> vms) {
    for (VmWork work : vms) {
      Optional<String> problem = applied.problem(work.id());
      if (problem.isPresent()) {
        throw new HostFault(
            "the policy is recorded, and nothing leaves the VM %s: %s"
                .formatted(work.id(), problem.get()));
      }
    }
  }

  private VmWork work(VmId vm) {
    return policies
        .vm(vm)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "VM", vm.value(), Advice.of("{} lists them.", new Remedy.ListVms(false)))));
  }

  @Override
  public EgressView vm(VmId vm) {
    VmWork work = work(vm);
    InForce now = policies.of(work);
    Integer connections = applied.relay(vm).map(GuestRelay::connections).orElse(null);
    return new EgressView(
        now.policy(),
        now.from(),
        passwords.has(work.spec().owner(), now.policy().proxy()),
        connections,
        applied.problem(vm).orElse(null));
  }

  @Override
  public EgressView setVm(VmId vm, EgressRequest request) {
    VmWork work = work(vm);
    changeVm(work, prepare(work.spec().owner(), request));
    return vm(vm);
  }

  @Override
  public EgressView removeVm(VmId vm) {
    VmWork work = work(vm);
    if (work.spec().egress() != null) {
      changeVm(work, null);
    }
    return vm(vm);
  }

  private void changeVm(VmWork work, @Nullable EgressPolicy policy) {
    UserId owner = work.spec().owner();
    EgressPolicy next = policy == null ? policies.ofUser(owner).policy() : policy;
    applied.change(() -> List.of(work), next, () -> policies.setVm(work.id(), policy));
    EgressPolicy before = work.spec().egress();
    forgetPassword(owner, before == null ? null : before.proxy());
    requireApplied(List.of(work));
  }

  @Override
  public int failures() {
    return applied.failures();
  }

  @Override
  public List<RefusedTraffic> refused(VmId vm) {
    VmWork work = work(vm);
    var all = new ArrayList<>(applied.relay(vm).map(GuestRelay::refused).orElse(List.of()));
    slots.of(work.id()).filter(networks::isOpen).ifPresent(slot -> all.addAll(packets(slot)));
    all.sort(Comparator.comparing(RefusedTraffic::last).reversed());
    return all;
  }

  private List<RefusedTraffic> packets(SlotIndex slot) {
    return network.refused(slot).stream()
        .map(one ->
            new RefusedTraffic(
                one.protocol(),
                one.destination(),
                one.port(),
                rule(one),
                "",
                one.packets(),
                clock.instant().minus(one.ago())))
        .toList();
  }

  /** The rule of a slot that refuses such packets. */
  private static String rule(RefusedPackets one) {
    return switch (one.protocol() + " " + one.port()) {
      case "udp 443" -> "quic";
      case "udp 853" -> "dns-over-quic";
      case "udp 53" -> "other-nameserver";
      default -> one.protocol().equals("tcp") ? "opened-before" : "only-tcp";
    };
  }

  @Override
  public EgressTestDocument test(VmId vm, String url) {
    VmWork work = work(vm);
    EgressPolicy policy = policies.of(work).policy();
    return EgressTester.test(policy, dialer(work, policy), url);
  }
}
