package dev.visco.compatible;

import dev.visco.compatible.GuestPlan.Device;
import dev.visco.compatible.GuestPlan.PlannedBalloon;
import dev.visco.compatible.GuestPlan.PlannedDisk;
import dev.visco.host.HostFault;
import dev.visco.model.Rate;
import dev.visco.vmm.qemu.DeviceState;
import dev.visco.vmm.qemu.GuestMemory;
import dev.visco.vmm.qemu.QemuCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** A guest in a QEMU that is this process's child. */
final class QemuGuest implements Hypervisor.Guest {
  private final GuestPlan plan;
  private final QemuProcess qemu;

  /** The number of changes of each disk's file, by the disk's place in the plan. */
  private final Map<Integer, Integer> diskChanges = new HashMap<>();

  QemuGuest(GuestPlan plan, QemuProcess qemu) {
    this.plan = plan;
    this.qemu = qemu;
  }

  private JsonNode execute(String command, Map<String, ?> arguments) throws Hypervisor.GuestFault {
    return qemu.execute(command, arguments);
  }

  @Override
  public void pause() throws Hypervisor.GuestFault {
    execute("stop", Map.of());
  }

  @Override
  public void resume() throws Hypervisor.GuestFault {
    // A guest that has powered itself off is stopped already, and QEMU would refuse.
    if (!qemu.poweredOff()) {
      execute("cont", Map.of());
    }
  }

  @Override
  public void snapshot(Path state, Path memory) throws Hypervisor.GuestFault {
    String random = "." + UUID.randomUUID();
    Path halfState = state.resolveSibling(state.getFileName() + random);
    Path halfMemory = memory.resolveSibling(memory.getFileName() + random);
    try {
      if (execute("query-status", Map.of()).path("running").asBoolean(true)) {
        throw new Hypervisor.GuestFault("the guest runs; it must be paused first");
      }
      Firmware.save(qemu.session(), halfState.toAbsolutePath());
      // As in Firecracker, the umask decides on the mode.
      GuestMemory.of(qemu.pid(), plan.memoryMib()).save(halfMemory, "rw-rw-rw-");
      // Replaced, not overwritten: other guests may have been loaded from the old files.
      Files.move(halfMemory, memory, StandardCopyOption.ATOMIC_MOVE);
      Files.move(halfState, state, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | HostFault e) {
      throw new Hypervisor.GuestFault("the snapshot cannot be written: " + e.getMessage());
    } finally {
      delete(halfState);
      delete(halfMemory);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The earlier failure is more useful.
    }
  }

  /**
   * Loads what {@link #snapshot} wrote into a guest that waits for it.
   *
   * @param socket a path for the socket by which the state is passed
   */
  void load(Path state, Path memory, Path socket) throws Hypervisor.GuestFault {
    try {
      GuestMemory.of(qemu.pid(), plan.memoryMib()).fill(memory);
      DeviceState.load(qemu.session(), socket, state);
    } catch (IOException | HostFault e) {
      throw new Hypervisor.GuestFault(
          "the snapshot cannot be loaded: " + e.getMessage() + qemu.lastWords());
    }
  }

  @Override
  public void ctrlAltDel() throws Hypervisor.GuestFault {
    List<Map<String, String>> keys =
        List.of(
            Map.of("type", "qcode", "data", "ctrl"),
            Map.of("type", "qcode", "data", "alt"),
            Map.of("type", "qcode", "data", "delete"));
    execute("send-key", Map.of("keys", keys));
  }

  @Override
  public void changeDisk(String id, Path file) throws Hypervisor.GuestFault {
    int at = place(id);
    PlannedDisk disk = (PlannedDisk) plan.devices().get(at);
    int change = diskChanges.getOrDefault(at, 0);
    String now = GuestArguments.nodeName(at, change + 1);
    PlannedDisk changed = new PlannedDisk(id, file, disk.readOnly(), disk.rate());
    execute("blockdev-add", GuestArguments.blockNode(changed, now, GuestArguments.throttleId(at)));
    setProperty(peripheral(at), "drive", now);
    diskChanges.put(at, change + 1);
    execute("blockdev-del", Map.of("node-name", GuestArguments.nodeName(at, change)));
  }

  @Override
  public void limitDisk(String id, Rate rate) throws Hypervisor.GuestFault {
    setProperty(
        "/objects/" + GuestArguments.throttleId(place(id)), "limits", QemuCommand.limits(rate));
  }

  @Override
  public void inflateBalloon(int mib) throws Hypervisor.GuestFault {
    for (int at = 0; at < plan.devices().size(); at++) {
      if (plan.devices().get(at) instanceof PlannedBalloon && !driverIsUp(at)) {
        throw new Hypervisor.GuestFault("the guest's balloon driver is not up");
      }
    }
    setBalloon(mib);
  }

  /**
   * Whether the balloon's driver is active. QEMU accepts a size before that, which Firecracker
   * refuses.
   */
  private boolean driverIsUp(int at) throws Hypervisor.GuestFault {
    String device = peripheral(at) + (plan.pci() ? "/virtio-backend" : "");
    return execute("x-query-virtio-status", Map.of("path", device))
        .path("status")
        .path("statuses")
        .toString()
        .contains("DRIVER_OK");
  }

  private void setBalloon(int mib) throws Hypervisor.GuestFault {
    // QEMU's parameter is the memory that the guest keeps.
    execute("balloon", Map.of("value", (long) (plan.memoryMib() - mib) << 20));
  }

  @Override
  public Map<String, Long> balloonStatistics() throws Hypervisor.GuestFault {
    var found = new TreeMap<String, Long>();
    for (int at = 0; at < plan.devices().size(); at++) {
      if (plan.devices().get(at) instanceof PlannedBalloon) {
        JsonNode told =
            execute("qom-get", Map.of("path", peripheral(at), "property", "guest-stats"));
        // A missing statistic has all bits set.
        told.path("stats")
            .properties()
            .forEach(entry -> found.put(entry.getKey(), entry.getValue().asLong(-1)));
      }
    }
    found.values().removeIf(value -> value < 0);
    return found;
  }

  /** Sets the balloons up after QEMU's start, before the guest's first instruction. */
  void prepareBalloons() throws Hypervisor.GuestFault {
    for (int at = 0; at < plan.devices().size(); at++) {
      if (plan.devices().get(at) instanceof PlannedBalloon balloon) {
        if (balloon.mib() > 0) {
          setBalloon(balloon.mib());
        }
        setProperty(peripheral(at), "guest-stats-polling-interval", balloon.pollingSeconds());
      }
    }
  }

  private void setProperty(String path, String property, Object value)
      throws Hypervisor.GuestFault {
    execute("qom-set", Map.of("path", path, "property", property, "value", value));
  }

  private static String peripheral(int at) {
    return "/machine/peripheral/" + GuestArguments.deviceId(at);
  }

  private int place(String id) throws Hypervisor.GuestFault {
    for (int at = 0; at < plan.devices().size(); at++) {
      Device device = plan.devices().get(at);
      if (device instanceof PlannedDisk && device.id().equals(id)) {
        return at;
      }
    }
    throw new Hypervisor.GuestFault("there is no drive " + id);
  }

  long pid() {
    return qemu.pid();
  }

  @Override
  public Hypervisor.MachineEnd awaitEnd() throws InterruptedException {
    return qemu.awaitEnd();
  }

  @Override
  public void kill() {
    qemu.kill();
  }
}
