package dev.visco.egress;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.GuestEgress;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.EgressPolicy;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.relay.GuestRelay;
import dev.visco.relay.RelayLimits;
import dev.visco.relay.RelayRules;
import dev.visco.relay.RelaySockets;
import dev.visco.store.FactRows;
import dev.visco.store.SlotRows;
import dev.visco.wire.Json;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.type.TypeReference;

/**
 * The rules and relays of running VMs. Which slots have rules is recorded before they get them; a
 * slot that has them and no relay, as after a daemon was killed, lets nothing out of what they
 * redirect.
 */
public final class AppliedEgress implements GuestEgress, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppliedEgress.class);
  private static final String SLOTS = "egress-slots";

  private final EgressPolicies policies;
  private final FactRows facts;
  private final SlotRows slots;
  private final Predicate<SlotIndex> isOpen;
  private final SlotRules network;
  private final BiFunction<VmWork, EgressPolicy, RelayRules> rules;
  private final RelayLimits limits;
  private final InstantSource clock;
  private final EgressFailures failures;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<VmId, RunningRelay> relays = new ConcurrentHashMap<>();

  /** Slots with rules. */
  private final TreeSet<Integer> ruled = new TreeSet<>();

  /** What of a guest's traffic comes to a relay. */
  private enum Redirected {
    NOTHING,
    /** Connections to port 443, for the few hosts whose requests get secrets. */
    HTTPS,
    ALL
  }

  private record RunningRelay(SlotIndex slot, Redirected what, GuestRelay relay) {}

  /**
   * @param isOpen whether a slot is there
   * @param rules by which a VM's relay works, by a policy
   */
  AppliedEgress(
      EgressPolicies policies,
      FactRows facts,
      SlotRows slots,
      Predicate<SlotIndex> isOpen,
      SlotRules network,
      BiFunction<VmWork, EgressPolicy, RelayRules> rules,
      RelayLimits limits,
      InstantSource clock,
      SteadyClock steady) {
    this.policies = policies;
    this.facts = facts;
    this.slots = slots;
    this.isOpen = isOpen;
    this.network = network;
    this.rules = rules;
    this.limits = limits;
    this.clock = clock;
    this.failures = new EgressFailures(steady);
    facts
        .find(SLOTS)
        .ifPresent(text ->
            ruled.addAll(Json.mapper().readValue(text, new TypeReference<TreeSet<Integer>>() {})));
  }

  @Override
  public void apply(VmWork work, SlotIndex slot) {
    lock.lock();
    try {
      // Read now: the policy may have changed since the caller has read the VM.
      VmWork now = policies.vm(work.id()).orElse(work);
      apply(now, slot, policies.of(now).policy());
      failures.remove(work.id());
    } catch (RuntimeException e) {
      failures.add(work.id(), String.valueOf(e.getMessage()));
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private static Redirected redirected(EgressPolicy policy, RelayRules by) {
    if (!policy.leavesFreely()) {
      return Redirected.ALL;
    }
    return by.interception().isAny() ? Redirected.HTTPS : Redirected.NOTHING;
  }

  private void apply(VmWork work, SlotIndex slot, EgressPolicy policy) {
    RelayRules by = rules.apply(work, policy);
    Redirected what = redirected(policy, by);
    RunningRelay running = relays.get(work.id());
    if (running != null && (!running.slot().equals(slot) || running.what() != what)) {
      stop(work.id());
      running = null;
    }
    if (running != null) {
      running.relay().use(by);
    } else if (what != Redirected.NOTHING) {
      redirect(slot, what);
      RelaySockets sockets = network.sockets(slot);
      var relay = new GuestRelay(work.id().value(), sockets, by, limits, clock);
      relays.put(work.id(), new RunningRelay(slot, what, relay));
    } else if (ruled.contains(slot.value())) {
      network.release(slot);
      mark(slot, false);
    }
  }

  private void redirect(SlotIndex slot, Redirected what) {
    mark(slot, true);
    if (what == Redirected.ALL) {
      network.redirect(slot);
    } else {
      network.redirectHttps(slot);
    }
  }

  /** Before the rules are there, and after they are gone. */
  private void mark(SlotIndex slot, boolean hasRules) {
    if (hasRules ? ruled.add(slot.value()) : ruled.remove(slot.value())) {
      facts.set(SLOTS, Json.line(ruled));
    }
  }

  private void stop(VmId vm) {
    RunningRelay running = relays.remove(vm);
    if (running != null) {
      running.relay().close();
    }
  }

  @Override
  public void end(VmId vm, SlotIndex slot) {
    lock.lock();
    try {
      stop(vm);
      mark(slot, false);
      failures.remove(vm);
    } finally {
      lock.unlock();
    }
  }

  /** The slot of a VM that is open. */
  private Optional<SlotIndex> slot(VmId vm) {
    return slots.of(vm).filter(isOpen);
  }

  /**
   * Changes policies. VMs that a policy with rules holds for next lose their way out before it is
   * recorded; those that one held for before keep it until then. Those that became the user's only
   * while it was recorded get it right after it.
   *
   * @param vms that the change is for, if nothing else decides; asked before and after it
   * @param next the policy that will hold for them
   * @param record records it
   * @return the VMs that it was for in the end
   */
  List<VmWork> change(Supplier<List<VmWork>> vms, EgressPolicy next, Runnable record) {
    List<VmWork> known = vms.get();
    lock.lock();
    try {
      if (!next.leavesFreely()) {
        known.forEach(this::shut);
      }
      record.run();
      List<VmWork> renewed = vms.get();
      renewed.forEach(this::renew);
      return renewed;
    } catch (RuntimeException | Error e) {
      known.forEach(this::renew); // What is recorded then is in force again.
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /** Nothing leaves from now on but by a relay that has all of a guest's traffic. */
  private void shut(VmWork work) {
    RunningRelay running = relays.get(work.id());
    if (running == null || running.what() != Redirected.ALL) {
      stop(work.id());
      slot(work.id()).ifPresent(slot -> redirect(slot, Redirected.ALL));
    }
  }

  /** Applies what is recorded; where that fails nothing leaves, and it is told. */
  private void renew(VmWork work) {
    slot(work.id())
        .ifPresent(slot -> {
          try {
            apply(work, slot);
          } catch (RuntimeException e) {
            LOG.error(
                "{}: its egress policy could not be applied; nothing leaves it", work.id(), e);
          }
        });
  }

  /** Takes up what an earlier daemon has left: to be called before VMs change. */
  public void recover() {
    Map<VmId, SlotIndex> claims = new TreeMap<>(slots.claims());
    lock.lock();
    try {
      policies.all().stream()
          .map(VmWork::of)
          .filter(work -> claims.containsKey(work.id()))
          .filter(work -> isRuled(claims, work) || wanted(work) != Redirected.NOTHING)
          .forEach(this::renew);
    } finally {
      lock.unlock();
    }
  }

  private boolean isRuled(Map<VmId, SlotIndex> claims, VmWork work) {
    SlotIndex slot = claims.get(work.id());
    return slot != null && ruled.contains(slot.value());
  }

  private Redirected wanted(VmWork work) {
    EgressPolicy policy = policies.of(work).policy();
    return redirected(policy, rules.apply(work, policy));
  }

  /**
   * Whether a VM's requests get secrets has changed: its connections come to a relay from now on,
   * or no longer. Where that fails it is told and tried again, and nothing leaves that should come
   * to one.
   */
  public void renew(VmId vm) {
    lock.lock();
    try {
      policies.vm(vm).filter(this::isOther).ifPresent(this::renew);
    } finally {
      lock.unlock();
    }
  }

  private boolean isOther(VmWork work) {
    RunningRelay running = relays.get(work.id());
    return wanted(work) != (running == null ? Redirected.NOTHING : running.what());
  }

  /** Applies the policies again that could not be applied, each after its pause. */
  public void retry() {
    for (VmId vm : failures.due()) {
      lock.lock();
      try {
        policies.vm(vm).ifPresentOrElse(this::renew, () -> failures.remove(vm));
      } finally {
        lock.unlock();
      }
    }
  }

  /** VMs whose policy could not be applied. */
  public int failures() {
    return failures.count();
  }

  /** The relay of a VM. */
  Optional<GuestRelay> relay(VmId vm) {
    return Optional.ofNullable(relays.get(vm)).map(RunningRelay::relay);
  }

  /** Why a VM's policy is not applied. */
  Optional<String> problem(VmId vm) {
    return failures.problem(vm);
  }

  /** Ends all relays: nothing leaves VMs with policies until the next daemon. */
  @Override
  public void close() {
    lock.lock();
    try {
      Map.copyOf(relays).keySet().forEach(this::stop);
    } finally {
      lock.unlock();
    }
  }
}
