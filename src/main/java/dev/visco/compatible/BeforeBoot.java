package dev.visco.compatible;

import dev.visco.compatible.Configured.ConfiguredBalloon;
import dev.visco.compatible.Configured.ConfiguredBoot;
import dev.visco.compatible.Configured.ConfiguredEntropy;
import dev.visco.compatible.Configured.ConfiguredMmds;
import dev.visco.compatible.Configured.ConfiguredVsock;
import dev.visco.compatible.Configured.MemoryHotplug;
import dev.visco.compatible.Configured.Serial;
import java.nio.file.Path;

/** Answers calls before the guest is started. */
final class BeforeBoot {
  private final Instance instance;
  private final Configuration configuration;

  /** Whether the machine was configured, after which no snapshot can be loaded. */
  private boolean configured;

  BeforeBoot(Instance instance) {
    this.instance = instance;
    this.configuration = instance.configuration();
  }

  Answer answer(Call call) throws Fault {
    return switch (call) {
      case Call.GetInstance() -> Answer.of(instance.description());
      case Call.GetVersion() -> Answer.of(version(instance.release()));
      case Call.GetConfiguration() -> Answer.of(configuration.json(false));
      case Call.GetMachine() -> Answer.of(configuration.machineJson());
      case Call.GetMetadata() -> Answer.of(instance.mmds().value());
      case Call.GetBalloon() -> balloon();
      case Call.PutLogger(Body body) -> done(() -> instance.log().configure(body));
      case Call.PutMetrics(Body body) ->
          done(() -> instance.metrics().open(Path.of(body.text("metrics_path"))));
      case Call.PutMetadata(JsonValue value) -> done(() -> instance.mmds().put(value));
      case Call.PatchMetadata(JsonValue value) -> done(() -> instance.mmds().patch(value));
      case Call.PutSerial(Body body) -> done(() -> configuration.put(Serial.of(body)));
      case Call.PutCpuConfig(Body body) -> done(() -> configuration.putCpuConfig(body));
      case Call.PutBootSource(Body body) -> set(() -> configuration.put(ConfiguredBoot.of(body)));
      case Call.PutMachine(Body body) ->
          set(() -> configuration.put(configuration.machine().replaced(body)));
      case Call.PatchMachine(Body body) ->
          set(() -> configuration.put(configuration.machine().changed(body)));
      case Call.PutDrive(Body body) -> set(() -> configuration.putDrive(body));
      case Call.PutNetwork(Body body) -> set(() -> configuration.putNetwork(body));
      case Call.PutPmem(Body body) -> set(() -> configuration.putPmem(body));
      case Call.PutVsock(Body body) -> set(() -> configuration.put(ConfiguredVsock.of(body)));
      case Call.PutMmdsConfig(Body body) -> set(() -> configuration.put(ConfiguredMmds.of(body)));
      case Call.PutBalloon(Body body) -> set(() -> configuration.put(ConfiguredBalloon.of(body)));
      case Call.PutEntropy(Body body) -> set(() -> configuration.put(ConfiguredEntropy.of(body)));
      case Call.PutMemoryHotplug(Body body) -> set(() -> configuration.put(MemoryHotplug.of(body)));
      case Call.Start() -> done(this::start);
      case Call.LoadSnapshot(Body body) -> done(() -> load(body));
      case Call.FlushMetrics(), Call.CtrlAltDel(), Call.Pause(), Call.Resume() -> throw tooEarly();
      case Call.GetBalloonStatistics(), Call.GetHinting(), Call.GetMemoryHotplug() ->
          throw tooEarly();
      case Call.StartHinting start -> throw tooEarly();
      case Call.StopHinting() -> throw tooEarly();
      case Call.PatchDrive patch -> throw tooEarly();
      case Call.PatchNetwork patch -> throw tooEarly();
      case Call.PatchPmem patch -> throw tooEarly();
      case Call.PatchBalloon patch -> throw tooEarly();
      case Call.PatchBalloonStatistics patch -> throw tooEarly();
      case Call.PatchMemoryHotplug patch -> throw tooEarly();
      case Call.CreateSnapshot create -> throw tooEarly();
      case Call.Unplug unplug -> throw tooEarly();
    };
  }

  /** A change of the configuration, which may be refused. */
  private interface ConfigurationChange {
    void make() throws Fault;
  }

  private static Answer done(ConfigurationChange change) throws Fault {
    change.make();
    return Answer.DONE;
  }

  private Answer set(ConfigurationChange change) throws Fault {
    configured = true;
    return done(change);
  }

  private static Fault tooEarly() {
    return new Fault("That can be asked for once the machine has been started, not before.");
  }

  static JsonValue version(ShownRelease release) {
    return new JsonValue.Builder().add("firecracker_version", release.text()).build();
  }

  private Answer balloon() throws Fault {
    ConfiguredBalloon balloon = configuration.balloon();
    if (balloon == null) {
      throw new Fault("There is no balloon.");
    }
    return Answer.of(balloon.json(instance.release()));
  }

  /** Starts the machine, also that of a configuration file. */
  void start() throws Fault {
    GuestPlan plan = GuestPlans.plan(configuration, instance.release(), instance.pci());
    instance.hypervisor().shortcomings(plan).forEach(text -> instance.log().warn(Log.MAIN, text));
    try {
      instance.boot(instance.hypervisor().start(plan, configuration.console()), false);
    } catch (Hypervisor.GuestFault e) {
      throw new Fault("The machine does not start: " + e.getMessage());
    }
  }

  private void load(Body body) throws Fault {
    if (configured) {
      throw new Fault("A snapshot cannot be loaded once something of the machine has been set.");
    }
    long start = System.nanoTime();
    try {
      new SnapshotLoad(instance, body).run();
    } catch (Fault fault) {
      instance.breakDown("The snapshot was not loaded, and what is left is of no use.");
      throw fault.in("The snapshot cannot be loaded");
    }
    instance.measured("load_snapshot", start);
  }
}
