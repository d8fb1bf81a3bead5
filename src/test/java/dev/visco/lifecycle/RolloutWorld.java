package dev.visco.lifecycle;

import dev.visco.host.SteadyClock;
import dev.visco.image.MadeImages;
import dev.visco.model.MachineOptions;
import dev.visco.model.Objection;
import dev.visco.model.Progress;
import dev.visco.model.Purpose;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.rollout.AutoRollback;
import dev.visco.rollout.Canaries;
import dev.visco.rollout.OpenVulnerabilities;
import dev.visco.rollout.Rollout;
import dev.visco.rollout.RolloutService;
import dev.visco.session.GuestSessions;
import dev.visco.session.KeptSessions;
import dev.visco.session.VmKeyring;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.PoolRows;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.RolloutRows;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import dev.visco.store.VmStatistics;
import dev.visco.store.VolumeRows;
import dev.visco.vmm.FakeVmm;
import dev.visco.vmm.release.Releases;
import dev.visco.wire.CreateRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * One daemon's releases, VMs and conductor on a real store and a fake world, in which releases are
 * good or bad as a test says; closing it is what SIGTERM does.
 */
public final class RolloutWorld implements AutoCloseable {
  public static final int ROLLBACK_AFTER = 3;
  static final UserId USER = new UserId("tester");
  final Store store;
  final VmRows rows;
  final ReleaseRows releaseRows;
  final RolloutRows rollouts;
  public final SnapshotRows snapshots;
  public final EventRows events;
  public final Vms vms;
  public final Rollout rollout;
  public final AutoRollback watch;
  public final Releases releases;
  private final Canaries canaries;
  private final Leases leases;
  private final Conductor conductor;
  private final ChangeSignal changes = new ChangeSignal();
  private final FakeHost host = new FakeHost();
  private final Path folder;

  /** What preflight says of VMs on these releases. */
  public final Map<String, Objection> objections = new ConcurrentHashMap<>();

  public RolloutWorld(Path folder, FakeWorld world, FakeWorld.Interruption interruption) {
    this.folder = folder;
    store = Store.open(folder);
    rows = new VmRows(store, "local");
    releaseRows = new ReleaseRows(store, "local");
    rollouts = new RolloutRows(store, "local");
    snapshots = new SnapshotRows(store, "local", InstantSource.system());
    events = new EventRows(store, "local");
    var slots = new SlotRows(store, "local");
    slots.fill(16);
    slots.reconcile(world.present());
    var clock = InstantSource.system();
    var clocks = new Clocks(clock, SteadyClock.ofHost(), "this-boot");
    releases =
        new Releases(
            host,
            folder.resolve("releases"),
            releaseRows,
            release -> new FakeVmm(release.name(), EnumSet.allOf(Transport.class)),
            clock);
    var parts = world.parts(interruption);
    var volumes = new VolumeRows(store, "local", clock);
    var sizes = new NextSizes(rows, VmsTest.PLENTY, work -> 0, clocks);
    Restores restores = parts.restores(snapshots, sizes, GuestCredentials.NONE);
    List<Step> steps =
        parts.steps(
            slots,
            volumes,
            restores,
            sizes,
            GuestCredentials.NONE,
            new StoredUserData(rows),
            clocks);
    Map<String, VmType> types =
        new TreeMap<>(
            Map.of(
                "cli", type("cli", Transport.MMIO),
                "pci", type("pci", Transport.PCI),
                "later", new VmType("later", "unbuilt", 1, 256, Transport.MMIO, DEADLINE, NONE)));
    VmViews views = ConductorWorld.views(rows, host);
    vms =
        VmsOf.parts(
            new Limits(4, 100_000, 8192, 64, 16, "10.7.0.0/16", VmsTest.DISKS),
            new TypeDefaults(types, images(), (spec, image) -> false),
            new RequestedVolumes(
                volumes, new VolumeLimits(4096, 4096, VmsTest.room(100_000)), clock, new Random()),
            (spec, image) ->
                new VmsTest.Planned(
                    objections.containsKey(spec.release())
                        ? List.of(objections.get(spec.release()))
                        : List.of(),
                    0),
            new CloneRequests(
                types,
                snapshots,
                images(),
                VmsTest.PLENTY,
                (spec, image) -> new VmsTest.Planned(List.of(), 0),
                new StoredUserData(rows),
                (owner, name, what) -> {
                  throw new AssertionError("there are no snapshots");
                },
                FreeDisks.PLENTY),
            new PooledVms(
                rows,
                new PoolRows(store, "local"),
                snapshots,
                new Leases(rows, new Random()),
                _ -> true,
                (_, _) -> {
                  throw new AssertionError("there are no pools");
                },
                changes,
                clocks),
            rows,
            images(),
            views,
            new GuestAccess(
                new GuestSessions(),
                new KeptSessions(),
                work -> Optional.empty(),
                VmKeyring.inFolders(folder.resolve("vms"))),
            views::vm,
            new Uses(rows, clocks),
            changes,
            clocks,
            new Random(),
            folder.resolve("vms"),
            () -> rollouts.get().current());
    canaries = new Canaries(vms, types.values(), "cli"::equals);
    rollout =
        new Rollout(
            releases,
            new Rollout.Rowsets(releaseRows, rollouts, snapshots),
            canaries,
            new OpenVulnerabilities(releases),
            () -> vms.list(false),
            Set.of(Transport.MMIO, Transport.PCI),
            clock);
    watch =
        new AutoRollback(
            new VmStatistics(store, "local"),
            rollouts,
            types,
            ROLLBACK_AFTER,
            rollout::rollBackFor,
            changes);
    leases = new Leases(rows, new Random());
    conductor =
        new Conductor(
            rows,
            leases,
            steps,
            restores,
            new Rebuilds(parts, parts, clocks, Duration.ofHours(1)),
            parts,
            changes,
            clocks,
            Duration.ofHours(1),
            slots::free,
            new BootQueue(4, Duration.ofMinutes(1), clocks.steady()));
  }

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final MachineOptions NONE = MachineOptions.NONE;

  private static VmType type(String name, Transport transport) {
    return new VmType(name, "cli", 1, 256, transport, DEADLINE, NONE);
  }

  public dev.visco.image.Images images() {
    try {
      Path images = folder.resolve("images");
      return Files.isDirectory(images)
          ? new dev.visco.image.Images(host, images, List.of())
          : MadeImages.with(host, images, "cli");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** As the life cycle starts, but for the watch, which tests ask themselves. */
  public RolloutWorld start() {
    releases.sweep();
    canaries.endAll();
    leases.begin();
    conductor.start();
    return this;
  }

  /** A release whose files are there, as if it had been added. */
  public RolloutWorld withRelease(String name, String version) {
    try {
      byte[] bytes = ("release " + name).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      Path files = Files.createDirectories(folder.resolve("releases").resolve(name));
      Files.write(files.resolve("firecracker"), bytes);
      String digest =
          "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      releaseRows.insert(
          new ReleaseRow(
              name,
              version,
              digest,
              null,
              "/firecracker",
              1,
              ReleaseRow.ReleaseStatus.ADDED,
              null,
              null,
              List.of()),
          "added");
      return this;
    } catch (IOException | java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public RolloutService.ReleaseChange use(String name) {
    return rollout.use(name, false, Progress.SILENT);
  }

  public String current() {
    return rollouts.get().current();
  }

  @Nullable
  public String previous() {
    return rollouts.get().previous();
  }

  public String status(String name) {
    return rollout.release(name).status();
  }

  /** Those of events that are not about VMs. */
  public List<String> kinds() {
    return events.before(EventQuery.ALL, 100, Long.MAX_VALUE).stream()
        .map(dev.visco.store.EventRow::kind)
        .filter(kind -> !kind.startsWith("vm-"))
        .toList();
  }

  /** Creates a VM and waits until it has come to its end. */
  public Vm create(String... bootArgs) {
    var request =
        CreateRequest.of(USER.value(), "cli").bootArgs(List.of(bootArgs)).force(true).build();
    return settled(vms.create(request, null).id());
  }

  Vm settled(VmId id) {
    Awaitility.await()
        .dontCatchUncaughtExceptions()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(() -> vms.vm(id).state().isSettled());
    return vms.vm(id);
  }

  /** Destroys every VM of users and waits until they are gone. */
  public void destroyAll() {
    vms.list(false).forEach(vm -> vms.destroy(vm.id()));
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(() -> vms.list(false).isEmpty());
  }

  public List<Vm> canaries() {
    var found = new ArrayList<>(vms.list(true));
    found.removeIf(vm -> vm.spec().purpose() != Purpose.CANARY);
    return found;
  }

  public List<Vm> runningCanaries() {
    return canaries().stream().filter(vm -> vm.state() != VmState.DESTROYED).toList();
  }

  /**
   * What {@code kill -9} leaves: the store as it was committed, and nobody who could write to it.
   */
  void kill() {
    store.close();
    Thread.ofVirtual().start(conductor::close);
  }

  @Override
  public void close() {
    conductor.close();
    store.close();
  }

  /** What runs a VM. */
  static String releaseOf(Vm vm) {
    VmSpec spec = vm.spec();
    return spec.release();
  }
}
