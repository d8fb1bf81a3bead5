package dev.visco.egress;

import dev.visco.lifecycle.SampleRows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Cidr;
import dev.visco.model.EgressPolicy;
import dev.visco.model.Labels;
import dev.visco.model.Purpose;
import dev.visco.model.SlotIndex;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.relay.AddressGuard;
import dev.visco.relay.Dialer;
import dev.visco.relay.NameLookup;
import dev.visco.relay.RelayLimits;
import dev.visco.relay.RelayRules;
import dev.visco.relay.RelaySockets;
import dev.visco.relay.secret.HostTls;
import dev.visco.relay.secret.InterceptedHost;
import dev.visco.relay.secret.Interception;
import dev.visco.store.SlotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One daemon's egress on a real store; the kernel's rules are a map that outlives daemons. */
final class EgressWorld implements AutoCloseable {
  static final UserId USER = new UserId("alice");
  static final VmId VM = new VmId("vm-00000001");

  final Store store;
  final VmRows rows;
  final SlotRows slots;
  final EgressPolicies policies;
  final AppliedEgress applied;
  final AtomicLong nanos = new AtomicLong();
  private final Kernel kernel;

  /** What of a slot's traffic is redirected. */
  enum Redirect {
    ALL,
    HTTPS
  }

  /** The rules of all slots, and where a daemon dies. */
  static final class Kernel {
    final Map<SlotIndex, Redirect> rules = new HashMap<>();

    /** Whether a secret is put into the VM's requests. */
    volatile boolean isExchanged;

    /** Effects until the daemon dies; none for null. */
    @Nullable Integer effectsLeft;

    /** Effects that fail from now on. */
    int failures;

    private boolean isDead;
    int listening;

    void live() {
      isDead = false;
      effectsLeft = null;
      listening = 0;
    }
  }

  /** The daemon was killed: nothing after it is done. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  EgressWorld(Path data, Kernel kernel) {
    this.kernel = kernel;
    store = Store.open(data);
    rows = new VmRows(store, store.host());
    slots = new SlotRows(store, store.host());
    slots.fill(4);
    policies = new EgressPolicies(rows, store.facts(), InstantSource.system());
    applied =
        new AppliedEgress(
            policies,
            store.facts(),
            slots,
            slot -> true,
            new DyingRules(),
            (_, policy) -> rules(policy),
            new RelayLimits(4, new Semaphore(100), Duration.ofMillis(500)),
            InstantSource.system(),
            nanos::get);
  }

  private RelayRules rules(EgressPolicy policy) {
    var dialer =
        new Dialer(
            policy,
            () -> null,
            new NameLookup(
                () -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 9),
                new Random(1),
                Duration.ofMillis(10)),
            new AddressGuard(() -> List.of(Cidr.of("pool", "192.0.2.0/24")), List.of()),
            Duration.ofSeconds(1));
    var interception =
        new Interception() {
          @Override
          public boolean isAny() {
            return kernel.isExchanged;
          }

          @Override
          public Optional<InterceptedHost> host(String name) {
            return Optional.empty();
          }
        };
    return new RelayRules(dialer, interception, HostTls.ofJdk(Duration.ofSeconds(1)));
  }

  /** A VM of the user with a slot. */
  SlotIndex vm() {
    rows.insert(
        SampleRows.created(VM, SampleRows.spec(USER, Purpose.USER), Labels.NONE, 1), usage -> {});
    SlotIndex slot = slots.claim(VM).orElseThrow().index();
    slots.opened(slot);
    return slot;
  }

  VmWork work() {
    return policies.vm(VM).orElseThrow();
  }

  /** Changes the user's policy, who has another VM as soon as that is recorded. */
  void changeWhileAVmIsTaken(EgressPolicy policy) {
    var known = new ArrayList<VmWork>();
    applied.change(
        () -> List.copyOf(known),
        policy,
        () -> {
          policies.setUser(USER, policy);
          known.add(work());
        });
  }

  /** Changes the user's policy as the API does. */
  void change(@Nullable EgressPolicy policy) {
    applied.change(
        () -> List.of(work()),
        policy == null ? EgressPolicy.NAT : policy,
        () -> {
          effect();
          policies.setUser(USER, policy);
          effect();
        });
  }

  private void effect() {
    if (kernel.isDead) {
      throw new Killed();
    }
    if (kernel.effectsLeft != null && kernel.effectsLeft-- == 0) {
      kernel.isDead = true;
      store.close();
      throw new Killed();
    }
    if (kernel.failures > 0) {
      kernel.failures--;
      throw new IllegalStateException("the kernel refuses");
    }
  }

  private final class DyingRules implements SlotRules {
    private void set(SlotIndex slot, @Nullable Redirect what) {
      effect();
      if (what == null) {
        kernel.rules.remove(slot);
      } else {
        kernel.rules.put(slot, what);
      }
      effect();
    }

    @Override
    public void redirect(SlotIndex slot) {
      set(slot, Redirect.ALL);
    }

    @Override
    public void redirectHttps(SlotIndex slot) {
      set(slot, Redirect.HTTPS);
    }

    @Override
    public void release(SlotIndex slot) {
      set(slot, null);
    }

    @Override
    public RelaySockets sockets(SlotIndex slot) {
      effect();
      try {
        ServerSocketChannel connections = ServerSocketChannel.open();
        connections.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        DatagramChannel queries = DatagramChannel.open();
        queries.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        kernel.listening++;
        return new RelaySockets(
            (InetSocketAddress) connections.getLocalAddress(),
            connections,
            queries,
            (_, _) -> Optional.empty(),
            () -> kernel.listening--);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    applied.close();
    store.close();
  }
}
