package dev.visco.app;

import dev.visco.api.Services;
import dev.visco.api.desktop.DesktopSelfCheck;
import dev.visco.desktop.Desktops;
import dev.visco.diagnostics.Diagnostics;
import dev.visco.egress.Egress;
import dev.visco.host.DiskRoom;
import dev.visco.host.Host;
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.lifecycle.ActiveUsers;
import dev.visco.lifecycle.Archives;
import dev.visco.lifecycle.BootQueue;
import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.CloneRequests;
import dev.visco.lifecycle.Conductor;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.HandOver;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.IdleVms;
import dev.visco.lifecycle.ImagePlans;
import dev.visco.lifecycle.LeaseWaiting;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Limits;
import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.NextSizes;
import dev.visco.lifecycle.PooledVms;
import dev.visco.lifecycle.Power;
import dev.visco.lifecycle.PowerService;
import dev.visco.lifecycle.RebuildRequests;
import dev.visco.lifecycle.Rebuilds;
import dev.visco.lifecycle.RequestedVolumes;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.StoredUserData;
import dev.visco.lifecycle.Suspensions;
import dev.visco.lifecycle.TypeDefaults;
import dev.visco.lifecycle.Uses;
import dev.visco.lifecycle.VaultKeyring;
import dev.visco.lifecycle.VmCreation;
import dev.visco.lifecycle.VmViews;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.VolumeAttachments;
import dev.visco.lifecycle.VolumeLimits;
import dev.visco.lifecycle.Wakes;
import dev.visco.lifecycle.Waking;
import dev.visco.lifecycle.boot.BootChecks;
import dev.visco.lifecycle.boot.BootContext;
import dev.visco.lifecycle.boot.BootPlans;
import dev.visco.lifecycle.boot.CloneIdentity;
import dev.visco.lifecycle.boot.DesktopChecks;
import dev.visco.lifecycle.boot.DesktopProbe;
import dev.visco.lifecycle.boot.Explainer;
import dev.visco.lifecycle.boot.GuestProbe;
import dev.visco.lifecycle.boot.HostBootProbe;
import dev.visco.lifecycle.boot.HostFacts;
import dev.visco.lifecycle.boot.HostGuestClock;
import dev.visco.lifecycle.boot.HostMachines;
import dev.visco.lifecycle.boot.HostVmDisks;
import dev.visco.lifecycle.boot.SessionFreeze;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.lifecycle.boot.VolumeFiles;
import dev.visco.lifecycle.boot.WayOutProbe;
import dev.visco.lifecycle.monitor.ArchiveMonitor;
import dev.visco.lifecycle.monitor.ConsoleClock;
import dev.visco.lifecycle.monitor.DiskMonitor;
import dev.visco.lifecycle.monitor.HostMonitor;
import dev.visco.lifecycle.monitor.IdleMonitor;
import dev.visco.lifecycle.monitor.MachineMonitor;
import dev.visco.lifecycle.monitor.NameserverMonitor;
import dev.visco.lifecycle.monitor.NetworkHistory;
import dev.visco.lifecycle.monitor.RoomPauses;
import dev.visco.lifecycle.monitor.SlotKeeper;
import dev.visco.lifecycle.steps.BootSteps;
import dev.visco.link.Links;
import dev.visco.metrics.DiskMetrics;
import dev.visco.metrics.FleetMetrics;
import dev.visco.metrics.SignInMetrics;
import dev.visco.metrics.SleepMetrics;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Rate;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.network.Networks;
import dev.visco.network.OutsideProbe;
import dev.visco.network.Uplink;
import dev.visco.pool.Pools;
import dev.visco.provider.Provider;
import dev.visco.rollout.AutoRollback;
import dev.visco.rollout.Canaries;
import dev.visco.rollout.OpenVulnerabilities;
import dev.visco.rollout.Rollout;
import dev.visco.session.GuestSessions;
import dev.visco.session.KeptSessions;
import dev.visco.session.VsockAddress;
import dev.visco.session.restore.RestoreHelper;
import dev.visco.settings.Settings;
import dev.visco.settings.TlsFiles;
import dev.visco.signin.session.SignIns;
import dev.visco.snapshot.SnapshotContents;
import dev.visco.snapshot.Snapshots;
import dev.visco.store.DataFolder;
import dev.visco.store.DesktopRows;
import dev.visco.store.EventRows;
import dev.visco.store.LinkRows;
import dev.visco.store.PoolRows;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.Retention;
import dev.visco.store.RolloutRows;
import dev.visco.store.SignInRows;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.UserRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VmStatistics;
import dev.visco.store.VolumeRows;
import dev.visco.sweep.Housekeeping;
import dev.visco.sweep.LostFolders;
import dev.visco.sweep.Sweep;
import dev.visco.users.Users;
import dev.visco.users.VmsOfUser;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.qemu.QemuCommand;
import dev.visco.vmm.release.Releases;
import dev.visco.volume.VolumeGuest;
import dev.visco.volume.VolumeRecovery;
import dev.visco.volume.Volumes;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * All parts of the daemon, each made once and given what it needs; nothing on the host is changed
 * by making them. What they do, and in which order they start, is {@link Engine}.
 */
final class Parts {
  /** A slot that cannot be made is tried again after this; others meanwhile. */
  private static final Duration SLOT_RETRY = Duration.ofMinutes(1);

  /**
   * How long a boot keeps its place among those that run at once when another user waits for one:
   * an emulated guest needs some fifteen seconds, and one that never answers has a deadline of
   * minutes.
   */
  private static final Duration BOOT_SHARE = Duration.ofSeconds(20);

  /** How long a picture of a desktop may take; a blank one takes all of it. */
  private static final Duration SCREENSHOT = Duration.ofSeconds(8);

  /** Guests fill less than half of their disks, as a rule. */
  private static final int DISK_FACTOR = 2;

  private final Map<String, VmType> types;
  private final Images images;
  final Store store;
  final Networks networks;
  final SlotRows slots;
  final NetworkHistory history;
  final VmRows rows;
  final GuestAccess guests;
  final Vms vms;
  final Uses uses;
  final Suspensions suspensions;
  final Archives archives;
  private final Waking waking;
  final Power power;
  final RebuildRequests rebuildRequests;
  final Diagnostics diagnostics;
  final Snapshots snapshots;
  final Pools pools;
  final SnapshotContents snapshotContents;
  final Volumes volumes;
  final VolumeRecovery volumeRecovery;
  final Desktops desktops;
  final Links links;
  final SignIns signIns;
  final EgressParts outgoing;
  final Egress egress;
  final Sweep sweep;
  final Leases leases;
  final Conductor conductor;
  final Releases releases;
  final Canaries canaries;
  final Rollout rollout;
  final AutoRollback autoRollback;
  final DesktopSelfCheck selfCheck;
  final DesktopChecks desktopChecks;
  final EventParts events;
  final Housekeeping housekeeping;
  final MonitorParts monitors;
  final MetricParts metrics;
  final AccountParts accounts;
  final Users users;
  final Health health;
  final VaultParts vault;
  final DeliveryParts delivery;
  private final ToolParts tools;

  /**
   * @param uplink how guests are to reach the outside, asked again and again
   * @param apiPort where the API listens, complete once it does
   */
  Parts(
      Settings settings,
      Map<String, VmType> types,
      Map<String, Provider> providers,
      Host host,
      Store store,
      Images images,
      Networks networks,
      Supplier<Uplink> uplink,
      Vmms vmms,
      Releases releases,
      InstantSource clock,
      RandomGenerator random,
      CompletableFuture<Integer> apiPort) {
    this.types = types;
    this.images = images;
    this.store = store;
    this.networks = networks;
    this.slots = new SlotRows(store, store.host());
    this.history = new NetworkHistory(store.facts(), slots, networks);
    this.rows = new VmRows(store, store.host());
    this.releases = releases;
    var rollouts = new RolloutRows(store, store.host());
    this.events = new EventParts(settings, store, clock, random);
    EventRows events = this.events.rows;
    var openVulnerabilities = new OpenVulnerabilities(releases);
    var statistics = new VmStatistics(store, store.host());
    var clocks = Clocks.of(host, clock);
    var sessions = new GuestSessions();
    var changes = new ChangeSignal();
    Path folder = settings.data().resolve("vms");
    var snapshotRows = new SnapshotRows(store, store.host(), clock);
    Path snapshotFolder = settings.data().resolve(DataFolder.SNAPSHOTS);
    this.vault =
        new VaultParts(
            settings, store, rows, snapshotRows, events, folder, snapshotFolder, clock, random);
    VaultKeyring keyring = vault.keyring;
    DiskRoom room = DiskRoom.of(folder, settings.diskReserve());
    Path volumeFolder = settings.data().resolve("volumes");
    DiskRoom volumeRoom = DiskRoom.of(volumeFolder, settings.diskReserve());
    this.metrics =
        new MetricParts(
            new FleetMetrics(statistics, slots, events, rollouts),
            new DiskMetrics(rows, rooms(settings, room, volumeRoom)),
            new SignInMetrics(new SignInRows(store, store.host())),
            rows,
            vmms);
    this.uses = new Uses(rows, clocks);
    this.desktops =
        new Desktops(
            new DesktopRows(store, store.host()),
            rows,
            images,
            networks,
            keyring,
            this::wake,
            uses,
            clocks,
            random);
    this.selfCheck =
        new DesktopSelfCheck(
            desktops,
            settings.listenHost(),
            apiPort,
            settings.tls() == null ? null : TlsFiles.shown(settings.data()));
    this.desktopChecks = new DesktopChecks(clocks.steady(), selfCheck);
    this.guests =
        new GuestAccess(sessions, new KeptSessions(), work -> vsock(vmms, images, work), keyring);
    var guestProbe =
        new GuestProbe(
            networks,
            guests,
            new WayOutProbe(
                () -> networks.uplink().nameserver(),
                new OutsideProbe(host, random),
                settings.networkProbe()),
            new RestoreHelper(clock, random),
            clocks);
    var bootChecks = new BootChecks(guestProbe, vmms, desktopChecks, clocks);
    var disks = new Disks(host);
    var contexts = new BootContext.Source(folder, images, networks, keyring);
    var explainer = new Explainer(networks, vmms, bootChecks, clocks, images);
    this.outgoing =
        new EgressParts(
            settings, providers, host, store, rows, slots, networks, vault.vault, clocks, random);
    this.egress = outgoing.egress;
    this.delivery =
        new DeliveryParts(
            settings,
            providers,
            store,
            rows,
            images,
            networks,
            guests,
            vault.vault,
            outgoing.placeholders,
            clock);
    var snapshotFiles =
        new SnapshotFiles(
            folder,
            snapshotFolder,
            disks,
            room,
            DiskRoom.of(snapshotFolder, settings.diskReserve()));
    var snapshotKeys =
        new SnapshotKeys(snapshotRows, keyring, keyring.ofSnapshots(), keyring::forget);
    var snapshotUses = new SnapshotUses(rows, snapshotRows, snapshotFiles, random);
    var machines =
        new HostMachines(
            contexts,
            vmms,
            snapshotFiles,
            work -> {
              delivery.deliveries.beforeEnd(work);
              guestProbe.powerOff(contexts.of(work));
            },
            settings.consoleBytes());
    var vmDisks =
        new HostVmDisks(contexts, disks, vmms, snapshotRows::folder, new StoredUserData(rows));
    var volumeRows = new VolumeRows(store, store.host(), clock);
    var volumeFiles = new VolumeFiles(host, volumeFolder, networks);
    Limits.DiskQuota diskLimits = diskLimits(settings, images, room);
    var volumeLimits = new VolumeLimits(diskLimits.mib(), diskLimits.mibPerUser(), volumeRoom);
    this.volumeRecovery = new VolumeRecovery(rows, volumeRows, volumeFiles, events, clock);
    var attachments = new VolumeAttachments(volumeRows, volumeFiles);
    var guestClock = new HostGuestClock(guestProbe, contexts);
    var plans =
        new BootPlans(
            networks,
            vmms,
            images,
            disks,
            settings.data(),
            openVulnerabilities::texts,
            QemuCommand::translationMib,
            clocks.steady());
    var limits =
        new Limits(
            settings.vmsPerUser(),
            settings.memoryMib(),
            host.memoryMib(),
            host.processors(),
            networks.slots(),
            settings.pool().toString(),
            diskLimits,
            new IdleVms(rows, this::idleFor));
    var sizes =
        new NextSizes(
            rows,
            limits,
            work ->
                plans
                    .planned(work.spec(), images.byDigest(new Digest(work.row().image())))
                    .vmmMib(),
            clocks);
    var identity =
        new CloneIdentity(contexts, sessions, guests, bootChecks, snapshotKeys::of, clock, random);
    var restores =
        new Restores(
            snapshotRows,
            snapshotFiles,
            machines,
            vmDisks,
            guestClock,
            sizes,
            delivery.deliveries,
            identity);
    this.leases = new Leases(rows, random);
    List<Step> steps =
        BootSteps.inOrder(
            networks,
            vmDisks,
            attachments,
            machines,
            new HostBootProbe(contexts, bootChecks, explainer),
            slots,
            egress.applied(),
            delivery.deliveries,
            restores,
            new HandOver(
                machines,
                vmDisks,
                egress.applied(),
                delivery.deliveries,
                identity::tellName,
                new StoredUserData(rows)),
            sizes,
            clocks);
    var poolRows = new PoolRows(store, store.host());
    var pooled =
        new PooledVms(
            rows, poolRows, snapshotRows, leases, machines::isAlive, this::begin, changes, clocks);
    var views = new VmViews(rows, networks);
    var userRows = new UserRows(store, store.host());
    var activeUsers = new ActiveUsers(userRows);
    var wakes = new Wakes(rows, changes, clocks);
    metrics.add(new SleepMetrics(wakes));
    this.suspensions =
        new Suspensions(
            rows,
            snapshotRows,
            snapshotFiles,
            machines,
            restores,
            sizes,
            delivery.deliveries,
            work -> guestProbe.sync(contexts.of(work)),
            new LeaseWaiting(leases, changes),
            activeUsers,
            uses,
            wakes,
            changes,
            clocks,
            views::vm,
            folder);
    this.archives =
        new Archives(
            rows,
            vmDisks,
            room,
            restores,
            suspensions,
            sizes,
            new LeaseWaiting(leases, changes),
            activeUsers,
            uses,
            wakes,
            changes,
            clocks,
            views::vm);
    this.waking = new Waking(views, suspensions, archives, changes);
    var creation =
        new VmCreation(
            limits,
            new TypeDefaults(types, images, plans::isEmulated),
            new RequestedVolumes(volumeRows, volumeLimits, clock, random),
            plans::planned,
            new CloneRequests(
                types,
                snapshotRows,
                images,
                limits,
                plans::planned,
                new StoredUserData(rows),
                snapshotUses::hold,
                snapshotFiles),
            pooled,
            rows,
            images,
            views,
            guests,
            changes,
            clocks,
            random,
            () -> rollouts.get().current());
    this.vms =
        new Vms(
            creation,
            limits,
            plans::planned,
            rows,
            images,
            views,
            guests,
            waking::awake,
            uses,
            changes,
            clocks,
            folder);
    this.power =
        new Power(
            rows,
            activeUsers,
            suspensions,
            archives,
            uses,
            changes,
            clocks,
            views::vm,
            views::view);
    this.rebuildRequests =
        new RebuildRequests(
            rows,
            snapshotRows,
            activeUsers,
            uses,
            vmDisks,
            new ImagePlans(images, plans::planned, limits),
            new LeaseWaiting(leases, changes),
            changes,
            clocks,
            vms::vm);
    this.volumes =
        new Volumes(
            rows,
            volumeRows,
            volumeFiles,
            volumeLimits,
            leases,
            machines,
            VolumeGuest.by(vms),
            clock,
            random);
    this.canaries =
        new Canaries(
            vms,
            types.values(),
            name -> images.all().stream().anyMatch(image -> image.manifest().name().equals(name)));
    this.rollout =
        new Rollout(
            releases,
            new Rollout.Rowsets(new ReleaseRows(store, store.host()), rollouts, snapshotRows),
            canaries,
            openVulnerabilities,
            () -> vms.list(false),
            types.values().stream().map(VmType::transport).distinct().toList(),
            clock);
    this.autoRollback =
        new AutoRollback(
            statistics, rollouts, types, settings.rollbackAfter(), rollout::rollBackFor, changes);
    int boots = Math.max(2, host.processors());
    this.diagnostics =
        new Diagnostics(
            vms,
            images,
            work -> explainer.gather(contexts.of(work)),
            networks,
            folder,
            boots,
            () -> HostFacts.of(host, releases.list().stream().map(ReleaseRow::name).toList()));
    var lost =
        new LostFolders(folder, snapshotFolder, settings.retention().lostFolders(), events, clock);
    this.snapshotContents =
        new SnapshotContents(
            snapshotRows,
            snapshotUses,
            snapshotFiles,
            snapshotKeys,
            images,
            Program.version(),
            host.memoryMib(),
            clock,
            random);
    this.snapshots =
        new Snapshots(
            rows,
            leases,
            snapshotRows,
            restores,
            suspensions,
            machines,
            snapshotFiles,
            snapshotUses,
            snapshotKeys,
            new SessionFreeze(contexts, sessions, clocks.steady()),
            guestClock,
            uses,
            changes,
            vms::vm,
            clock,
            random,
            folder,
            lost::keepSnapshot);
    this.pools =
        new Pools(
            types.values(),
            poolRows,
            new PoolGuests(creation, pooled, guests, networks),
            new PoolTemplates(snapshotRows, snapshots),
            changes,
            clocks);
    this.accounts = new AccountParts(settings, store, clock, random);
    this.users =
        users(userRows, new VmsOfUser(vms, id -> power.stop(id, PowerService.GRACE)), clock);
    this.links =
        new Links(
            new LinkRows(store, store.host()),
            vms,
            token -> accounts.tokens.isCurrent(token, null),
            clock,
            random);
    this.tools = new ToolParts(settings, providers, images, vms, delivery.tools, clock, random);
    this.signIns =
        new SignInParts(
                settings,
                store,
                types,
                providers,
                images,
                vms,
                desktops,
                diagnostics,
                vault.vault,
                delivery.credentials,
                delivery.deliveries,
                activeUsers,
                clock,
                random)
            .signIns;
    this.sweep =
        new Sweep(
            host,
            networks,
            vmms,
            rows,
            slots,
            volumeRows,
            snapshotRows,
            images,
            lost,
            folder,
            volumeFolder,
            snapshotFolder);
    this.housekeeping =
        new Housekeeping(
            store,
            new Retention(store, store.host()),
            lost,
            snapshots::collect,
            events,
            settings.retention(),
            settings.storeCopies(),
            clock);
    this.conductor =
        new Conductor(
            rows,
            leases,
            steps,
            restores,
            new Rebuilds(machines, vmDisks, clocks, settings.keepFailed()),
            machines,
            changes,
            clocks,
            settings.keepFailed(),
            id -> {
              snapshots.forget(id);
              desktops.forget(id);
              links.forget(id);
              guests.forget(id);
              keyring.forget(id);
              attachments.detach(id);
              history.giveBack(id);
            },
            new BootQueue(boots, BOOT_SHARE, clocks.steady()));
    this.monitors =
        new MonitorParts(
            new SlotKeeper(networks, slots, changes, settings.spareSlots(), SLOT_RETRY),
            new MachineMonitor(rows, leases, machines, changes, clocks),
            new IdleMonitor(
                rows,
                uses,
                work -> work.machine().flatMap(metrics::usage),
                work -> guestProbe.keptAwake(contexts.of(work)),
                suspensions::sleep,
                wakes,
                clocks),
            new ArchiveMonitor(
                rows, restores::memorySince, archives::archive, settings.archiveAfter(), clocks),
            new ConsoleClock(folder),
            new DiskMonitor(
                rows,
                events,
                vmDisks,
                new RoomPauses(machines, guestClock, leases, events, changes, clock),
                clock,
                room,
                volumeRoom,
                clocks.steady()),
            new HostMonitor(networks, this::slotsInUse, events, clock, clocks.steady()),
            new NameserverMonitor(
                uplink, networks::uplink, history::follow, events, clock, clocks.steady()));
    this.health =
        new Health(loops(), Set.of(conductor.loop().name(), monitors.machines().loop().name()));
  }

  private Future<VmRow> begin(Leases.Lease lease, VmRow row) {
    return conductor.begin(lease, row);
  }

  private List<Loop> loops() {
    var loops = new ArrayList<Loop>();
    loops.add(conductor.loop());
    loops.addAll(monitors.loops());
    loops.add(autoRollback.loop());
    loops.add(metrics.vmms.loop());
    loops.add(events.sender.loop());
    loops.add(signIns.loop());
    loops.add(pools.loop());
    loops.add(outgoing.retries);
    loops.add(uses.loop());
    loops.add(delivery.loop.loop());
    return loops;
  }

  /** The file systems on which guests and images write, by their folders in the data folder. */
  private static SequencedMap<String, DiskRoom> rooms(
      Settings settings, DiskRoom ofVms, DiskRoom ofVolumes) {
    var rooms = new LinkedHashMap<String, DiskRoom>();
    rooms.put("vms", ofVms);
    rooms.put("volumes", ofVolumes);
    rooms.put(
        "snapshots",
        DiskRoom.of(settings.data().resolve(DataFolder.SNAPSHOTS), settings.diskReserve()));
    rooms.put("images", DiskRoom.of(settings.data().resolve("images"), settings.diskReserve()));
    return rooms;
  }

  private Users users(UserRows rows, VmsOfUser of, InstantSource clock) {
    return new Users(
        rows,
        user -> {
          signIns.cancelAll(user);
          of.stopAll(user);
        },
        user -> {
          signIns.cancelAll(user);
          of.destroyAll(user);
          snapshots.letGo(user);
          volumes.list(user).forEach(volume -> volumes.remove(user, volume.name()));
        },
        user -> {
          egress.removeUser(user);
          outgoing.placeholders.removeUser(user);
        },
        clock);
  }

  private static Limits.DiskQuota diskLimits(Settings settings, Images images, DiskRoom room) {
    long all = settings.diskMib() == 0 ? DISK_FACTOR * (room.total() >> 20) : settings.diskMib();
    return new Limits.DiskQuota(
        all,
        settings.diskMibPerUser() == 0 ? all : settings.diskMibPerUser(),
        room,
        digest -> Disks.sizeMib(images.byDigest(new Digest(digest))));
  }

  /**
   * Where the guest's sshd is by vsock, when its type asks for that, and image and VMM offer it.
   */
  private static Optional<VsockAddress> vsock(Vmms vmms, Images images, VmWork work) {
    if (!work.spec().machine().options().vsock()) {
      return Optional.empty();
    }
    Integer port = images.byDigest(new Digest(work.row().image())).manifest().vsockPort();
    return port == null
        ? Optional.empty()
        : work.machine()
            .flatMap(vmms::recover)
            .flatMap(MachineHandle::vsock)
            .map(socket -> new VsockAddress(socket, port));
  }

  /** How a VM's desktop is now; refused for one that has none, or does not run. */
  DesktopProbe.DesktopFindings probeDesktop(VmId id) {
    if (waking.awake(id).state() == VmState.PAUSED) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is paused.",
              Advice.of("Resume it first: {}", new Remedy.ResumeVm(id.value()))));
    }
    desktops.endpoint(id); // Refuses what cannot be seen.
    uses.used(id);
    return desktopChecks.probe(id, SCREENSHOT, () -> {});
  }

  /** All that the API offers. */
  Services services() {
    return new Services(
        vms,
        types,
        tools.providers,
        tools.logins,
        signIns,
        power,
        rebuildRequests,
        images,
        vms::imagesInUse,
        diagnostics,
        snapshots,
        snapshotContents,
        volumes,
        desktops,
        links,
        tools.prompts,
        tools.execs,
        egress,
        outgoing.placeholders,
        rollout,
        pools,
        metrics.machines,
        events.log,
        events.webhooks,
        sweep,
        users,
        accounts.tokens,
        accounts.audit,
        vault.host,
        delivery.credentials,
        delivery.deliveries,
        delivery.tools,
        health,
        this::probeDesktop,
        metrics.sources());
  }

  private Optional<Duration> idleFor(VmId id) {
    return monitors.idle().idleFor(id);
  }

  private void wake(VmId id) {
    waking.begin(id);
  }

  /** Those of VMs that run: nobody opens or closes them meanwhile. */
  private Map<SlotIndex, Rate> slotsInUse() {
    var inUse = new HashMap<SlotIndex, Rate>();
    for (VmRow row : rows.list(false)) {
      Integer slot = row.slot();
      if (slot != null && (row.state() == VmState.READY || row.state() == VmState.PAUSED)) {
        inUse.put(new SlotIndex(slot), VmWork.of(row).spec().machine().options().network());
      }
    }
    return inUse;
  }
}
