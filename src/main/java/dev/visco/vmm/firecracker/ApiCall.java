package dev.visco.vmm.firecracker;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.BootSpec;
import dev.visco.model.Rate;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.release.ReleaseFeatures;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of Firecracker's API that changes something.
 *
 * @param method {@code PUT} or {@code PATCH}
 */
record ApiCall(String method, String path, Object body) {

  static ApiCall put(String path, Object body) {
    return new ApiCall("PUT", path, body);
  }

  static ApiCall patch(String path, Object body) {
    return new ApiCall("PATCH", path, body);
  }

  /** Body of {@code PUT /actions}. */
  record Action(@JsonProperty("action_type") String actionType) {}

  /** Body of {@code PATCH /vm}. */
  record VmStateBody(String state) {}

  /** Body of {@code PUT /snapshot/create}. */
  record CreateSnapshotBody(
      @JsonProperty("snapshot_type") String snapshotType,
      @JsonProperty("snapshot_path") String snapshotPath,
      @JsonProperty("mem_file_path") String memFilePath) {}

  /** Body of {@code PUT /snapshot/load}, without fields that the release does not know. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record LoadSnapshotBody(
      @JsonProperty("snapshot_path") String snapshotPath,
      @JsonProperty("mem_backend") MemoryBackend memBackend,
      @JsonProperty("resume_vm") boolean resumeVm,
      @JsonProperty("network_overrides") @Nullable List<NetworkOverride> networkOverrides,
      @JsonProperty("vsock_override") @Nullable VsockOverride vsockOverride,
      @JsonProperty("clock_realtime") @Nullable Boolean clockRealtime) {}

  /** The source of a snapshot's memory. */
  record MemoryBackend(
      @JsonProperty("backend_type") String backendType,
      @JsonProperty("backend_path") String backendPath) {}

  /** Another TAP for a network card. */
  record NetworkOverride(
      @JsonProperty("iface_id") String ifaceId,
      @JsonProperty("host_dev_name") String hostDevName) {}

  /** Another socket for the socket device. */
  record VsockOverride(@JsonProperty("uds_path") String udsPath) {}

  /** Body of {@code PUT /serial}. */
  record SerialBody(@JsonProperty("rate_limiter") VmConfig.TokenBucket rateLimiter) {}

  /** Body of {@code PATCH /drives/ID} that has a drive's file opened anew. */
  record DriveFile(
      @JsonProperty("drive_id") String driveId, @JsonProperty("path_on_host") String pathOnHost) {}

  static final ApiCall START = put("/actions", new Action("InstanceStart"));
  static final ApiCall FLUSH_METRICS = put("/actions", new Action("FlushMetrics"));
  static final ApiCall CTRL_ALT_DEL = put("/actions", new Action("SendCtrlAltDel"));
  static final ApiCall PAUSE = patch("/vm", new VmStateBody("Paused"));
  static final ApiCall RESUME = patch("/vm", new VmStateBody("Resumed"));
  static final ApiCall SNAPSHOT =
      put(
          "/snapshot/create",
          new CreateSnapshotBody("Full", Jail.SNAPSHOT_STATE, Jail.SNAPSHOT_MEMORY));

  /**
   * The calls that configure and start the machine of a configuration file, with the console's
   * limiter, which such a file cannot contain (its key would be silently ignored).
   */
  static List<ApiCall> booting(VmConfig config, @Nullable Rate console) {
    var calls = new ArrayList<ApiCall>();
    calls.add(put("/machine-config", config.machineConfig()));
    calls.add(put("/boot-source", config.bootSource()));
    for (VmConfig.Drive drive : config.drives()) {
      calls.add(put("/drives/" + drive.driveId(), drive));
    }
    for (VmConfig.NetworkInterface card : config.networkInterfaces()) {
      calls.add(put("/network-interfaces/" + card.ifaceId(), card));
    }
    if (config.balloon() != null) {
      calls.add(put("/balloon", config.balloon()));
    }
    calls.add(put("/entropy", config.entropy()));
    if (config.vsock() != null) {
      calls.add(put("/vsock", config.vsock()));
    }
    if (config.mmdsConfig() != null) {
      calls.add(put("/mmds/config", config.mmdsConfig()));
    }
    if (console != null && console.bytesPerSecond() > 0) {
      calls.add(
          put("/serial", new SerialBody(new VmConfig.TokenBucket(console.bytesPerSecond(), 1000))));
    }
    calls.add(START);
    return calls;
  }

  /**
   * Loads a snapshot.
   *
   * @param goesOn whether the machine is resumed at once
   */
  static ApiCall load(
      ReleaseFeatures features, BootSpec spec, SnapshotManifest manifest, boolean goesOn) {
    return put(
        "/snapshot/load",
        new LoadSnapshotBody(
            Jail.LOADED_STATE,
            new MemoryBackend("File", Jail.LOADED_MEMORY),
            goesOn,
            features.hasNetworkOverrides()
                ? List.of(new NetworkOverride(VmConfig.INTERFACE, spec.tap()))
                : null,
            features.hasVsockOverride() && manifest.vsock() ? new VsockOverride(Jail.VSOCK) : null,
            features.hasVsockOverride() ? true : null));
  }
}
