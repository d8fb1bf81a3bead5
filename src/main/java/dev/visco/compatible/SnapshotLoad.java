package dev.visco.compatible;

import dev.visco.compatible.Hypervisor.GuestFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Loads a machine from a snapshot, with other TAPs and another vsock socket if requested. */
final class SnapshotLoad {
  private final Instance instance;
  private final Body body;

  SnapshotLoad(Instance instance, Body body) {
    this.instance = instance;
    this.body = body;
  }

  /** Loads it; after a fault the process cannot continue. */
  void run() throws Fault {
    ShownRelease release = instance.release();
    var file = new SnapshotFile(Path.of(body.text("snapshot_path")));
    SnapshotFile.Header header = file.header();
    if (header.format() != release.snapshotFormat()) {
      throw new Fault(
          "The snapshot has format v%d.0.0; this release reads v%d.0.0."
              .formatted(header.format(), release.snapshotFormat()));
    }
    JsonValue saved = changed(header.configuration());
    Path memory = memory();
    HostFiles.requireReadable("mem_backend", memory.toString());
    Configuration configuration = instance.configuration();
    configuration.restore(new Shapes(release).configFile().read(saved));
    configuration.trackDirtyPages(
        body.flag("track_dirty_pages") || body.flag("enable_diff_snapshots"));
    boot(file, header, memory);
  }

  private Path memory() throws Fault {
    if (!body.has("mem_backend")) {
      return Path.of(body.text("mem_file_path"));
    }
    Body backend = body.inner("mem_backend");
    if (backend.text("backend_type").equals("Uffd")) {
      HostFiles.requireListener("backend_path", backend.text("backend_path"));
      throw new Fault("Memory cannot come from a page fault handler here; use a File.");
    }
    return Path.of(backend.text("backend_path"));
  }

  private void boot(SnapshotFile file, SnapshotFile.Header header, Path memory) throws Fault {
    Path state = file.extractState(header);
    Configuration configuration = instance.configuration();
    try {
      Hypervisor.Guest guest =
          instance
              .hypervisor()
              .load(
                  GuestPlans.restored(configuration, instance.release(), header.pci()),
                  configuration.console(),
                  state,
                  memory);
      boolean resume = body.flag("resume_vm");
      if (resume) {
        resume(guest);
      }
      instance.boot(guest, !resume);
    } catch (GuestFault e) {
      throw new Fault(String.valueOf(e.getMessage()));
    } finally {
      SnapshotFile.deleteState(state);
    }
  }

  private static void resume(Hypervisor.Guest guest) throws GuestFault {
    try {
      guest.resume();
    } catch (GuestFault e) {
      guest.kill();
      throw e;
    }
  }

  /** The saved configuration with other TAPs and another vsock socket. */
  private JsonValue changed(JsonValue saved) throws Fault {
    Map<String, String> taps = new HashMap<>();
    for (Body override : body.inners("network_overrides")) {
      taps.put(override.text("iface_id"), override.text("host_dev_name"));
    }
    if (!(saved instanceof JsonValue.Members(List<JsonValue.Member> members))) {
      throw new Fault("The snapshot's configuration cannot be read.");
    }
    var changed = new ArrayList<JsonValue.Member>();
    for (JsonValue.Member member : members) {
      JsonValue value =
          switch (member.name()) {
            case "network-interfaces" -> withTaps(member.value(), taps);
            case "vsock" -> withSocket(member.value());
            default -> member.value();
          };
      changed.add(new JsonValue.Member(member.name(), value));
    }
    if (!taps.isEmpty()) {
      throw new Fault(
          "`network_overrides` names %s, which the snapshot does not have."
              .formatted(taps.keySet().iterator().next()));
    }
    return new JsonValue.Members(changed);
  }

  /** Applies the overrides, and removes the used ones from the map. */
  private static JsonValue withTaps(JsonValue networks, Map<String, String> taps) {
    if (!(networks instanceof JsonValue.Items(List<JsonValue> all))) {
      return networks;
    }
    return new JsonValue.Items(all.stream().map(network -> withTap(network, taps)).toList());
  }

  private static JsonValue withTap(JsonValue network, Map<String, String> taps) {
    if (network instanceof JsonValue.Members members
        && members.find("iface_id").orElse(JsonValue.NULL)
            instanceof JsonValue.JsonText(String id)) {
      String tap = taps.remove(id);
      return tap == null ? network : with(members, "host_dev_name", tap);
    }
    return network;
  }

  private JsonValue withSocket(JsonValue vsock) throws Fault {
    if (!body.has("vsock_override")) {
      return vsock;
    }
    if (!(vsock instanceof JsonValue.Members members)) {
      throw new Fault("`vsock_override` is there, but the snapshot has no vsock device.");
    }
    return with(members, "uds_path", body.inner("vsock_override").text("uds_path"));
  }

  private static JsonValue with(JsonValue.Members members, String name, String value) {
    var changed = new JsonValue.Builder();
    for (JsonValue.Member member : members.members()) {
      changed.add(member.name(), member.name().equals(name) ? JsonValue.of(value) : member.value());
    }
    return changed.build();
  }
}
