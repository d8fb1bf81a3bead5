package dev.visco.compatible;

import dev.visco.compatible.Configured.ConfiguredDrive;
import dev.visco.compatible.Configured.ConfiguredNetwork;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The machine of this process with its resources. Used only under the lock of {@link Api}, except
 * for its end, which any thread may report.
 */
final class Instance {
  /** Firecracker's exit codes. */
  static final int FAILED = 1;

  private final String id;
  private final ShownRelease release;
  private final boolean pci;
  private final Log log;
  private final MetricsFile metrics;
  private final Hypervisor hypervisor;
  private final Configuration configuration;
  private final Mmds mmds;
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private Hypervisor.@Nullable Guest guest;
  private boolean paused;
  private @Nullable String fatal;

  Instance(
      String id,
      ShownRelease release,
      boolean pci,
      long mmdsLimit,
      Log log,
      MetricsFile metrics,
      ProcessContext context) {
    this.id = id;
    this.release = release;
    this.pci = pci;
    this.log = log;
    this.metrics = metrics;
    this.hypervisor = context.hypervisor();
    this.configuration = new Configuration(release, context.tapOpener());
    this.mmds = new Mmds(mmdsLimit);
  }

  ShownRelease release() {
    return release;
  }

  boolean pci() {
    return pci;
  }

  Log log() {
    return log;
  }

  MetricsFile metrics() {
    return metrics;
  }

  Hypervisor hypervisor() {
    return hypervisor;
  }

  Configuration configuration() {
    return configuration;
  }

  Mmds mmds() {
    return mmds;
  }

  /** Completed with the exit code when this process must end. */
  CompletableFuture<Integer> ended() {
    return ended;
  }

  boolean booted() {
    return guest != null;
  }

  /** The guest, once there is one. */
  Hypervisor.Guest guest() {
    return Objects.requireNonNull(guest);
  }

  boolean paused() {
    return paused;
  }

  void setPaused(boolean stands) {
    paused = stands;
  }

  /** Takes over a started guest, whose end ends this process. */
  void boot(Hypervisor.Guest started, boolean standsStill) {
    guest = started;
    paused = standsStill;
    flushMetrics();
    Thread.ofPlatform().daemon().name("guest").start(() -> watch(started));
  }

  private void watch(Hypervisor.Guest started) {
    try {
      Hypervisor.MachineEnd end = started.awaitEnd();
      log.info(Log.MAIN, "The machine has ended: " + end + ".");
      ended.complete(
          switch (end) {
            // Recorded: neither a reset nor a triple fault is an error of the process.
            case RESET, TRIPLE_FAULT -> 0;
            case BROKEN -> FAILED;
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Records a failure after which this process must end, once its caller has the answer. */
  void breakDown(String why) {
    fatal = why;
  }

  /** To be called when an answer has been sent. */
  void endIfBroken() {
    if (fatal != null && !ended.isDone()) {
      log.error(Log.MAIN, fatal);
      ended.complete(FAILED);
    }
  }

  void flushMetrics() {
    metrics.flush(
        configuration.drives().stream().map(ConfiguredDrive::id).toList(),
        configuration.networks().stream().map(ConfiguredNetwork::id).toList());
  }

  JsonValue description() {
    String state = guest == null ? "Not started" : paused ? "Paused" : "Running";
    return new JsonValue.Builder()
        .add("id", id)
        .add("state", state)
        .add("vmm_version", release.text())
        .add("app_name", "Firecracker")
        .build();
  }

  /** Ends the guest and releases its resources. */
  void close() {
    if (guest != null) {
      guest.kill();
    }
    configuration.close();
  }

  /** Records a duration that Firecracker measures too, in microseconds. */
  void measured(String metric, long startNanos) {
    long micros = (System.nanoTime() - startNanos) / 1000;
    metrics.set("latencies_us", metric, micros);
    metrics.set("latencies_us", "vmm_" + metric, micros);
  }

  /** The clock of log and metrics. */
  static InstantSource clock() {
    return InstantSource.system();
  }
}
