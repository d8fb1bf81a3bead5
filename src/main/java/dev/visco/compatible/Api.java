package dev.visco.compatible;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Answers requests, one after the other. */
final class Api {
  private final Instance instance;
  private final Routes routes;
  private final BeforeBoot before;
  private final AfterBoot after;

  /** Serializes requests; also held while a configuration file is processed. */
  private final ReentrantLock turn = new ReentrantLock();

  Api(Instance instance) {
    this.instance = instance;
    this.routes = new Routes(instance.release(), instance.metrics());
    this.before = new BeforeBoot(instance);
    this.after = new AfterBoot(instance);
  }

  /**
   * @param deprecated whether the answer has the header for the use of something deprecated
   */
  record Reply(Answer answer, boolean deprecated) {}

  /**
   * @param body null for a request without a body
   */
  Reply answer(String method, String uri, byte @Nullable [] body) {
    turn.lock();
    try {
      instance.log().info(Log.API, "Received " + described(method, uri, body) + ".");
      boolean deprecated = false;
      Answer answer;
      try {
        Call call = routes.call(method, uri, body);
        count(call, "_count");
        deprecated = Routes.deprecated(call).isPresent();
        answer = answer(call);
      } catch (Fault fault) {
        answer = Answer.of(fault);
        instance
            .log()
            .error(Log.API, "Refused with %d: %s".formatted(fault.status(), fault.getMessage()));
      }
      if (answer.status() < 300) {
        instance.log().info(Log.API, "Done, answered with " + answer.status() + ".");
      }
      if (deprecated) {
        instance.metrics().count("deprecated_api", "deprecated_http_api_calls");
      }
      return new Reply(answer, deprecated);
    } finally {
      turn.unlock();
    }
  }

  private Answer answer(Call call) throws Fault {
    try {
      return instance.booted() ? after.answer(call) : before.answer(call);
    } catch (Fault fault) {
      count(call, "_fails");
      throw fault;
    }
  }

  /** Processes a configuration file and starts its machine. */
  void configure(byte[] file) throws Fault {
    turn.lock();
    try {
      Body body = new Shapes(instance.release()).configFile().read(JsonReader.read(file));
      if (body.has("logger")) {
        instance.log().configure(body.inner("logger"));
      }
      if (body.has("metrics")) {
        before.answer(new Call.PutMetrics(body.inner("metrics")));
      }
      instance.configuration().fill(body);
      if (body.findAnything("cpu-config").isPresent()) {
        cpuConfig(body.findAnything("cpu-config").get());
      }
      before.start();
    } finally {
      turn.unlock();
    }
  }

  private void cpuConfig(JsonValue value) throws Fault {
    if (value instanceof JsonValue.JsonText(String path)) {
      throw new Fault("`cpu-config` from a file, %s, cannot be had here.".formatted(path));
    }
    instance.configuration().putCpuConfig(new Shapes(instance.release()).cpuConfig().read(value));
  }

  /**
   * The request for the log, without metadata, which is private, and without a CPU's description,
   * which is long.
   */
  private static String described(String method, String uri, byte @Nullable [] body) {
    String line = method + " " + new JsonValue.JsonText(uri).write();
    return body == null || uri.equals("/mmds") || uri.equals("/cpu-config")
        ? line
        : line
            + " with body "
            + new JsonValue.JsonText(new String(body, StandardCharsets.UTF_8)).write();
  }

  private void count(Call call, String what) {
    String put = "put_api_requests";
    String patch = "patch_api_requests";
    switch (call) {
      case Call.Start(), Call.FlushMetrics(), Call.CtrlAltDel() ->
          instance.metrics().count(put, "actions" + what);
      case Call.PutBootSource put1 -> instance.metrics().count(put, "boot_source" + what);
      case Call.PutMachine put1 -> instance.metrics().count(put, "machine_cfg" + what);
      case Call.PatchMachine put1 -> instance.metrics().count(patch, "machine_cfg" + what);
      case Call.PutDrive put1 -> instance.metrics().count(put, "drive" + what);
      case Call.PatchDrive put1 -> instance.metrics().count(patch, "drive" + what);
      case Call.PutNetwork put1 -> instance.metrics().count(put, "network" + what);
      case Call.PatchNetwork put1 -> instance.metrics().count(patch, "network" + what);
      case Call.PutPmem put1 -> instance.metrics().count(put, "pmem" + what);
      case Call.PatchPmem put1 -> instance.metrics().count(patch, "pmem" + what);
      case Call.PutMemoryHotplug put1 -> instance.metrics().count(put, "hotplug_memory" + what);
      case Call.PatchMemoryHotplug put1 -> instance.metrics().count(patch, "hotplug_memory" + what);
      case Call.PutMetadata put1 -> instance.metrics().count(put, "mmds" + what);
      case Call.PutMmdsConfig put1 -> instance.metrics().count(put, "mmds" + what);
      case Call.PatchMetadata put1 -> instance.metrics().count(patch, "mmds" + what);
      case Call.PutLogger put1 -> instance.metrics().count(put, "logger" + what);
      case Call.PutMetrics put1 -> instance.metrics().count(put, "metrics" + what);
      case Call.PutSerial put1 -> instance.metrics().count(put, "serial" + what);
      case Call.PutVsock put1 -> instance.metrics().count(put, "vsock" + what);
      case Call.PutCpuConfig put1 -> instance.metrics().count(put, "cpu_cfg" + what);
      default -> {
        // Firecracker does not count other requests.
      }
    }
  }
}
