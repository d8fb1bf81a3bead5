package dev.visco.api;

import dev.visco.lifecycle.VmService;
import dev.visco.model.Digest;
import dev.visco.model.Ipv4;
import dev.visco.model.MachineOptions;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.StartKind;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.SnapshotRow;
import dev.visco.verify.BootReport;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.VmChange;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** VMs that are rows in memory; a test settles them. Refuses as the real service does. */
public final class FakeVms implements VmService {
  static final int HOST_MIB = 4096;
  private static final VmType CLI =
      new VmType("cli", "cli", 1, 256, Transport.MMIO, Duration.ofMinutes(2), MachineOptions.NONE);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private final Path folder;
  private final SequencedMap<VmId, Vm> vms = new LinkedHashMap<>();
  private final Map<String, CreateRequest> keys = new HashMap<>();
  private final Map<String, VmId> ofKeys = new HashMap<>();
  private final Map<VmId, List<Runnable>> watchers = new HashMap<>();
  private int waiting;

  private final AtomicLong version = new AtomicLong();
  private volatile boolean isStill;

  /** How often a VM was looked at. */
  public final AtomicLong looks = new AtomicLong();

  /** What stands behind each session. */
  public final FakeGuest guest = new FakeGuest();

  volatile Supplier<GuestSession> sessions = guest::session;

  /** Thrown by the next calls, for what a host or a store may do. */
  @Nullable RuntimeException fault;

  /** The same for what the JVM may do. */
  @Nullable Error error;

  /** Thrown instead of a session. */
  @Nullable GuestUnreachable unreachable;

  /** Where it is set, a guest answers only once it is counted down. */
  public volatile @Nullable CountDownLatch answers;

  /** How many wait for a guest to answer. */
  public final AtomicInteger connecting = new AtomicInteger();

  @Nullable BootReport report;

  public FakeVms(Path folder) {
    this.folder = folder;
  }

  /** Another one at each call, so that what a test changes here is seen at once. */
  @Override
  public long version() {
    return isStill ? version.get() : version.incrementAndGet();
  }

  /** From now on, or no longer, all stays as it is, whatever is asked. */
  void holdStill(boolean still) {
    isStill = still;
  }

  @Override
  public synchronized Vm create(CreateRequest request, @Nullable String idempotencyKey) {
    failIfTold();
    if (idempotencyKey != null && keys.containsKey(idempotencyKey)) {
      if (!request.equals(keys.get(idempotencyKey))) {
        throw new Refused(
            new Refusal.KeyReused("The key was used for another request.", "Use a new key."));
      }
      return vm(Objects.requireNonNull(ofKeys.get(idempotencyKey)));
    }
    var _ = request.userData();
    var vm = creating(spec(request), request.metadata());
    vms.put(vm.id(), vm);
    if (idempotencyKey != null) {
      keys.put(idempotencyKey, request);
      ofKeys.put(idempotencyKey, vm.id());
    }
    return vm;
  }

  private static VmSpec spec(CreateRequest request) {
    UserId owner = request.owner();
    if (!request.type().equals("cli")) {
      throw Refused.invalid("vmType", request.type(), "is not known", "Known are cli.");
    }
    var spec =
        new VmSpec(
                owner,
                Purpose.USER,
                request.type(),
                request.origin(CLI),
                request.machine(CLI, CLI.size(false)),
                request.kernel(),
                request.life(CLI),
                VmSpec.QEMU)
            .withPorts(request.ports(CLI));
    if (spec.machine().memoryMib() > HOST_MIB) {
      throw Refused.invalid(
          "memoryMib", spec.machine().memoryMib() + "", "is more than this host has", "Give less.");
    }
    return spec;
  }

  private Vm creating(VmSpec spec, VmMetadata metadata) {
    int number = vms.size() + 1;
    return new Vm(
        new VmId("vm-%08x".formatted(number)),
        spec,
        metadata,
        new Digest("sha256:" + "0".repeat(64)),
        StartKind.BOOT,
        VmState.CREATING,
        "verify-boot",
        new SlotIndex(number),
        Ipv4.of("address", "192.168.100." + (number + 1)),
        null,
        null,
        null,
        0,
        null,
        null,
        NOW,
        NOW,
        null,
        null,
        1);
  }

  private void failIfTold() {
    if (fault != null) {
      throw fault;
    }
    if (error != null) {
      throw error;
    }
  }

  /** What the conductor would do. */
  public synchronized void settle(VmId id, VmState state, @Nullable String failure) {
    Vm was = vm(id);
    vms.put(
        id,
        new Vm(
            id,
            was.spec(),
            was.metadata(),
            was.image(),
            was.start(),
            state,
            was.step(),
            was.slot(),
            was.address(),
            was.vmm(),
            was.pid(),
            failure,
            0,
            was.rebuild(),
            was.used(),
            was.created(),
            NOW,
            state == VmState.READY ? NOW : null,
            null,
            was.revision() + 1));
    notifyAll();
    watchers.getOrDefault(id, List.of()).forEach(Runnable::run);
  }

  /** Waits until somebody waits for a change. */
  synchronized void awaitWaiting() throws InterruptedException {
    while (waiting == 0) {
      wait();
    }
  }

  @Override
  public ClonePlan planClones(CreateRequest request, int count, @Nullable SnapshotRow fork) {
    String vm = fork == null ? null : fork.vm().value();
    return new ClonePlan(
        count, request.from(), vm, 1, 256, count * 300L, false, "layer", 0, 300, 44, 9000);
  }

  @Override
  public synchronized List<Vm> list(boolean all) {
    failIfTold();
    var found = new ArrayList<>(vms.sequencedValues().reversed());
    found.removeIf(vm -> !all && vm.state() == VmState.DESTROYED);
    return found;
  }

  @Override
  public synchronized List<Vm> page(VmFilter filter, int limit, @Nullable VmId before) {
    List<Vm> listed = list(true);
    int from = before == null ? 0 : listed.indexOf(vm(before)) + 1;
    return listed.subList(from, listed.size()).stream()
        .filter(filter::matches)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized VmId named(String text, @Nullable UserId user) {
    List<VmId> found =
        list(false).stream()
            .filter(vm -> user == null || vm.spec().owner().equals(user))
            .filter(vm ->
                Objects.toString(vm.metadata().name()).equals(text)
                    || vm.id().value().startsWith(text)
                    || vm.id().value().startsWith("vm-" + text))
            .map(Vm::id)
            .toList();
    if (found.isEmpty()) {
      throw new Refused(new Refusal.NotFound("VM", text, "visco ps lists them."));
    }
    if (found.size() > 1) {
      throw Refused.invalid("vm", text, "may be any of " + found, "Give more of the id.");
    }
    return found.getFirst();
  }

  @Override
  public synchronized Vm vm(VmId id) {
    looks.incrementAndGet();
    Vm vm = vms.get(id);
    if (vm == null) {
      throw new Refused(new Refusal.NotFound("VM", id.value(), "visco ps lists them."));
    }
    return vm;
  }

  @Override
  public synchronized Vm update(VmId id, VmChange change) {
    change.requireAny();
    Vm vm = vm(id);
    Vm changed = with(vm, change.of(vm.spec()), change.of(vm.metadata()));
    vms.put(id, changed);
    return changed;
  }

  private static Vm with(Vm vm, VmSpec spec, VmMetadata metadata) {
    return new Vm(
        vm.id(),
        spec,
        metadata,
        vm.image(),
        vm.start(),
        vm.state(),
        vm.step(),
        vm.slot(),
        vm.address(),
        vm.vmm(),
        vm.pid(),
        vm.failure(),
        vm.restarts(),
        vm.rebuild(),
        vm.used(),
        vm.created(),
        vm.changed(),
        vm.ready(),
        vm.expires(),
        vm.revision() + 1);
  }

  @Override
  public synchronized Vm destroy(VmId id) {
    settle(id, VmState.DESTROYING, null);
    return vm(id);
  }

  @Override
  public synchronized Vm await(VmId id, Predicate<Vm> isSo, Duration max) {
    long end = System.nanoTime() + max.toNanos();
    waiting++;
    notifyAll();
    try {
      while (!isSo.test(vm(id)) && System.nanoTime() < end) {
        wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting--;
    }
    return vm(id);
  }

  @Override
  public synchronized Watching watch(VmId id, Runnable onChange) {
    watchers.computeIfAbsent(id, vm -> new CopyOnWriteArrayList<>()).add(onChange);
    waiting++;
    notifyAll();
    return () -> unwatch(id, onChange);
  }

  private synchronized void unwatch(VmId id, Runnable onChange) {
    Objects.requireNonNull(watchers.get(id)).remove(onChange);
    waiting--;
  }

  /** How many watch VMs now. */
  public synchronized int watchers() {
    return watchers.values().stream().mapToInt(List::size).sum();
  }

  @Override
  public Optional<BootReport> report(VmId id) {
    vm(id);
    return Optional.ofNullable(report);
  }

  @Override
  public Path consoleFile(VmId id) {
    vm(id);
    return folder.resolve(id + ".log");
  }

  /** Sessions of all VMs are these. */
  public void sessionsAre(Supplier<GuestSession> all) {
    sessions = all;
  }

  @Override
  public GuestSession session(VmId id, Duration deadline) throws GuestUnreachable {
    failIfTold();
    if (vm(id).state() != VmState.READY) {
      throw new Refused(
          new Refusal.Conflict("The VM " + id + " is creating.", "Wait until it is ready."));
    }
    if (unreachable != null) {
      throw unreachable;
    }
    awaitAnswer();
    return sessions.get();
  }

  /** Interrupted, it breaks off, as a socket of a virtual thread does. */
  private void awaitAnswer() throws GuestUnreachable {
    CountDownLatch answer = answers;
    if (answer != null) {
      connecting.incrementAndGet();
      try {
        answer.await();
      } catch (InterruptedException e) {
        throw new GuestUnreachable(GuestUnreachable.GuestStage.NO_ANSWER, "interrupted", e);
      } finally {
        connecting.decrementAndGet();
      }
    }
  }
}
