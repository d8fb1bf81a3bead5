package dev.visco.app;

import dev.visco.api.Services;
import dev.visco.desktop.DesktopService;
import dev.visco.desktop.Desktops;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.diagnostics.Inquiries;
import dev.visco.host.Host;
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.lifecycle.Attempts;
import dev.visco.lifecycle.BootContext;
import dev.visco.lifecycle.BootLooks;
import dev.visco.lifecycle.BootPlans;
import dev.visco.lifecycle.BootProbe;
import dev.visco.lifecycle.BootQueue;
import dev.visco.lifecycle.Changes;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Conductor;
import dev.visco.lifecycle.DesktopLooks;
import dev.visco.lifecycle.DesktopProbe;
import dev.visco.lifecycle.DiskRoom;
import dev.visco.lifecycle.DiskWatch;
import dev.visco.lifecycle.Explainer;
import dev.visco.lifecycle.GuestClock;
import dev.visco.lifecycle.Health;
import dev.visco.lifecycle.HostBootProbe;
import dev.visco.lifecycle.HostFacts;
import dev.visco.lifecycle.HostMachines;
import dev.visco.lifecycle.HostVmDisks;
import dev.visco.lifecycle.HostWatch;
import dev.visco.lifecycle.LaunchMachine;
import dev.visco.lifecycle.Leases;
import dev.visco.lifecycle.Limits;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.NameserverWatch;
import dev.visco.lifecycle.NetworkHistory;
import dev.visco.lifecycle.OpenNetwork;
import dev.visco.lifecycle.PrepareDisk;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.SlotKeeper;
import dev.visco.lifecycle.SnapshotFiles;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.TypeDefaults;
import dev.visco.lifecycle.VerifyBoot;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.Watch;
import dev.visco.lifecycle.WayOutProbe;
import dev.visco.metrics.Figures;
import dev.visco.metrics.MachineFigures;
import dev.visco.metrics.Sample;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Rate;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SlotIndex;
import dev.visco.model.StepName;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.network.HostBefore;
import dev.visco.network.HostNetwork;
import dev.visco.network.Networks;
import dev.visco.network.OutsideProbe;
import dev.visco.network.Slots;
import dev.visco.network.Uplink;
import dev.visco.rollout.Canaries;
import dev.visco.rollout.Openness;
import dev.visco.rollout.RollbackWatch;
import dev.visco.rollout.Rollout;
import dev.visco.rollout.RolloutService;
import dev.visco.session.GuestSessions;
import dev.visco.session.VsockAddress;
import dev.visco.settings.Settings;
import dev.visco.snapshot.SnapshotService;
import dev.visco.snapshot.Snapshots;
import dev.visco.store.DesktopRows;
import dev.visco.store.EventRows;
import dev.visco.store.ReleaseRows;
import dev.visco.store.Retention;
import dev.visco.store.RolloutRows;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.sweep.Housekeeping;
import dev.visco.sweep.LostFolders;
import dev.visco.sweep.Sweep;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.firecracker.Firecracker;
import dev.visco.vmm.qemu.QemuCommand;
import dev.visco.vmm.release.Releases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** The life cycle of one host's VMs, its parts joined. */
public final class Lifecycle implements AutoCloseable {
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

  private static final String HOST_BEFORE = "host-before";

  private final Store store;
  private final Networks networks;
  private final SlotRows slots;
  private final NetworkHistory history;
  private final VmRows rows;
  private final Vms vms;
  private final Inquiries inquiries;
  private final Snapshots snapshots;
  private final Desktops desktops;
  private final Sweep sweep;
  private final Leases leases;
  private final Conductor conductor;
  private final SlotKeeper keeper;
  private final Watch watch;
  private final HostWatch hostWatch;
  private final NameserverWatch nameserverWatch;
  private final Releases releases;
  private final Canaries canaries;
  private final Rollout rollout;
  private final RollbackWatch rollbackWatch;
  private final DesktopLooks desktopLooks;
  private final Figures figures;
  private final MachineFigures machineFigures;
  private final Housekeeping housekeeping;
  private final DiskWatch diskWatch;
  private final Health health;
  private final Attempts ending = new Attempts();

  /**
   * @param uplink how guests are to reach the outside, asked again and again
   */
  public Lifecycle(
      Settings settings,
      Map<String, VmType> types,
      Host host,
      Store store,
      Images images,
      Networks networks,
      Supplier<Uplink> uplink,
      Vmms vmms,
      Releases releases,
      InstantSource clock,
      RandomGenerator random) {
    this.store = store;
    this.networks = networks;
    this.slots = new SlotRows(store, store.host());
    this.history = new NetworkHistory(store.facts(), slots, networks);
    this.rows = new VmRows(store, store.host());
    this.releases = releases;
    var rollouts = new RolloutRows(store, store.host());
    var events = new EventRows(store, store.host());
    var openness = new Openness(releases);
    this.figures = new Figures(rows, slots, events, rollouts);
    this.machineFigures = new MachineFigures(() -> machines(vmms), MachineFigures.PERIOD);
    var clocks = Clocks.of(host, clock);
    var sessions = new GuestSessions();
    var changes = new Changes();
    Path folder = settings.data().resolve("vms");
    this.desktopLooks = new DesktopLooks(clocks.steady());
    var looks =
        new BootLooks(
            networks,
            sessions,
            vmms,
            desktopLooks,
            new WayOutProbe(
                () -> networks.uplink().nameserver(),
                new OutsideProbe(host, random),
                settings.networkProbe()),
            clocks);
    var disks = new Disks(host);
    var snapshotRows = new SnapshotRows(store, store.host());
    var contexts = new BootContext.Source(folder, images, networks);
    var explainer = new Explainer(networks, vmms, looks, clocks);
    var snapshotFiles = new SnapshotFiles(folder, disks);
    var machines = new HostMachines(contexts, vmms, snapshotFiles, settings.consoleBytes());
    var vmDisks = new HostVmDisks(contexts, disks, vmms, snapshotRows::folder);
    GuestClock guestClock = work -> looks.setClock(contexts.of(work));
    var restores = new Restores(snapshotRows, machines, vmDisks, guestClock);
    this.leases = new Leases(rows, random);
    List<Step> steps =
        steps(
            networks,
            vmDisks,
            machines,
            new HostBootProbe(contexts, looks, explainer),
            slots,
            restores,
            clocks);
    var plans =
        new BootPlans(
            networks,
            vmms,
            images,
            disks,
            settings.data(),
            openness::texts,
            QemuCommand::translationMib);
    var limits =
        new Limits(
            settings.vmsPerUser(),
            settings.memoryMib(),
            host.memoryMib(),
            networks.slots(),
            settings.pool().toString(),
            diskLimits(settings, images));
    this.vms =
        new Vms(
            limits,
            new TypeDefaults(types, images, plans::isEmulated),
            plans::planned,
            rows,
            images,
            networks,
            sessions,
            work -> vsock(vmms, images, work),
            changes,
            clocks,
            random,
            folder,
            () -> rollouts.get().current());
    this.canaries =
        new Canaries(
            vms,
            types.values(),
            name -> images.all().stream().anyMatch(image -> image.manifest().name().equals(name)));
    this.rollout =
        new Rollout(
            releases,
            new Rollout.Rowsets(
                new ReleaseRows(store, store.host()), rollouts, snapshotRows, events),
            canaries,
            openness,
            () -> vms.list(false),
            types.values().stream().map(VmType::transport).distinct().toList(),
            clock);
    this.rollbackWatch =
        new RollbackWatch(
            rows, rollouts, types, settings.rollbackAfter(), rollout::rollBackFor, changes);
    int boots = Math.max(2, host.processors());
    this.inquiries =
        new Inquiries(
            vms,
            images,
            work -> explainer.gather(contexts.of(work)),
            networks,
            folder,
            boots,
            () -> HostFacts.of(host, vmms));
    var lost = new LostFolders(folder, settings.retention().lostFolders(), events, clock);
    this.snapshots =
        new Snapshots(
            rows,
            leases,
            snapshotRows,
            restores,
            machines,
            snapshotFiles,
            guestClock,
            changes,
            vms::vm,
            clock,
            random,
            folder,
            lost::keepSnapshot);
    this.desktops =
        new Desktops(
            new DesktopRows(store, store.host()), rows, images, networks, folder, clocks, random);
    this.sweep = new Sweep(host, networks, vmms, rows, slots, lost, folder);
    this.housekeeping =
        new Housekeeping(
            store,
            new Retention(store, store.host()),
            lost,
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
            changes,
            clocks,
            settings.keepFailed(),
            id -> {
              snapshots.forget(id);
              desktops.forget(id);
              history.giveBack(id);
            },
            new BootQueue(boots, BOOT_SHARE, clocks.steady()));
    this.keeper = new SlotKeeper(networks, slots, changes, settings.spareSlots(), SLOT_RETRY);
    this.watch = new Watch(rows, leases, machines, changes, clock, clocks.steady());
    this.diskWatch =
        new DiskWatch(
            rows,
            events,
            machines,
            changes,
            clock,
            leases,
            () -> DiskRoom.freeMib(folder),
            clocks.steady());
    this.hostWatch = new HostWatch(networks, this::slotsInUse, events, clock, clocks.steady());
    this.nameserverWatch =
        new NameserverWatch(
            uplink, networks::uplink, history::follow, events, clock, clocks.steady());
    this.health =
        new Health(
            List.of(
                conductor.loop(),
                watch.loop(),
                hostWatch.loop(),
                nameserverWatch.loop(),
                keeper.loop(),
                diskWatch.loop(),
                rollbackWatch.loop(),
                machineFigures.loop()),
            Set.of(conductor.loop().name(), watch.loop().name()));
  }

  private static Limits.Disk diskLimits(Settings settings, Images images) {
    Path data = settings.data();
    long all = settings.diskMib() == 0 ? DISK_FACTOR * DiskRoom.totalMib(data) : settings.diskMib();
    return new Limits.Disk(
        all,
        settings.diskMibPerUser() == 0 ? all : settings.diskMibPerUser(),
        () -> DiskRoom.freeMib(data),
        digest -> Disks.largestMib(images.byDigest(new Digest(digest))));
  }

  /** The way down for create and up for destroy, in the order of {@link StepName}. */
  public static List<Step> steps(
      Slots networks,
      VmDisks disks,
      Machines machines,
      BootProbe probe,
      SlotRows slots,
      Restores restores,
      Clocks clocks) {
    return List.of(
        new OpenNetwork(networks, slots, clocks),
        new PrepareDisk(disks),
        new LaunchMachine(machines, probe, restores, clocks),
        new VerifyBoot(machines, probe, restores, clocks));
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

  public Vms vms() {
    return vms;
  }

  public DiagnosisService diagnoses() {
    return inquiries;
  }

  public SnapshotService snapshots() {
    return snapshots;
  }

  public DesktopService desktops() {
    return desktops;
  }

  public Sweep sweep() {
    return sweep;
  }

  public RolloutService rollout() {
    return rollout;
  }

  /** Whether the daemon does its work. */
  public Health health() {
    return health;
  }

  /** Hands down how desktops are seen; to be called before {@link #start}. */
  public void seeDesktopsBy(DesktopProbe probe) {
    desktopLooks.use(probe);
  }

  /** How a VM's desktop looks now; refused for one that has none, or does not run. */
  public DesktopProbe.Sight seeDesktop(VmId id) {
    if (vms.vm(id).state() == VmState.PAUSED) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is paused.",
              Advice.of("Let it go on first: {}", new Remedy.ResumeVm(id.value()))));
    }
    desktops.endpoint(id); // Refuses what cannot be seen.
    return desktopLooks.look(id, SCREENSHOT, () -> {});
  }

  /** All that the API offers. */
  Services services(Images images) {
    return new Services(
        vms,
        images,
        diagnoses(),
        snapshots(),
        desktops(),
        rollout(),
        sweep(),
        health(),
        this::seeDesktop,
        figures());
  }

  /** What there is to be told in numbers; what else has numbers stands beside it here. */
  public List<Sample.Source> figures() {
    return List.of(figures, machineFigures);
  }

  private Map<VmId, MachineHandle> machines(Vmms vmms) {
    var running = new TreeMap<VmId, MachineHandle>();
    for (VmRow row : rows.list(false)) {
      VmWork.of(row)
          .machine()
          .flatMap(vmms::recover)
          .ifPresent(machine -> running.put(row.id(), machine));
    }
    return running;
  }

  /** Recovers what an earlier daemon left: its running VMs, its half-done steps, its orphans. */
  public void start() {
    recover();
    keeper.start();
    watch.start();
    diskWatch.start();
    hostWatch.start();
    nameserverWatch.start();
    machineFigures.start();
    housekeeping.start();
    rollbackWatch.start();
    health.started();
  }

  /**
   * Recovers what there is for {@link #endEverything}, and makes nothing new. Nothing of the host
   * is asked for or set: whatever is wrong with its pool, routes, nameserver or rules hinders no
   * end.
   */
  public void startToEnd() {
    leases.begin();
    ending.attempt("counting the slots", () -> slots.fill(networks.slots()));
    ending.attempt("the sweep of what nobody owns", sweep::run);
    ending.attempt("ending canaries", canaries::endAll);
    ending.attempt("ending views of desktops", desktops::recover);
    ending.attempt("checking machines", watch::check);
    ending.attempt("recovering snapshots", snapshots::recover);
    conductor.start();
  }

  private void recover() {
    leases.begin();
    openHost();
    slots.fill(networks.slots());
    forgetLostSpares();
    releases.sweep();
    sweep.run();
    canaries.endAll();
    desktops.recover();
    watch.check();
    snapshots.recover();
    conductor.start();
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

  private void openHost() {
    // Only the first look tells how the host was before Visco; it is recorded before anything is
    // changed.
    HostNetwork network = networks.hostNetwork();
    network.share(HostBefore.of(store.facts().findOrAdd(HOST_BEFORE, network.before().text())));
    history.apply();
    network.open();
  }

  /**
   * A reboot takes slots away that the rows still call ready, in whole or in part; one that was
   * being made when we were killed is made anew.
   */
  private void forgetLostSpares() {
    Set<SlotIndex> whole =
        networks.present().stream()
            .filter(slot -> slot.value() < networks.slots())
            .filter(networks::isOpen)
            .collect(Collectors.toSet());
    slots.reconcile(whole);
  }

  /** Stops conducting. VMs go on running. */
  @Override
  public void close() {
    rollbackWatch.close(); // While the conductor still works, which takes its canaries away.
    conductor.close();
    diskWatch.close();
    watch.close();
    hostWatch.close();
    nameserverWatch.close();
    machineFigures.close();
    housekeeping.close();
    keeper.close();
  }

  /**
   * How it ended.
   *
   * @param left VMs that could not be destroyed in time
   * @param failures what of the host could not be given back, in words
   */
  public record Ended(List<Vm> left, List<String> failures) {}

  /**
   * Destroys every VM and takes away everything that Visco made on this host, images and store
   * aside; what cannot be is told and hinders nothing else. To be called after {@link #start} or
   * {@link #startToEnd}.
   */
  public Ended endEverything(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    rollbackWatch.close(); // It would make canaries of its own.
    vms.list(false)
        .forEach(vm -> ending.attempt("destroying " + vm.id(), () -> vms.destroy(vm.id())));
    for (Vm vm : vms.list(false)) {
      var rest = Duration.ofNanos(end - System.nanoTime());
      vms.await(vm.id(), now -> now.state() == VmState.DESTROYED, rest);
    }
    List<Vm> left = vms.list(false);
    close();
    if (left.isEmpty()) {
      giveBack();
    }
    return new Ended(left, ending.failures());
  }

  private void giveBack() {
    ending.attempt("forgetting spare slots", slots::forgetSpares);
    ending.attempt(
        "looking for slots",
        () ->
            networks
                .present()
                .forEach(
                    slot -> ending.attempt("closing slot " + slot, () -> networks.close(slot))));
    ending.attempt("control groups", () -> Firecracker.forget(networks.installation()));
    ending.attempt("routes of earlier pools", history::clear);
    HostBefore before = store.facts().find(HOST_BEFORE).map(HostBefore::of).orElse(null);
    networks.hostNetwork().close(before).forEach(ending::add);
    store.facts().remove(HOST_BEFORE);
  }
}
