package dev.visco.compatible;

import dev.visco.compatible.Configured.ConfiguredBalloon;
import dev.visco.compatible.Configured.ConfiguredBoot;
import dev.visco.compatible.Configured.ConfiguredDrive;
import dev.visco.compatible.Configured.ConfiguredEntropy;
import dev.visco.compatible.Configured.ConfiguredMmds;
import dev.visco.compatible.Configured.ConfiguredNetwork;
import dev.visco.compatible.Configured.ConfiguredVsock;
import dev.visco.compatible.Configured.Machine;
import dev.visco.compatible.Configured.MemoryHotplug;
import dev.visco.compatible.Configured.Pmem;
import dev.visco.compatible.Configured.Serial;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The machine as configured so far. Each change is checked as far as Firecracker does at that
 * moment: kernel, initrd, drives and TAPs are opened; everything else is checked at the start.
 */
final class Configuration {
  private final ShownRelease release;
  private final TapOpener taps;
  private final List<ConfiguredDrive> drives = new ArrayList<>();
  private final List<ConfiguredNetwork> networks = new ArrayList<>();
  private final List<Pmem> pmem = new ArrayList<>();
  private Machine machine = Machine.DEFAULT;
  private Serial serial = new Serial(null);
  private boolean customProcessor;
  private boolean changesProcessor;
  private @Nullable ConfiguredBoot bootSource;
  private @Nullable ConfiguredBalloon balloon;
  private @Nullable ConfiguredEntropy entropy;
  private @Nullable MemoryHotplug memoryHotplug;
  private @Nullable ConfiguredMmds mmdsConfig;
  private @Nullable VsockListener vsock;

  Configuration(ShownRelease release, TapOpener taps) {
    this.release = release;
    this.taps = taps;
  }

  List<ConfiguredDrive> drives() {
    return List.copyOf(drives);
  }

  List<ConfiguredNetwork> networks() {
    return List.copyOf(networks);
  }

  List<Pmem> pmem() {
    return List.copyOf(pmem);
  }

  Machine machine() {
    return machine;
  }

  Serial serial() {
    return serial;
  }

  @Nullable ConfiguredBoot bootSource() {
    return bootSource;
  }

  @Nullable ConfiguredBalloon balloon() {
    return balloon;
  }

  @Nullable ConfiguredEntropy entropy() {
    return entropy;
  }

  @Nullable MemoryHotplug memoryHotplug() {
    return memoryHotplug;
  }

  @Nullable ConfiguredMmds mmdsConfig() {
    return mmdsConfig;
  }

  @Nullable ConfiguredVsock vsock() {
    return vsock == null ? null : vsock.device();
  }

  /** Whether the configuration changes the guest's processor. */
  boolean changesProcessor() {
    return changesProcessor;
  }

  Optional<ConfiguredDrive> findDrive(String id) {
    return drives.stream().filter(drive -> drive.id().equals(id)).findFirst();
  }

  Optional<ConfiguredNetwork> findNetwork(String id) {
    return networks.stream().filter(network -> network.id().equals(id)).findFirst();
  }

  void put(ConfiguredBoot source) throws Fault {
    HostFiles.requireReadable("kernel_image_path", source.kernel());
    if (source.initrd() != null) {
      HostFiles.requireReadable("initrd_path", source.initrd());
    }
    int size = source.args() == null ? 0 : source.args().getBytes(StandardCharsets.UTF_8).length;
    if (size >= GuestPlans.MAX_COMMAND_LINE) {
      throw new Fault(
          "`boot_args` has %d bytes; with the zero at its end at most 2048 are allowed."
              .formatted(size));
    }
    bootSource = source;
  }

  void put(Machine changed) throws Fault {
    if (balloon != null && Long.compareUnsigned(changed.memoryMib(), balloon.mib()) < 0) {
      throw new Fault(
          "`mem_size_mib` of %d is less than the balloon takes, %d."
              .formatted(changed.memoryMib(), balloon.mib()));
    }
    machine = changed;
  }

  void putDrive(Body body) throws Fault {
    String id = body.text("drive_id");
    boolean root = body.flag("is_root_device");
    boolean otherRoot = drives.stream().anyMatch(each -> each.root() && !each.id().equals(id));
    if (root && (otherRoot || pmem.stream().anyMatch(Pmem::root))) {
      throw new Fault("There is another root device already; only one `is_root_device`.");
    }
    ConfiguredDrive drive = openDrive(body);
    int before = indexOf(drives, ConfiguredDrive::id, id);
    if (before >= 0 && drives.get(before).root() == root) {
      drives.set(before, drive);
      return;
    }
    drives.removeIf(each -> each.id().equals(id));
    drives.add(root ? 0 : drives.size(), drive);
  }

  private static ConfiguredDrive openDrive(Body body) throws Fault {
    if (body.has("path_on_host") == body.has("socket")) {
      throw new Fault("A drive has exactly one of `path_on_host` and `socket`.");
    }
    if (body.has("socket")) {
      HostFiles.requireListener("socket", body.text("socket"));
      throw new Fault("A drive behind a `socket` (vhost-user) cannot be had here.");
    }
    ConfiguredDrive drive = ConfiguredDrive.of(body);
    HostFiles.requireDisk("path_on_host", drive.path(), drive.readOnly());
    return drive;
  }

  void putNetwork(Body body) throws Fault {
    ConfiguredNetwork network = ConfiguredNetwork.of(body);
    if (network.mac() != null) {
      for (ConfiguredNetwork other : networks) {
        if (network.mac().equals(other.mac()) && !other.id().equals(network.id())) {
          throw new Fault("`guest_mac` %s is in use already.".formatted(network.mac()));
        }
      }
    }
    openTap(network);
    networks.removeIf(each -> each.id().equals(network.id()));
    networks.add(network);
  }

  private void openTap(ConfiguredNetwork network) throws Fault {
    if (network.tap().getBytes(StandardCharsets.UTF_8).length > 15) {
      throw new Fault("`host_dev_name` has at most 15 bytes, not %s.".formatted(network.tap()));
    }
    for (ConfiguredNetwork other : networks) {
      if (!network.tap().isEmpty()
          && other.tap().equals(network.tap())
          && !other.id().equals(network.id())) {
        throw new Fault("`host_dev_name` %s is taken by another interface.".formatted(other.tap()));
      }
    }
    taps.open(network.tap());
  }

  void putPmem(Body body) throws Fault {
    Pmem device = Pmem.of(body);
    boolean otherRoot =
        drives.stream().anyMatch(ConfiguredDrive::root)
            || pmem.stream().anyMatch(each -> each.root() && !each.id().equals(device.id()));
    if (device.root() && otherRoot) {
      throw new Fault("There is another root device already; only one `root_device`.");
    }
    if (release.opensPmemAtOnce()) {
      HostFiles.requireDisk("path_on_host", device.path(), device.readOnly());
    }
    pmem.removeIf(each -> each.id().equals(device.id()));
    pmem.add(device);
  }

  /**
   * Sets the vsock device. The former one's socket is removed first; if that does not exist,
   * nothing is changed.
   */
  void put(ConfiguredVsock device) throws Fault {
    if (vsock != null) {
      VsockListener before = vsock;
      vsock = null;
      before.remove();
    }
    vsock = VsockListener.open(device);
  }

  void put(ConfiguredBalloon device) throws Fault {
    if (Long.compareUnsigned(device.mib(), machine.memoryMib()) > 0) {
      throw new Fault("`amount_mib` of %d is more than the machine has.".formatted(device.mib()));
    }
    balloon = device;
  }

  void put(ConfiguredEntropy device) {
    entropy = device;
  }

  void put(Serial device) {
    serial = device;
  }

  void put(MemoryHotplug device) {
    memoryHotplug = device;
  }

  void put(ConfiguredMmds config) throws Fault {
    config.check(networks);
    mmdsConfig = config;
  }

  void putCpuConfig(Body body) {
    customProcessor = true;
    changesProcessor =
        body.values().values().stream()
            .anyMatch(each -> each instanceof List<?> list && !list.isEmpty());
  }

  /** The answer to {@code GET /machine-config}. */
  JsonValue machineJson() {
    return customProcessor && machine.template() == null && release.showsChangedProcessor()
        ? machine.json("None")
        : machine.json(machine.template());
  }

  void replace(ConfiguredDrive drive) {
    drives.replaceAll(each -> each.id().equals(drive.id()) ? drive : each);
  }

  void replace(ConfiguredNetwork network) {
    networks.replaceAll(each -> each.id().equals(network.id()) ? network : each);
  }

  /** Releases the host's resources; files and sockets are left, as by Firecracker. */
  void close() {
    if (vsock != null) {
      vsock.close();
    }
  }

  /** Applies a configuration file without logger and metrics, in Firecracker's order. */
  void fill(Body file) throws Fault {
    Optional<Body> size = file.findInner("machine-config");
    if (size.isPresent()) {
      put(machine.replaced(size.get()));
    }
    put(ConfiguredBoot.of(file.inner("boot-source")));
    for (Body drive : file.inners("drives")) {
      putDrive(drive);
    }
    for (Body network : file.inners("network-interfaces")) {
      putNetwork(network);
    }
    if (file.has("vsock")) {
      put(ConfiguredVsock.of(file.inner("vsock")));
    }
    if (file.has("balloon")) {
      put(ConfiguredBalloon.of(file.inner("balloon")));
    }
    if (file.has("mmds-config")) {
      put(ConfiguredMmds.of(file.inner("mmds-config")));
    }
    if (file.has("entropy")) {
      put(ConfiguredEntropy.of(file.inner("entropy")));
    }
    for (Body device : file.inners("pmem")) {
      putPmem(device);
    }
    if (file.has("memory-hotplug")) {
      put(MemoryHotplug.of(file.inner("memory-hotplug")));
    }
  }

  /**
   * Applies a snapshot's configuration: opens TAPs and sockets again, but not the kernel's files.
   */
  void restore(Body saved) throws Fault {
    machine = machine.replaced(saved.inner("machine-config"));
    bootSource = ConfiguredBoot.of(saved.inner("boot-source"));
    for (Body drive : saved.inners("drives")) {
      putDrive(drive);
    }
    for (Body network : saved.inners("network-interfaces")) {
      putNetwork(network);
    }
    if (saved.has("vsock")) {
      put(ConfiguredVsock.of(saved.inner("vsock")));
    }
    if (saved.has("balloon")) {
      put(ConfiguredBalloon.of(saved.inner("balloon")));
    }
    if (saved.has("mmds-config")) {
      put(ConfiguredMmds.of(saved.inner("mmds-config")));
    }
    if (saved.has("entropy")) {
      put(ConfiguredEntropy.of(saved.inner("entropy")));
    }
  }

  void trackDirtyPages(boolean tracks) {
    machine = machine.trackingDirtyPages(tracks);
  }

  /**
   * The answer to {@code GET /vm/config}.
   *
   * @param running whether the machine was started
   */
  JsonValue json(boolean running) {
    ConfiguredBoot source =
        Objects.requireNonNullElse(bootSource, new ConfiguredBoot("", null, null));
    List<ConfiguredDrive> shown = new ArrayList<>(drives);
    if (running && release.showsDrivesByName()) {
      shown.sort(Comparator.comparing(ConfiguredDrive::id));
    }
    var json =
        new JsonValue.Builder()
            .addOrNull("balloon", of(balloon, each -> each.json(release)))
            .add("drives", list(shown, ConfiguredDrive::json))
            .add("boot-source", source.json())
            .add("cpu-config", JsonValue.NULL)
            .add("logger", JsonValue.NULL)
            .add("machine-config", machineJson())
            .add("metrics", JsonValue.NULL)
            .addOrNull("mmds-config", of(mmdsConfig, each -> each.json(release, networks)))
            .add("network-interfaces", list(networks, each -> each.json(release)))
            .addOrNull("vsock", of(vsock(), ConfiguredVsock::json))
            .addOrNull("entropy", of(entropy, ConfiguredEntropy::json));
    if (release.hasPmemAndMemoryHotplug()) {
      json.add("pmem", list(pmem, each -> each.json(release)))
          .addOrNull("memory-hotplug", of(memoryHotplug, MemoryHotplug::json));
    }
    return json.build();
  }

  private static <T> Optional<JsonValue> of(@Nullable T value, Function<T, JsonValue> json) {
    return Optional.ofNullable(value).map(json);
  }

  private static <T> JsonValue list(List<T> values, Function<T, JsonValue> json) {
    return new JsonValue.Items(values.stream().map(json).toList());
  }

  private static <T> int indexOf(List<T> list, Function<T, String> id, String wanted) {
    for (int i = 0; i < list.size(); i++) {
      if (id.apply(list.get(i)).equals(wanted)) {
        return i;
      }
    }
    return -1;
  }

  /** The console's file, if it is not standard output. */
  Optional<Path> console() {
    return Optional.ofNullable(serial.path()).map(Path::of);
  }
}
