package dev.visco.vmm.firecracker;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.Tail;
import dev.visco.host.Waiting;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineMetrics;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.VmmLimits;
import dev.visco.vmm.release.ReleaseFeatures;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/** A Firecracker process and its machine. */
public final class FirecrackerMachine implements MachineHandle {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration KILL = Duration.ofSeconds(10);

  /**
   * The deadline of a snapshot, which writes the guest's whole memory: 32 GiB at 500 MB/s take a
   * minute.
   */
  private static final Duration SNAPSHOT = Duration.ofMinutes(2);

  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final Duration EXIT_CODE = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** Firecracker's own threads: the main thread and that of its API. */
  private static final int OWN_THREADS = 2;

  private static final long LOOK_NANOS = 300_000;

  /** A file in the run folder of a machine whose guest the host can no longer reach by vsock. */
  private static final String VSOCK_LOST = "vsock.lost";

  private final Host host;
  private final Cgroups cgroups;
  private final ReleaseFeatures features;
  private final MachineRef ref;
  private final Jail jail;

  FirecrackerMachine(Host host, Cgroups cgroups, ReleaseFeatures features, MachineRef ref) {
    this.host = host;
    this.cgroups = cgroups;
    this.features = features;
    this.ref = ref;
    this.jail = Jail.ofSocket(ref.socket());
  }

  @Override
  public MachineRef ref() {
    return ref;
  }

  @Override
  public boolean isAlive() {
    return host.isAlive(ref.process());
  }

  @Override
  public String status() {
    return state(ANSWER);
  }

  private String state(Duration deadline) {
    try {
      JsonNode answer = new FirecrackerApi(ref.socket(), deadline).get("/");
      return answer.path("state").asString("unknown").toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      throw broken(e);
    }
  }

  @Override
  public void awaitConsole(Duration max) {
    ConsoleLogger.await(host, jail.console(), max);
  }

  @Override
  public void pause() {
    run(List.of(ApiCall.PAUSE));
  }

  @Override
  public void resume() {
    if (features.losesVsockOnResume() && Files.exists(jail.vsock())) {
      try {
        Files.writeString(jail.run().resolve(VSOCK_LOST), "");
      } catch (IOException e) {
        throw new HostFault("cannot write into " + jail.run() + ": " + HostFault.words(e), e);
      }
    }
    run(List.of(ApiCall.RESUME));
  }

  @Override
  public Optional<Path> vsock() {
    return Files.exists(jail.vsock()) && !Files.exists(jail.run().resolve(VSOCK_LOST))
        ? Optional.of(jail.vsock())
        : Optional.empty();
  }

  @Override
  public void snapshot(Path folder) {
    String state = status();
    if (!state.equals("paused")) {
      throw new Refused(
          new Refusal.Conflict(
              "The machine is " + state + ", and only a paused one can be saved.", "Pause it."));
    }
    JsonNode config = configuration();
    JsonNode card = config.path("network-interfaces").path(0);
    var manifest =
        new SnapshotManifest(
            features.version(),
            card.path("host_dev_name").asString(""),
            config.path("vsock").isObject());
    run(List.of(ApiCall.SNAPSHOT), SNAPSHOT);
    SnapshotManifest.take(jail, Jail.SNAPSHOT_STATE, folder);
    SnapshotManifest.take(jail, Jail.SNAPSHOT_MEMORY, folder);
    manifest.write(folder);
  }

  /** The machine's configuration, as Firecracker's JSON. */
  public JsonNode configuration() {
    try {
      return new FirecrackerApi(ref.socket(), ANSWER).get("/vm/config");
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /**
   * Firecracker opens a drive's file anew when it is told its path, and the guest learns the size
   * ({@code docs/api_requests/patch-block.md}).
   */
  @Override
  public void resizeDisk(int number, long bytes) {
    VmmLimits.allowFileOf(host, ref.process(), bytes);
    String id = VmConfig.driveId(number);
    run(List.of(ApiCall.patch("/drives/" + id, new ApiCall.DriveFile(id, Jail.disk(number)))));
  }

  @Override
  public MachineMetrics metrics() {
    return MetricsPipe.read(jail.metrics(), () -> run(List.of(ApiCall.FLUSH_METRICS)));
  }

  void run(List<ApiCall> calls) {
    run(calls, ANSWER);
  }

  private void run(List<ApiCall> calls, Duration deadline) {
    var client = new FirecrackerApi(ref.socket(), deadline);
    for (ApiCall call : calls) {
      try {
        FirecrackerApi.ApiAnswer answer = client.call(call.method(), call.path(), call.body());
        if (!answer.succeeded()) {
          throw new HostFault(
              "Firecracker refused " + call.method() + " " + call.path() + ": " + answer.fault());
        }
      } catch (IOException e) {
        throw broken(e);
      }
    }
  }

  /**
   * The fault when nobody answered: the process has ended, and its exit code tells more, or its
   * socket is broken.
   */
  private HostFault broken(IOException e) {
    boolean ended = Waiting.until(EXIT_CODE, () -> !isAlive());
    return new HostFault(
        ended
            ? "Firecracker has ended" + exit() + ": " + lastLines()
            : "Firecracker's socket " + ref.socket() + ": " + e.getMessage(),
        e);
  }

  /** Its exit code in words, known only if this daemon started it. */
  private String exit() {
    OptionalInt[] code = {OptionalInt.empty()};
    Waiting.until(
        EXIT_CODE,
        () -> {
          code[0] = host.exitCode(ref.process());
          return code[0].isPresent();
        });
    return code[0].isPresent() ? " with " + ExitCode.described(code[0].getAsInt()) : "";
  }

  /** Waits until the guest runs. */
  void awaitRunning() {
    awaitState("running", this::hasProcessors);
  }

  /** Waits until it has a snapshot's state, and its guest runs or stands still. */
  void awaitLoaded(boolean isRunning) {
    awaitState(isRunning ? "running" : "paused", this::hasProcessors);
  }

  /** Waits until it accepts calls. */
  void awaitAnswer() {
    awaitState("not started", () -> true);
  }

  /**
   * Whether the threads of its vCPUs exist beside its own two; they are the last that it creates of
   * its configuration. It must not be asked earlier: if creating them fails while a request is
   * waiting, Firecracker from 1.13 on panics because of the request and does not report what
   * failed.
   */
  private boolean hasProcessors() {
    return host.threads(ref.process()) > OWN_THREADS;
  }

  /**
   * Waits until it is in a state, or has ended. An existing socket means nothing: Firecracker opens
   * it before it has read its configuration.
   *
   * @param isToBeAsked whether it may be asked already; after a while it is asked in any case
   */
  private void awaitState(String wanted, BooleanSupplier isToBeAsked) {
    long start = System.nanoTime();
    long end = start + START.toNanos();
    String said = "nothing";
    while (System.nanoTime() < end) {
      boolean isLate = System.nanoTime() - start > PATIENCE.toNanos();
      if (Files.exists(ref.socket()) && (isLate || isToBeAsked.getAsBoolean())) {
        try {
          said = said(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
          if (said.equals(wanted)) {
            return;
          }
        } catch (IOException e) {
          said = "nothing"; // Bound, but nobody listens yet, or it has just ended.
        }
      }
      if (!isAlive()) {
        throw new HostFault(
            "Firecracker ended before it was " + wanted + exit() + ": " + lastLines());
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new HostFault(
        "Firecracker was not %s within %d s, and said %s: %s"
            .formatted(wanted, START.toSeconds(), said, lastLines()));
  }

  private String said(Duration deadline) throws IOException {
    FirecrackerApi.ApiAnswer answer =
        new FirecrackerApi(ref.socket(), deadline).call("GET", "/", null);
    return answer.succeeded()
        ? answer.body().path("state").asString("unknown").toLowerCase(Locale.ROOT)
        : answer.fault();
  }

  /** The last lines of its log, or of the log's older part. */
  private String lastLines() {
    if (!isAlive() && Files.exists(jail.logFifo())) {
      ConsoleLogger.await(host, jail.logFifo(), LAST_WORDS); // Its logger is still writing.
    }
    boolean isJustFull = jail.log().toFile().length() == 0;
    Path older = ConsoleLogger.older(jail.log());
    return Tail.said(isJustFull && Files.exists(older) ? older : jail.log());
  }

  @Override
  public OptionalLong oomKills() {
    return cgroups.oomKills(Objects.requireNonNull(jail.run().getParent()));
  }

  @Override
  public void stop(Duration grace) {
    Optional<String> group = isAlive() ? Cgroups.nameOf(ref.process().pid()) : Optional.empty();
    end(host, ref.process(), Optional.of(ref.socket()), grace);
    remove(host, cgroups, jail.run(), jail.name().or(() -> group));
    cgroups.removeOf(Objects.requireNonNull(jail.run().getParent()));
  }

  /**
   * Ends the process. First asks the guest by Ctrl-Alt-Del, on which a kernel with a keyboard
   * driver reboots, which ends Firecracker; a paused guest cannot react. SIGTERM would be as abrupt
   * as SIGKILL. After either, everything that the guest had written is in the host's page cache.
   */
  static void end(Host host, ProcessRef process, Optional<Path> socket, Duration grace) {
    if (host.isAlive(process) && socket.isPresent() && grace.isPositive()) {
      long start = System.nanoTime();
      if (asked(socket.get(), grace)) {
        Duration rest = grace.minusNanos(System.nanoTime() - start);
        Waiting.until(rest, () -> !host.isAlive(process));
      }
    }
    host.terminate(process, true);
    if (!Waiting.until(KILL, () -> !host.isAlive(process))) {
      throw new HostFault("Firecracker's process " + process.pid() + " outlives SIGKILL");
    }
  }

  private static boolean asked(Path socket, Duration grace) {
    try {
      var client = new FirecrackerApi(socket, grace);
      if (!client.get("/").path("state").asString("").equals("Running")) {
        return false;
      }
      client.put(ApiCall.CTRL_ALT_DEL.path(), ApiCall.CTRL_ALT_DEL.body());
      return true;
    } catch (IOException | HostFault e) {
      return false; // It is killed instead.
    }
  }

  /**
   * Removes the remains of a machine whose process has ended.
   *
   * @param name the machine's name; empty if it has no control group
   */
  static void remove(Host host, Cgroups cgroups, Path run, Optional<String> name) {
    Jail.unmountAll(host, run);
    new RunFolder(run).remove(host);
    name.ifPresent(cgroups::remove);
  }

  @Override
  public String toString() {
    return Objects.toString(ref.process().pid()) + " " + Json.line(ref.release());
  }
}
