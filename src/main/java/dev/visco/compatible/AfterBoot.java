package dev.visco.compatible;

import dev.visco.compatible.Configured.ConfiguredBalloon;
import dev.visco.compatible.Configured.ConfiguredDrive;
import dev.visco.compatible.Configured.ConfiguredNetwork;
import dev.visco.compatible.Hypervisor.GuestFault;
import java.nio.file.Path;
import java.util.Map;

/** Answers calls while the machine runs or is paused. */
final class AfterBoot {
  /** QEMU's names of the balloon's statistics, with Firecracker's. */
  private static final Map<String, String> STATISTICS =
      Map.ofEntries(
          Map.entry("stat-swap-in", "swap_in"),
          Map.entry("stat-swap-out", "swap_out"),
          Map.entry("stat-major-faults", "major_faults"),
          Map.entry("stat-minor-faults", "minor_faults"),
          Map.entry("stat-free-memory", "free_memory"),
          Map.entry("stat-total-memory", "total_memory"),
          Map.entry("stat-available-memory", "available_memory"),
          Map.entry("stat-disk-caches", "disk_caches"),
          Map.entry("stat-htlb-pgalloc", "hugetlb_allocations"),
          Map.entry("stat-htlb-pgfail", "hugetlb_failures"));

  private static final int PAGES_PER_MIB = 256;

  private final Instance instance;
  private final Configuration configuration;
  private final ShownRelease release;

  AfterBoot(Instance instance) {
    this.instance = instance;
    this.configuration = instance.configuration();
    this.release = instance.release();
  }

  /** A command for QEMU. */
  private interface Act {
    void run() throws GuestFault, Fault;
  }

  private static Answer done(Act act) throws Fault {
    try {
      act.run();
    } catch (GuestFault e) {
      throw new Fault("The machine cannot do it: " + e.getMessage());
    }
    return Answer.DONE;
  }

  Answer answer(Call call) throws Fault {
    return switch (call) {
      case Call.GetInstance() -> Answer.of(instance.description());
      case Call.GetVersion() -> Answer.of(BeforeBoot.version(release));
      case Call.GetConfiguration() -> Answer.of(configuration.json(true));
      case Call.GetMachine() -> Answer.of(configuration.machineJson());
      case Call.GetMetadata() -> metadata();
      case Call.PutMetadata(JsonValue value) -> done(() -> instance.mmds().put(value));
      case Call.PatchMetadata(JsonValue value) -> done(() -> instance.mmds().patch(value));
      case Call.GetBalloon() -> Answer.of(balloon().json(release));
      case Call.GetBalloonStatistics() -> statistics();
      case Call.PatchBalloon(Body body) -> done(() -> inflate(body.number("amount_mib")));
      case Call.PatchBalloonStatistics(Body body) ->
          done(() -> poll(body.number("stats_polling_interval_s")));
      case Call.GetHinting(), Call.StopHinting() -> throw noHinting();
      case Call.StartHinting start -> throw noHinting();
      case Call.PatchDrive(Body body) -> done(() -> patchDrive(body));
      case Call.PatchNetwork(Body body) -> done(() -> patchNetwork(body));
      case Call.Pause() -> done(this::pause);
      case Call.Resume() -> done(this::resume);
      case Call.FlushMetrics() -> done(instance::flushMetrics);
      case Call.CtrlAltDel() -> done(() -> instance.guest().ctrlAltDel());
      case Call.CreateSnapshot(Body body) -> done(() -> createSnapshot(body));
      case Call.PutDrive(Body body) -> throw noHotplug();
      case Call.PutNetwork(Body body) -> throw noHotplug();
      case Call.PutPmem(Body body) -> throw noHotplug();
      case Call.Unplug unplug -> throw noHotplug();
      case Call.PatchPmem(Body body) ->
          throw new Fault("There is no pmem device %s.".formatted(body.text("id")));
      case Call.GetMemoryHotplug() -> throw noMemoryHotplug();
      case Call.PatchMemoryHotplug patch -> throw noMemoryHotplug();
      case Call.Start() -> throw tooLate();
      case Call.LoadSnapshot load -> throw tooLate();
      case Call.PutBootSource put -> throw tooLate();
      case Call.PutMachine put -> throw tooLate();
      case Call.PatchMachine patch -> throw tooLate();
      case Call.PutVsock put -> throw tooLate();
      case Call.PutMmdsConfig put -> throw tooLate();
      case Call.PutBalloon put -> throw tooLate();
      case Call.PutEntropy put -> throw tooLate();
      case Call.PutSerial put -> throw tooLate();
      case Call.PutMemoryHotplug put -> throw tooLate();
      case Call.PutLogger put -> throw tooLate();
      case Call.PutMetrics put -> throw tooLate();
      case Call.PutCpuConfig put -> throw tooLate();
    };
  }

  private static Fault tooLate() {
    return new Fault("That can be asked for before the machine has been started, not after.");
  }

  /** From 1.16 on, devices can be plugged in on PCI, which is not supported here. */
  private Fault noHotplug() {
    return release.hasHotplug()
        ? new Fault("No device can be plugged into, or out of, a machine that runs.")
        : tooLate();
  }

  private static Fault noMemoryHotplug() {
    return new Fault("The machine has no memory that can be plugged in.");
  }

  private Fault noHinting() throws Fault {
    balloon();
    return new Fault("Free page hinting is not enabled.");
  }

  private Answer metadata() throws Fault {
    if (configuration.mmdsConfig() == null && release.refusesMissingMetadata()) {
      throw new Fault("The machine has no metadata: none was configured before it started.");
    }
    return Answer.of(instance.mmds().value());
  }

  private ConfiguredBalloon balloon() throws Fault {
    ConfiguredBalloon balloon = configuration.balloon();
    if (balloon == null) {
      throw new Fault("There is no balloon.");
    }
    return balloon;
  }

  private Answer statistics() throws Fault {
    ConfiguredBalloon balloon = balloon();
    if (balloon.pollingSeconds() == 0) {
      throw new Fault("The balloon tells no statistics: they were not enabled.");
    }
    Map<String, Long> told;
    try {
      told = instance.guest().balloonStatistics();
    } catch (GuestFault e) {
      throw new Fault("The balloon tells no statistics: " + e.getMessage());
    }
    long actual = told.getOrDefault("actual-mib", 0L);
    var json =
        new JsonValue.Builder()
            .add("target_pages", balloon.mib() * PAGES_PER_MIB)
            .add("actual_pages", actual * PAGES_PER_MIB)
            .add("target_mib", balloon.mib())
            .add("actual_mib", actual);
    told.forEach((name, value) -> {
      String shown = STATISTICS.get(name);
      if (shown != null) {
        json.add(shown, value);
      }
    });
    return Answer.of(json.build());
  }

  private void inflate(long mib) throws Fault, GuestFault {
    ConfiguredBalloon balloon = balloon();
    if (Long.compareUnsigned(mib, configuration.machine().memoryMib()) > 0) {
      throw new Fault("`amount_mib` of %d is more than the machine has.".formatted(mib));
    }
    instance.guest().inflateBalloon((int) mib);
    configuration.put(balloon.inflated(mib));
  }

  private void poll(long seconds) throws Fault {
    ConfiguredBalloon balloon = balloon();
    if ((seconds == 0) != (balloon.pollingSeconds() == 0)) {
      throw new Fault(
          "`stats_polling_interval_s` can be changed, not turned on or off, after the start.");
    }
    configuration.put(balloon.polled(seconds));
  }

  private void patchDrive(Body body) throws Fault, GuestFault {
    String id = body.text("drive_id");
    ConfiguredDrive drive =
        configuration
            .findDrive(id)
            .orElseThrow(() -> new Fault("There is no drive %s.".formatted(id)));
    if (!body.has("path_on_host") && !body.has("rate_limiter")) {
      throw new Fault("Only a drive behind a socket can be read anew; say what is to change.");
    }
    if (body.has("path_on_host")) {
      String path = body.text("path_on_host");
      HostFiles.requireDisk("path_on_host", path, drive.readOnly());
      instance.guest().changeDisk(id, Path.of(path));
      drive = drive.on(path);
      configuration.replace(drive);
    }
    if (body.has("rate_limiter")) {
      drive = drive.limited(drive.limiter().changed(body.inner("rate_limiter")));
      instance.guest().limitDisk(id, drive.limiter().rate());
      configuration.replace(drive);
    }
  }

  /** Changes the card's limit in the configuration, and logs that it has no effect. */
  private void patchNetwork(Body body) throws Fault {
    String id = body.text("iface_id");
    ConfiguredNetwork network =
        configuration
            .findNetwork(id)
            .orElseThrow(() -> new Fault("There is no network interface %s.".formatted(id)));
    ConfiguredNetwork changed = network.changed(body);
    configuration.replace(changed);
    if (!changed.equals(network)) {
      instance
          .log()
          .warn(Log.MAIN, "A limit of " + id + " was changed; it holds from no start on.");
    }
  }

  private void pause() throws GuestFault {
    long start = System.nanoTime();
    if (!instance.paused()) {
      instance.guest().pause();
      instance.setPaused(true);
    }
    instance.measured("pause_vm", start);
  }

  private void resume() throws GuestFault {
    long start = System.nanoTime();
    if (instance.paused()) {
      instance.guest().resume();
      instance.setPaused(false);
    }
    instance.measured("resume_vm", start);
  }

  private void createSnapshot(Body body) throws Fault, GuestFault {
    boolean diff = body.findText("snapshot_type").orElse("Full").equals("Diff");
    if (!instance.paused()) {
      throw new Fault("A snapshot can be taken of a machine that is paused, not while it runs.");
    }
    if (diff
        && !configuration.machine().tracksDirtyPages()
        && !release.makesDiffWithoutTracking()) {
      throw new Fault("There is no Diff of a machine whose `track_dirty_pages` is false.");
    }
    long start = System.nanoTime();
    new SnapshotFile(Path.of(body.text("snapshot_path")))
        .create(instance, Path.of(body.text("mem_file_path")));
    instance.measured(diff ? "diff_create_snapshot" : "full_create_snapshot", start);
  }
}
