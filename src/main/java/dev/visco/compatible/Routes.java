package dev.visco.compatible;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses method, path and body to a {@link Call}. Ignores further parts of a known path. */
final class Routes {
  private final ShownRelease release;
  private final Shapes shapes;
  private final MetricsFile metrics;

  Routes(ShownRelease release, MetricsFile metrics) {
    this.release = release;
    this.shapes = new Shapes(release);
    this.metrics = metrics;
  }

  /** One request, its path split at each slash. */
  private record Asked(String method, List<String> path, byte @Nullable [] body) {
    String part(int index) {
      return index < path.size() ? path.get(index) : "";
    }

    JsonValue json() throws Fault {
      return JsonReader.read(body == null ? new byte[0] : body);
    }

    Body read(Shape shape) throws Fault {
      return shape.read(json());
    }

    Fault unknown() {
      return new Fault("There is no %s of /%s.".formatted(method, part(0)));
    }
  }

  /**
   * @param body null when there was none
   */
  Call call(String method, String uri, byte @Nullable [] body) throws Fault {
    var asked = new Asked(method, split(uri), body);
    Fault empty = new Fault("This " + method + " needs a body.");
    return switch (method) {
      case "GET" -> get(asked);
      case "PUT" -> {
        if (body == null) {
          throw empty;
        }
        yield put(asked);
      }
      case "PATCH" -> {
        if (body == null && !isHinting(asked)) {
          throw empty;
        }
        yield patch(asked);
      }
      default -> {
        if (body != null) {
          throw new Fault("A DELETE has no body.");
        }
        yield delete(asked);
      }
    };
  }

  /**
   * Splits a path at its slashes; slashes at the end are ignored, and several at the beginning
   * count as one.
   */
  private static List<String> split(String uri) {
    String path = uri.replaceFirst("^https?://[^/]*", "").replaceFirst("^/+", "");
    var parts = new ArrayList<>(List.of(path.split("/", -1)));
    if (parts.size() > 1 && parts.getLast().isEmpty()) {
      parts.removeLast();
    }
    return parts;
  }

  private boolean isHinting(Asked asked) {
    return release.hasHinting()
        && asked.part(0).equals("balloon")
        && asked.part(1).equals("hinting");
  }

  private Call get(Asked asked) throws Fault {
    if (asked.body() != null) {
      throw new Fault("A GET has no body.");
    }
    return switch (asked.part(0)) {
      case "" -> counted("instance_info_count", new Call.GetInstance());
      case "version" -> counted("vmm_version_count", new Call.GetVersion());
      case "machine-config" -> counted("machine_cfg_count", new Call.GetMachine());
      case "mmds" -> counted("mmds_count", new Call.GetMetadata());
      case "vm" -> {
        if (!asked.part(1).equals("config")) {
          throw asked.unknown();
        }
        yield new Call.GetConfiguration();
      }
      case "balloon" -> getBalloon(asked);
      case "hotplug" -> {
        if (!release.hasPmemAndMemoryHotplug() || !asked.part(1).equals("memory")) {
          throw asked.unknown();
        }
        yield counted("hotplug_memory_count", new Call.GetMemoryHotplug());
      }
      default -> throw asked.unknown();
    };
  }

  private Call counted(String name, Call call) {
    metrics.count("get_api_requests", name);
    return call;
  }

  private Call getBalloon(Asked asked) throws Fault {
    if (asked.path().size() == 1) {
      return new Call.GetBalloon();
    }
    if (asked.part(1).equals("statistics")) {
      return new Call.GetBalloonStatistics();
    }
    if (isHinting(asked) && asked.part(2).equals("status")) {
      return new Call.GetHinting();
    }
    throw new Fault(
        "There is no GET of `%s` in /balloon."
            .formatted(String.join("/", asked.path().subList(1, asked.path().size()))));
  }

  private Call put(Asked asked) throws Fault {
    return switch (asked.part(0)) {
      case "actions" -> action(asked.read(shapes.action()));
      case "balloon" -> new Call.PutBalloon(asked.read(shapes.balloon()));
      case "boot-source" -> new Call.PutBootSource(asked.read(shapes.bootSource()));
      case "cpu-config" -> new Call.PutCpuConfig(asked.read(shapes.cpuConfig()));
      case "drives" -> new Call.PutDrive(named(asked, shapes.drive(), "drive_id"));
      case "logger" -> new Call.PutLogger(asked.read(shapes.logger()));
      case "machine-config" -> new Call.PutMachine(asked.read(shapes.machine()));
      case "metrics" -> new Call.PutMetrics(asked.read(shapes.metrics()));
      case "mmds" -> putMetadata(asked);
      case "network-interfaces" -> new Call.PutNetwork(named(asked, shapes.network(), "iface_id"));
      case "snapshot" -> snapshot(asked);
      case "vsock" -> new Call.PutVsock(asked.read(shapes.vsock()));
      case "entropy" -> new Call.PutEntropy(asked.read(shapes.entropy()));
      case "serial" -> {
        require(release.hasSerial(), asked);
        yield new Call.PutSerial(asked.read(shapes.serial()));
      }
      case "pmem" -> {
        require(release.hasPmemAndMemoryHotplug(), asked);
        yield new Call.PutPmem(named(asked, shapes.pmem(), "id"));
      }
      case "hotplug" -> {
        require(release.hasPmemAndMemoryHotplug() && asked.part(1).equals("memory"), asked);
        yield new Call.PutMemoryHotplug(asked.read(shapes.memoryHotplug()));
      }
      default -> throw asked.unknown();
    };
  }

  private static void require(boolean there, Asked asked) throws Fault {
    if (!there) {
      throw asked.unknown();
    }
  }

  private static Call action(Body body) {
    return switch (body.text("action_type")) {
      case "InstanceStart" -> new Call.Start();
      case "FlushMetrics" -> new Call.FlushMetrics();
      default -> new Call.CtrlAltDel();
    };
  }

  private Call putMetadata(Asked asked) throws Fault {
    return switch (asked.part(1)) {
      case "" -> new Call.PutMetadata(asked.json());
      case "config" -> new Call.PutMmdsConfig(asked.read(shapes.mmdsConfig()));
      default -> throw new Fault("There is no PUT of `%s` in /mmds.".formatted(asked.part(1)));
    };
  }

  private Call snapshot(Asked asked) throws Fault {
    return switch (asked.part(1)) {
      case "create" -> new Call.CreateSnapshot(asked.read(shapes.snapshotCreate()));
      case "load" -> {
        Body body = asked.read(shapes.snapshotLoad());
        if (body.has("mem_backend") == body.has("mem_file_path")) {
          throw new Fault("Exactly one of `mem_backend` and `mem_file_path` must be there.");
        }
        yield new Call.LoadSnapshot(body);
      }
      case "" -> throw new Fault("Say what to do: /snapshot/create or /snapshot/load.");
      default -> throw new Fault("There is no PUT of /snapshot/%s.".formatted(asked.part(1)));
    };
  }

  private Call patch(Asked asked) throws Fault {
    return switch (asked.part(0)) {
      case "balloon" -> patchBalloon(asked);
      case "drives" -> new Call.PatchDrive(named(asked, shapes.driveChange(), "drive_id"));
      case "machine-config" -> {
        Body body = asked.read(shapes.machineChange());
        if (body.isEmpty()) {
          throw new Fault("This PATCH changes nothing.");
        }
        yield new Call.PatchMachine(body);
      }
      case "mmds" -> new Call.PatchMetadata(asked.json());
      case "network-interfaces" ->
          new Call.PatchNetwork(named(asked, shapes.networkChange(), "iface_id"));
      case "pmem" -> {
        require(release.hasPmemLimiter(), asked);
        yield new Call.PatchPmem(named(asked, shapes.pmemChange(), "id"));
      }
      case "vm" ->
          asked.read(shapes.vmState()).text("state").equals("Paused")
              ? new Call.Pause()
              : new Call.Resume();
      case "hotplug" -> {
        require(release.hasPmemAndMemoryHotplug() && asked.part(1).equals("memory"), asked);
        yield new Call.PatchMemoryHotplug(asked.read(shapes.memoryHotplugChange()));
      }
      default -> throw asked.unknown();
    };
  }

  private Call patchBalloon(Asked asked) throws Fault {
    if (isHinting(asked)) {
      return switch (asked.part(2)) {
        case "start" ->
            new Call.StartHinting(
                asked.body() == null
                    || asked
                        .read(shapes.hintingStart())
                        .findFlag("acknowledge_on_stop")
                        .orElse(true));
        case "stop" -> new Call.StopHinting();
        default ->
            throw new Fault(
                "There is no PATCH of `%s` in /balloon/hinting.".formatted(asked.part(2)));
      };
    }
    return asked.part(1).equals("statistics")
        ? new Call.PatchBalloonStatistics(asked.read(shapes.balloonStatisticsChange()))
        : new Call.PatchBalloon(asked.read(shapes.balloonChange()));
  }

  private Call delete(Asked asked) throws Fault {
    return switch (asked.part(0)) {
      case "drives", "network-interfaces", "pmem" ->
          new Call.Unplug(asked.part(0), checkedId(asked));
      default -> throw asked.unknown();
    };
  }

  private static Body named(Asked asked, Shape shape, String field) throws Fault {
    String id = checkedId(asked);
    Body body = asked.read(shape);
    if (!body.text(field).equals(id)) {
      throw new Fault(
          "The path says [%s] and the body's `%s` says [%s]; they must be the same."
              .formatted(id, field, body.text(field)));
    }
    return body;
  }

  private static String checkedId(Asked asked) throws Fault {
    String id = asked.part(1);
    if (id.isEmpty()) {
      throw new Fault("The path /%s needs an id behind it.".formatted(asked.part(0)));
    }
    if (!id.codePoints().allMatch(c -> c == '_' || Character.isLetterOrDigit(c))) {
      throw new Fault("An id is made of letters, digits and underscores, not %s.".formatted(id));
    }
    return id;
  }

  /**
   * Whether the request uses something that Firecracker calls deprecated, which its answer says in
   * a header.
   */
  static Optional<String> deprecated(Call call) {
    return switch (call) {
      case Call.PutMachine(Body body) when body.has("cpu_template") -> Optional.of("cpu_template");
      case Call.PatchMachine(Body body) when body.has("cpu_template") ->
          Optional.of("cpu_template");
      case Call.PutVsock(Body body) when body.has("vsock_id") -> Optional.of("vsock_id");
      case Call.PutMmdsConfig(Body body) when body.findText("version").orElse("V1").equals("V1") ->
          Optional.of("version V1");
      case Call.LoadSnapshot(Body body) when body.has("mem_file_path") ->
          Optional.of("mem_file_path");
      case Call.LoadSnapshot(Body body) when body.flag("enable_diff_snapshots") ->
          Optional.of("enable_diff_snapshots");
      default -> Optional.empty();
    };
  }
}
