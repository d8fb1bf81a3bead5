package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.release.ReleaseFeatures;
import dev.visco.vmm.release.Version;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

/**
 * Requests and answers against Firecracker's published API description, of which the tables here
 * hold what this driver uses: resource, fields, their types, and which it must have. {@code *} is
 * required, {@code s} text, {@code i} a whole number, {@code b} a truth value, {@code o} an object,
 * {@code a} a list; behind {@code @} stands the first release that knows it.
 */
class ApiDescriptionTest {
  static final List<String> RELEASES = RecordedProcesses.RELEASES;

  private static final Map<String, String> REQUESTS =
      Map.ofEntries(
          Map.entry("PUT /machine-config", "vcpu_count:i* mem_size_mib:i*"),
          Map.entry("PUT /boot-source", "kernel_image_path:s* initrd_path:s boot_args:s"),
          Map.entry(
              "PUT /drives/ID",
              "drive_id:s* is_root_device:b* path_on_host:s is_read_only:b rate_limiter:o"),
          Map.entry("PATCH /drives/ID", "drive_id:s* path_on_host:s rate_limiter:o"),
          Map.entry(
              "PUT /network-interfaces/ID",
              "iface_id:s* host_dev_name:s* guest_mac:s rx_rate_limiter:o tx_rate_limiter:o"),
          Map.entry("PUT /balloon", "amount_mib:i* deflate_on_oom:b* stats_polling_interval_s:i"),
          Map.entry("PUT /entropy", "rate_limiter:o"),
          Map.entry("PUT /vsock", "guest_cid:i* uds_path:s* vsock_id:s"),
          Map.entry("PUT /mmds/config", "network_interfaces:a* version:s ipv4_address:s"),
          Map.entry("PUT /serial", "serial_out_path:s@1.14 rate_limiter:o@1.16"),
          Map.entry("PUT /actions", "action_type:s*"),
          Map.entry("PATCH /vm", "state:s*"),
          Map.entry("PUT /snapshot/create", "snapshot_path:s* mem_file_path:s* snapshot_type:s"),
          Map.entry(
              "PUT /snapshot/load",
              "snapshot_path:s* mem_backend:o resume_vm:b track_dirty_pages:b@1.13"
                  + " network_overrides:a@1.12 vsock_override:o@1.16 clock_realtime:b@1.16"));

  /** Top of a configuration file: an unknown key there is ignored silently. */
  private static final Set<String> CONFIG =
      Set.of(
          "boot-source",
          "drives",
          "network-interfaces",
          "machine-config",
          "balloon",
          "entropy",
          "vsock",
          "mmds-config");

  private static final Map<String, String> INNER =
      Map.of(
          "rate_limiter", "bandwidth:o ops:o",
          "rx_rate_limiter", "bandwidth:o ops:o",
          "tx_rate_limiter", "bandwidth:o ops:o",
          "bandwidth", "size:i* one_time_burst:i refill_time:i*",
          "ops", "size:i* one_time_burst:i refill_time:i*",
          "mem_backend", "backend_type:s* backend_path:s*",
          "vsock_override", "uds_path:s*",
          "network_overrides", "iface_id:s* host_dev_name:s*");

  /** What this driver reads of an answer. */
  private static final Map<String, String> ANSWERS =
      Map.of(
          "GET /", "id:s* state:s* vmm_version:s* app_name:s*",
          "GET /vm/config", "drives:a* network-interfaces:a* machine-config:o* boot-source:o*");

  private static BootSpec full(Version version) {
    var spec = new SpecBuilder();
    spec.disks = List.of(new BootSpec.Disk(Path.of("/disk"), BootSpec.DiskFormat.RAW, false));
    boolean limitsConsole = new ReleaseFeatures(version).hasSerialLimiter();
    var rate = new Rate(1000, 10);
    spec.options = new MachineOptions(rate, rate, limitsConsole ? rate : null, true, true, true);
    return spec.build();
  }

  private static VmConfig config(BootSpec spec, Version version) {
    return VmConfig.of(spec, new KernelArguments(spec, version, false).told(), Jail.files(spec));
  }

  @ParameterizedTest
  @FieldSource("RELEASES")
  void eachRequestIsAsDescribed(String release) {
    Version version = Version.of(release);
    BootSpec spec = full(version);
    var calls =
        new ArrayList<>(ApiCall.booting(config(spec, version), spec.options().consoleRate()));
    calls.addAll(
        List.of(
            ApiCall.PAUSE,
            ApiCall.RESUME,
            ApiCall.SNAPSHOT,
            ApiCall.FLUSH_METRICS,
            ApiCall.CTRL_ALT_DEL));
    calls.add(ApiCall.patch("/drives/disk2", new ApiCall.DriveFile("disk2", "disk2")));
    calls.add(
        ApiCall.load(
            new ReleaseFeatures(version), spec, new SnapshotManifest(version, "tap0", true), true));
    var seen = new TreeSet<String>();
    for (ApiCall call : calls) {
      String resource =
          call.method() + " " + call.path().replaceAll("(drives|interfaces)/\\w+$", "$1/ID");
      seen.add(resource);
      JsonNode body = Json.mapper().readTree(Json.line(call.body()));
      assertThat(REQUESTS).containsKey(resource);
      holds(resource, body, String.valueOf(REQUESTS.get(resource)), version);
    }
    var expected = new TreeSet<>(REQUESTS.keySet());
    if (!new ReleaseFeatures(version).hasSerialLimiter()) {
      expected.remove("PUT /serial");
    }
    assertThat(seen).isEqualTo(expected);
  }

  /** Known fields of the right type only, and each that is required. */
  private static void holds(String where, JsonNode body, String fields, Version version) {
    for (String field : fields.split(" ")) {
      if (field.contains("*")) {
        assertThat(body.has(field.substring(0, field.indexOf(':'))))
            .as("%s has %s", where, field)
            .isTrue();
      }
    }
    body.properties()
        .forEach(property -> {
          String name = property.getKey();
          String description =
              List.of(fields.split(" ")).stream()
                  .filter(field -> field.startsWith(name + ":"))
                  .findFirst()
                  .orElseThrow(() -> new AssertionError(where + " knows no " + name));
          String type = description.substring(name.length() + 1);
          assertThat(isOf(property.getValue(), type.charAt(0)))
              .as("%s %s is %s", where, name, type)
              .isTrue();
          int since = type.indexOf('@');
          if (since >= 0) {
            int minor = Integer.parseInt(type.substring(type.indexOf('.') + 1));
            assertThat(version.isAtLeast(1, minor)).as("%s knows %s", version, name).isTrue();
          }
          inside(where + " " + name, name, property.getValue(), version);
        });
  }

  private static void inside(String where, String name, JsonNode value, Version version) {
    // The console's limiter is a bucket by itself.
    String fields = INNER.get(where.startsWith("PUT /serial") ? "bandwidth" : name);
    if (fields == null) {
      return;
    }
    if (!value.isArray() && !value.isObject()) {
      return;
    }
    if (value.isArray()) {
      value.forEach(one -> holds(where, one, fields, version));
    } else {
      holds(where, value, fields, version);
    }
  }

  private static boolean isOf(JsonNode value, char type) {
    return switch (type) {
      case 's' -> value.isString();
      case 'i' -> value.isIntegralNumber();
      case 'b' -> value.isBoolean();
      case 'o' -> value.isObject();
      case 'a' -> value.isArray();
      default -> throw new AssertionError(type);
    };
  }

  @Test
  void theConfigurationFileHasNoKeyThatWouldBeIgnored() {
    for (String release : RELEASES) {
      Version version = Version.of(release);
      JsonNode config = Json.mapper().readTree(Json.line(config(full(version), version)));
      assertThat(config.propertyNames()).containsExactlyInAnyOrderElementsOf(CONFIG);
      holds("drives", config.at("/drives/0"), request("PUT /drives/ID"), version);
      holds("boot-source", config.path("boot-source"), request("PUT /boot-source"), version);
      holds("machine", config.path("machine-config"), request("PUT /machine-config"), version);
      holds(
          "network",
          config.at("/network-interfaces/0"),
          request("PUT /network-interfaces/ID"),
          version);
      holds("balloon", config.path("balloon"), request("PUT /balloon"), version);
      holds("entropy", config.path("entropy"), request("PUT /entropy"), version);
      holds("vsock", config.path("vsock"), request("PUT /vsock"), version);
      holds("mmds", config.path("mmds-config"), request("PUT /mmds/config"), version);
      assertThat(config.at("/drives/0/is_root_device").asBoolean()).isFalse();
    }
  }

  private static String request(String resource) {
    return String.valueOf(REQUESTS.get(resource));
  }

  /** A file with all its keys was taken by each release, and told again under the same names. */
  @ParameterizedTest
  @FieldSource("RELEASES")
  void eachKeyIsOneThatThisReleaseTells(String release) {
    JsonNode told = RecordedProcesses.scenario(release, "mmio", "run-getters").path("steps");
    int seen = 0;
    for (JsonNode step : told) {
      if (step.path("do").asString("").equals("GET /vm/config")) {
        var names = new TreeSet<>(step.path("answer").propertyNames());
        assertThat(names).containsAll(CONFIG);
        seen++;
      }
    }
    assertThat(seen).isPositive();
  }

  @ParameterizedTest
  @FieldSource("RELEASES")
  void eachAnswerThatIsReadIsAsDescribed(String release) {
    int seen = 0;
    for (JsonNode scenario : RecordedProcesses.scenarios(release, "mmio")) {
      for (JsonNode step : scenario.path("steps")) {
        String fields = ANSWERS.get(step.path("do").asString(""));
        if (fields != null && step.path("status").asInt() == 200) {
          for (String field : fields.split(" ")) {
            String name = field.substring(0, field.indexOf(':'));
            JsonNode value = step.path("answer").path(name);
            assertThat(isOf(value, field.charAt(name.length() + 1)))
                .as("%s %s %s: %s", release, step.path("do"), name, value)
                .isTrue();
          }
          seen++;
        }
      }
    }
    assertThat(seen).isGreaterThan(10);
  }

  /** Every way in which a recorded Firecracker ended has a cause in words. */
  @ParameterizedTest
  @FieldSource("RELEASES")
  void eachExitHasACause(String release) {
    var codes = new TreeSet<Integer>();
    for (JsonNode scenario : RecordedProcesses.scenarios(release, "mmio")) {
      JsonNode exit = scenario.path("end").path("exit");
      if (exit.isIntegralNumber()) {
        // A process that died of a signal is told as 128 and its number.
        codes.add(exit.asInt() < 0 ? 128 - exit.asInt() : exit.asInt());
      }
    }
    assertThat(codes).contains(0, 1, 134, 149, 150, 151, 153, 154);
    for (int code : codes) {
      if (code != 138) { // SIGUSR1, which nobody sends.
        assertThat(ExitCode.cause(code)).as("%d", code).doesNotContain("no meaning");
      }
    }
    assertThat(ExitCode.described(148)).contains("148", "seccomp");
    assertThat(ExitCode.cause(0)).contains("panicked");
  }
}
