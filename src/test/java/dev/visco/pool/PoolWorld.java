package dev.visco.pool;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeHost;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.Limits;
import dev.visco.lifecycle.PlannedBoot;
import dev.visco.lifecycle.VmViews;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.VmsOf;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.Objection;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.session.GuestSessions;
import dev.visco.session.KeptSessions;
import dev.visco.session.VmKeyring;
import dev.visco.store.PoolRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.VmRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A daemon with pools on a real store, whose machines are a fake world's; a test runs its rounds.
 */
final class PoolWorld implements AutoCloseable {
  final ConductorWorld daemon;
  final Vms vms;
  Pools pools;
  private final Map<String, VmType> types;
  String release = VmSpec.QEMU;

  /** Guests that answer nobody. */
  final Set<VmId> mute = new HashSet<>();

  /** What the preflight objects to when it reads all of the host. */
  final List<Objection> objections = new CopyOnWriteArrayList<>();

  /** What it objects to of VMs that wait. */
  final List<Objection> objectionsWhileTheyWait = new CopyOnWriteArrayList<>();

  /** How often it read all of the host. */
  final AtomicInteger preflights = new AtomicInteger();

  /** Guests that were asked whether they are there, in this order. */
  final List<VmId> asked = new ArrayList<>();

  private final KeptSessions kept = new KeptSessions();

  /**
   * @param types by name, as the operator has written them now
   * @param memoryMib of all VMs
   */
  PoolWorld(
      Path folder,
      FakeWorld world,
      FakeWorld.Interruption interruption,
      InstantSource clock,
      Map<String, VmType> types,
      long memoryMib) {
    daemon = new ConductorWorld(folder, world, interruption, clock, 2);
    Limits limits = FakeMachinesDaemon.limits(8, memoryMib, 1_000_000_000, 100_000);
    var host = new FakeHost();
    Images images = images(host, folder);
    var networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/16"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    Path vmFolder = folder.resolve("vms");
    var views = new VmViews(daemon.rows, networks);
    var guests =
        new GuestAccess(
            new GuestSessions(), kept, work -> Optional.empty(), VmKeyring.inFolders(vmFolder));
    vms =
        VmsOf.of(
            daemon,
            limits,
            types,
            images,
            views,
            guests,
            new Random(),
            vmFolder,
            () -> release,
            (spec, image) -> new FakePlan());
    this.types = types;
    pools = newPools();
  }

  private Pools newPools() {
    return new Pools(
        types.values(),
        daemon.poolRows,
        new FakeGuests(),
        new RealTemplates(),
        daemon.changes,
        daemon.clocks());
  }

  /** A round that checks all that wait, which is done once a minute. */
  void check() {
    pools = newPools();
    pools.round();
  }

  private final class FakePlan implements PlannedBoot {
    @Override
    public List<Objection> objections() {
      preflights.incrementAndGet();
      return objections;
    }

    @Override
    public List<Objection> objectionsWhileItWaits() {
      return objectionsWhileTheyWait;
    }

    @Override
    public int vmmMib() {
      return 0;
    }

    @Override
    public long diskMib() {
      return 0;
    }
  }

  private static Images images(FakeHost host, Path folder) {
    try {
      return MadeImages.with(host, folder.resolve("images"), "cli");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PoolWorld start() {
    daemon.start();
    return this;
  }

  /** Runs rounds until so many wait. */
  void fill(int ready) {
    Awaitility.await()
        .dontCatchUncaughtExceptions()
        .until(() -> {
          pools.round();
          return ready().size() == ready;
        });
    pools.round();
  }

  /** Those that can be taken, the oldest first. */
  List<VmId> ready() {
    return daemon.poolRows.all().stream()
        .filter(row -> row.state() == VmState.READY && !isModel(row))
        .map(VmRow::id)
        .toList();
  }

  private static boolean isModel(VmRow row) {
    return PoolRows.isModel(row.pool() + "");
  }

  /** All of the pools' VMs that are not destroyed. */
  Set<VmId> all() {
    return daemon.poolRows.all().stream().map(VmRow::id).collect(Collectors.toSet());
  }

  List<SnapshotRow> templates() {
    return new RealTemplates().all();
  }

  PoolService.PoolStatus status() {
    return pools.pools().getFirst();
  }

  /** By the creation of this daemon, with guests that answer unless a test says otherwise. */
  private final class FakeGuests implements Pools.WaitingVms {
    @Override
    public String kind(VmType type) {
      return vms.creation().waitingKind(type);
    }

    @Override
    public VmId create(VmType type, @Nullable String template) {
      return vms.creation().createWaiting(type, template);
    }

    @Override
    public Optional<String> whyNotGiven(VmType type) {
      return vms.creation().whyNotGiven(type);
    }

    @Override
    public boolean areOnHold() {
      return daemon.pooled.isOnHold();
    }

    @Override
    public boolean answers(VmRow row) {
      asked.add(row.id());
      return !mute.contains(row.id());
    }
  }

  private final class RealTemplates implements Pools.Templates {
    @Override
    public List<SnapshotRow> all() {
      return daemon.snapshotRows.list().stream()
          .filter(one -> SnapshotRow.isTemplate(one.id()))
          .toList();
    }

    @Override
    public void take(VmId of, String id) {
      daemon.snapshots.takeTemplate(of, id);
    }

    @Override
    public void letGo(String id) {
      daemon.snapshots.letTemplateGo(id);
    }
  }

  @Override
  public void close() {
    daemon.close();
    kept.close();
  }
}
