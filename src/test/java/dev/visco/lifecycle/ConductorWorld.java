package dev.visco.lifecycle;

import dev.visco.host.Host;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.monitor.MachineMonitor;
import dev.visco.model.Cidr;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.StartKind;
import dev.visco.model.StepName;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VolumeMount;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.session.SnapshotKeyring;
import dev.visco.session.VmKeyring;
import dev.visco.snapshot.Snapshots;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.NewVm;
import dev.visco.store.PoolRows;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.UserRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRows;
import dev.visco.volume.VolumeRecovery;
import dev.visco.volume.Volumes;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** One daemon's conductor on a real store and a fake world; closing it is what SIGTERM does. */
public final class ConductorWorld implements AutoCloseable {
  private static final RandomGenerator RANDOM = new Random(4711);

  /** Whose VMs are that nobody else is named for. */
  public static final UserId TESTER = new UserId("tester");

  public static final Duration KEEP_FAILED = Duration.ofHours(1);
  public static final Duration BOOT_SHARE = Duration.ofSeconds(20);
  public final Store store;
  public final VmRows rows;
  public final SlotRows slots;
  public final Snapshots snapshots;
  public final SnapshotUses snapshotUses;
  public final SnapshotKeys snapshotKeys;
  public final SnapshotRows snapshotRows;
  public final VolumeRows volumeRows;
  public final Volumes volumes;
  private final VolumeRecovery volumeRecovery;
  private final VolumeAttachments attachments;
  public final ChangeSignal changes = new ChangeSignal();

  /** Snapshots that no row knew. */
  public final List<Path> lost = new ArrayList<>();

  final NextSizes sizes;
  private final Restores restores;
  public final BootQueue boots;
  public final Conductor conductor;
  public final Leases leases;
  public final UserRows users;
  public final Uses uses;
  public final Wakes wakes;
  public final PooledVms pooled;
  public final PoolRows poolRows;
  public final Suspensions suspensions;
  public final Archives archives;
  public final Power power;
  public final RebuildRequests rebuilds;
  private final VmDisks disks;
  public final MachineMonitor monitor;
  private final Machines machines;
  private final Clocks clocks;
  private final InstantSource clock;
  private final Map<VmId, Integer> tells = new ConcurrentHashMap<>();
  private final Map<VmId, ChangeSignal.Listening> counted = new ConcurrentHashMap<>();

  public ConductorWorld(Path folder, FakeWorld world, FakeWorld.Interruption interruption) {
    this(folder, world, interruption, InstantSource.system(), 2);
  }

  public ConductorWorld(
      Path folder,
      FakeWorld world,
      FakeWorld.Interruption interruption,
      InstantSource clock,
      int simultaneousBoots) {
    this(folder, world, interruption, clock, simultaneousBoots, "this-boot");
  }

  /** On a host that was booted again, where {@code boot} is another one. */
  public ConductorWorld(
      Path folder,
      FakeWorld world,
      FakeWorld.Interruption interruption,
      InstantSource clock,
      int simultaneousBoots,
      String boot) {
    this.clock = clock;
    store = Store.open(folder);
    rows = new VmRows(store, "local");
    slots = new SlotRows(store, "local");
    slots.fill(8);
    slots.reconcile(world.present());
    snapshotRows = new SnapshotRows(store, "local", clock);
    world.snapshotFolders = snapshotRows::folder;
    leases = new Leases(rows, RANDOM);
    clocks =
        new Clocks(
            clock, clock instanceof SteadyClock steady ? steady : SteadyClock.ofHost(), boot);
    var parts = world.parts(interruption);
    GuestCredentials credentials = world.credentials.apply(store);
    sizes = new NextSizes(rows, VmsTest.PLENTY, work -> 0, clocks);
    Restores restores = parts.restores(snapshotRows, sizes, credentials);
    uses = new Uses(rows, clocks);
    volumeRows = new VolumeRows(store, "local", clock);
    volumes =
        new Volumes(
            rows,
            volumeRows,
            parts,
            new VolumeLimits(1 << 20, 1 << 20, VmsTest.room(100_000)),
            leases,
            parts,
            (vm, mount, bytes) -> {
              interruption.at("grow-in-guest");
              if (world.areGuestsMute()) {
                return Optional.of("the guest could not be asked");
              }
              world.growInGuest(mount.volume());
              return Optional.empty();
            },
            clock,
            RANDOM);
    volumeRecovery =
        new VolumeRecovery(rows, volumeRows, parts, new EventRows(store, "local"), clock);
    attachments = new VolumeAttachments(volumeRows, parts);
    List<Step> steps =
        parts.steps(
            slots, volumeRows, restores, sizes, credentials, new StoredUserData(rows), clocks);
    users = new UserRows(store, "local");
    var activeUsers = new ActiveUsers(users);
    wakes = new Wakes(rows, changes, clocks);
    poolRows = new PoolRows(store, "local");
    pooled =
        new PooledVms(
            rows, poolRows, snapshotRows, leases, parts::isAlive, this::begin, changes, clocks);
    suspensions =
        new Suspensions(
            rows,
            snapshotRows,
            parts,
            parts,
            restores,
            sizes,
            credentials,
            parts,
            new LeaseWaiting(leases, changes),
            activeUsers,
            uses,
            wakes,
            changes,
            clocks,
            this::vm,
            Path.of("/vms"));
    snapshotUses = new SnapshotUses(rows, snapshotRows, parts, RANDOM);
    var vmKeys = VmKeyring.inFolders(folder.resolve("keys"));
    snapshotKeys =
        new SnapshotKeys(
            snapshotRows,
            vmKeys,
            SnapshotKeyring.inFolders(folder.resolve("snapshot-keys")),
            _ -> {});
    snapshots =
        new Snapshots(
            rows,
            leases,
            snapshotRows,
            restores,
            suspensions,
            parts,
            parts,
            snapshotUses,
            snapshotKeys,
            parts,
            parts,
            uses,
            changes,
            this::vm,
            clock,
            RANDOM,
            Path.of("/vms"),
            lost::add);
    archives =
        new Archives(
            rows,
            parts,
            VmsTest.room(100_000),
            restores,
            suspensions,
            sizes,
            new LeaseWaiting(leases, changes),
            activeUsers,
            uses,
            wakes,
            changes,
            clocks,
            this::vm);
    this.restores = restores;
    machines = parts;
    disks = parts;
    power =
        new Power(
            rows,
            activeUsers,
            suspensions,
            archives,
            uses,
            changes,
            clocks,
            this::vm,
            ConductorWorld::vm);
    rebuilds =
        new RebuildRequests(
            rows,
            snapshotRows,
            activeUsers,
            uses,
            parts,
            new FakeRebuildPlans(),
            new LeaseWaiting(leases, changes),
            changes,
            clocks,
            this::vm);
    monitor = new MachineMonitor(rows, leases, parts, changes, clocks);
    boots = new BootQueue(simultaneousBoots, BOOT_SHARE, clocks.steady());
    conductor = conductor(steps);
  }

  /** One that was not started. */
  Conductor conductor(List<Step> steps) {
    return new Conductor(
        rows,
        leases,
        steps,
        restores,
        new Rebuilds(machines, disks, clocks, KEEP_FAILED),
        machines,
        changes,
        clocks,
        KEEP_FAILED,
        id -> {
          snapshots.forget(id);
          attachments.detach(id);
          slots.free(id);
        },
        boots);
  }

  private Future<VmRow> begin(Leases.Lease lease, VmRow row) {
    return conductor.begin(lease, row);
  }

  /** How often a VM whose step nobody knows was taken into work. */
  public int works(VmId id) {
    return tells.getOrDefault(id, 0) - 1;
  }

  /** As its users see it, without what only a real host knows. */
  private Vm vm(VmId id) {
    return vm(row(id));
  }

  public static Vm vm(VmRow row) {
    return new Vm(
        row.id(),
        VmWork.of(row).spec(),
        row.metadata(),
        new Digest(row.image()),
        row.isTaken() ? StartKind.POOL : StartKind.BOOT,
        row.state(),
        row.step(),
        null,
        null,
        null,
        null,
        row.failure(),
        row.restarts(),
        VmWork.of(row).rebuild().orElse(null),
        null,
        Instant.ofEpochMilli(row.created()),
        Instant.ofEpochMilli(row.changed()),
        null,
        null,
        row.revision());
  }

  /** VMs as their users see them, with addresses of the pool 10.7.0.0/16. */
  static VmViews views(VmRows rows, Host host) {
    return new VmViews(
        rows,
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/16"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1"))));
  }

  public ConductorWorld start() {
    leases.begin();
    monitor.check();
    snapshots.recover();
    suspensions.recover(leases);
    archives.recover();
    volumeRecovery.recover();
    conductor.start();
    return this;
  }

  public VmId insert(Duration deadline, @Nullable Duration timeToLive) {
    return insert(deadline, timeToLive, StepName.first().word());
  }

  /** One that an older or newer daemon left at this step. */
  public VmId insert(Duration deadline, @Nullable Duration timeToLive, String step) {
    return insert(deadline, timeToLive, step, "tester");
  }

  /** One whose type sets these. */
  public VmId insert(MachineOptions options) {
    return insert(
        Duration.ofMinutes(1), null, StepName.first().word(), "tester", options, RestartPolicy.NO);
  }

  /** One that is started again by this policy. */
  public VmId insert(RestartPolicy restart) {
    return insert(
        Duration.ofSeconds(30),
        null,
        StepName.first().word(),
        "tester",
        MachineOptions.NONE,
        restart);
  }

  /** Newest first. */
  public List<EventRow> events() {
    return new EventRows(store, "local").before(EventQuery.ALL, 100, Long.MAX_VALUE);
  }

  public Clocks clocks() {
    return clocks;
  }

  private VmId insert(Duration deadline, @Nullable Duration timeToLive, String step, String owner) {
    return insert(deadline, timeToLive, step, owner, MachineOptions.NONE, RestartPolicy.NO);
  }

  private VmId insert(
      Duration deadline,
      @Nullable Duration timeToLive,
      String step,
      String owner,
      MachineOptions options,
      RestartPolicy restart) {
    return insert(
        new VmSpec(
            new UserId(owner),
            Purpose.USER,
            "cli",
            new FromImage("cli"),
            new MachineShape(Transport.MMIO, 1, 256, options),
            KernelSpec.ORDINARY,
            new Life(timeToLive, deadline, restart),
            VmSpec.QEMU),
        step);
  }

  /** One with this life. */
  public VmId insert(Life life) {
    return insert(
        new VmSpec(
            new UserId("tester"),
            Purpose.USER,
            "cli",
            new FromImage("cli"),
            new MachineShape(Transport.MMIO, 1, 256, MachineOptions.NONE),
            KernelSpec.ORDINARY,
            life,
            VmSpec.QEMU),
        StepName.first().word());
  }

  /** One that has these volumes. */
  public VmId insert(List<VolumeMount> volumes) {
    return insert(
        new VmSpec(
                TESTER,
                Purpose.USER,
                "cli",
                new FromImage("cli"),
                new MachineShape(Transport.MMIO, 1, 256, MachineOptions.NONE),
                KernelSpec.ORDINARY,
                new Life(null, Duration.ofSeconds(30), RestartPolicy.NO),
                VmSpec.QEMU)
            .with(volumes),
        StepName.first().word());
  }

  /** One that goes on from a snapshot of the tester's. */
  public VmId insertClone(String snapshot) {
    return insert(
        new VmSpec(
            TESTER,
            Purpose.USER,
            "cli",
            new Origin.Clone("cli", snapshot),
            new MachineShape(Transport.MMIO, 1, 256, MachineOptions.NONE),
            KernelSpec.ORDINARY,
            new Life(null, Duration.ofSeconds(30), RestartPolicy.NO),
            VmSpec.QEMU),
        StepName.first().word());
  }

  private VmId insert(VmSpec spec, String step) {
    Duration timeToLive = spec.life().timeToLive();
    long now = clock.millis();
    var vm =
        new NewVm(
            VmId.random(RANDOM),
            spec.owner().value(),
            spec.purpose(),
            Json.line(spec),
            "sha256:" + "0".repeat(64),
            256,
            null,
            step,
            null,
            "digest",
            now,
            timeToLive == null ? null : now + timeToLive.toMillis(),
            clocks.boot(),
            timeToLive == null ? null : clocks.uptime() + timeToLive.toMillis(),
            VmSpec.QEMU,
            VmMetadata.NONE,
            null,
            spec.volumes(),
            null);
    // Each piece of work ends by telling so, as the insertion does.
    counted.put(vm.id(), changes.listen(vm.id(), () -> tells.merge(vm.id(), 1, Integer::sum)));
    rows.insert(
        vm, spec.origin() instanceof Origin.Clone clone ? clone.snapshot() : null, usage -> {});
    changes.signal(vm.id());
    return vm.id();
  }

  /** No longer counts what is done to a VM. */
  public void stopCounting(VmId id) {
    Objects.requireNonNull(counted.remove(id)).close();
    tells.remove(id);
  }

  public VmId insert(String owner) {
    return insert(Duration.ofMinutes(3), null, StepName.first().word(), owner);
  }

  public VmId insert() {
    return insert(Duration.ofSeconds(30), null);
  }

  public void destroy(VmId id) {
    rows.requestDestroy(id, StepName.last().word(), null, clock.millis());
    changes.signal(id);
  }

  public VmRow row(VmId id) {
    return rows.find(id)
        .orElseThrow(() -> new Refused(new Refusal.NotFound("VM", id.value(), "None.")));
  }

  /**
   * Waits until the VM is in this state and, where it stays in it, nobody works on it any more: who
   * comes then, like the monitor of machines, finds its lease free.
   */
  public VmRow await(VmId id, VmState state) {
    await(() -> row(id).state() == state && !(state.isSettled() && leases.isHeld(id)));
    return row(id);
  }

  /** Waits until the VM is at this step. */
  public void await(VmId id, StepName step) {
    await(() -> row(id).step().equals(step.word()));
  }

  /** What dies in threads of a daemon that was killed is no concern of whoever waits. */
  private static void await(Callable<Boolean> thing) {
    Awaitility.await()
        .dontCatchUncaughtExceptions()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(thing);
  }

  /**
   * What {@code kill -9} leaves: the store as it was committed, and nobody who could write to it.
   */
  public void kill() {
    store.close();
    Thread.ofVirtual().start(conductor::close);
  }

  @Override
  public void close() {
    conductor.close();
    store.close();
  }
}
