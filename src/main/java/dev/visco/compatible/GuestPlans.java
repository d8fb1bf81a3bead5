package dev.visco.compatible;

import dev.visco.compatible.Configured.ConfiguredBoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Plans a machine as Firecracker does: devices in its order of attachment, each with its addition
 * to the kernel's command line.
 */
final class GuestPlans {
  /** In bytes, including the zero at its end. */
  static final int MAX_COMMAND_LINE = 2048;

  private static final long WINDOW = 0x1000;

  private GuestPlans() {}

  /**
   * @throws Fault when this machine cannot be started here, or by the shown release
   */
  static GuestPlan plan(Configuration configuration, ShownRelease release, boolean pci)
      throws Fault {
    ConfiguredBoot source = configuration.bootSource();
    if (source == null) {
      throw new Fault("The machine cannot start without a kernel: PUT /boot-source first.");
    }
    refuseWhatIsMissingHere(configuration);
    Path kernel = Path.of(source.kernel());
    ElfKernel.check(kernel, configuration.machine().memoryMib());
    List<GuestPlan.Device> devices = devices(configuration);
    int max = release.maxDevices(pci);
    if (devices.size() > max) {
      throw new Fault("The machine has %d devices; at most %d fit.".formatted(devices.size(), max));
    }
    return new GuestPlan(
        pci,
        kernel,
        source.initrd() == null ? null : Path.of(source.initrd()),
        commandLine(configuration, source, devices, release, pci),
        (int) configuration.machine().vcpus(),
        memory(configuration.machine().memoryMib()),
        devices);
  }

  /**
   * Plans a machine that is loaded from a snapshot; its kernel is in its memory, and the file is
   * not needed.
   */
  static GuestPlan restored(Configuration configuration, ShownRelease release, boolean pci)
      throws Fault {
    ConfiguredBoot source =
        Objects.requireNonNullElse(configuration.bootSource(), new ConfiguredBoot("", null, null));
    List<GuestPlan.Device> devices = devices(configuration);
    return new GuestPlan(
        pci,
        Path.of(source.kernel()),
        source.initrd() == null ? null : Path.of(source.initrd()),
        commandLine(configuration, source, devices, release, pci),
        (int) configuration.machine().vcpus(),
        memory(configuration.machine().memoryMib()),
        devices);
  }

  private static int memory(long mib) throws Fault {
    if (mib < 0 || mib > Integer.MAX_VALUE) {
      throw new Fault("`mem_size_mib` of %s is more than any host has.".formatted(mib));
    }
    return (int) mib;
  }

  private static void refuseWhatIsMissingHere(Configuration configuration) throws Fault {
    Configured.Machine machine = configuration.machine();
    if (machine.template() != null) {
      throw new Fault(
          "`cpu_template` %s does not fit this processor, which is QEMU's."
              .formatted(machine.template()));
    }
    if (configuration.changesProcessor()) {
      throw new Fault("The modifiers of /cpu-config do not fit this processor, which is QEMU's.");
    }
    if (!machine.hugePages().equals("None")) {
      throw new Fault("Memory cannot be had: `huge_pages` %s.".formatted(machine.hugePages()));
    }
    if (!configuration.pmem().isEmpty()) {
      throw new Fault("There are no pmem devices here; use a drive instead.");
    }
    if (configuration.memoryHotplug() != null) {
      throw new Fault("Memory cannot be plugged in here; give the machine all it needs at once.");
    }
  }

  /** Balloon, drives (the root drive first), network, vsock, entropy. */
  static List<GuestPlan.Device> devices(Configuration configuration) {
    var devices = new ArrayList<GuestPlan.Device>();
    Configured.ConfiguredBalloon balloon = configuration.balloon();
    if (balloon != null) {
      devices.add(
          new GuestPlan.PlannedBalloon(
              "balloon",
              (int) balloon.mib(),
              balloon.deflatesOnOom(),
              (int) balloon.pollingSeconds()));
    }
    for (Configured.ConfiguredDrive drive : configuration.drives()) {
      devices.add(
          new GuestPlan.PlannedDisk(
              drive.id(), Path.of(drive.path()), drive.readOnly(), drive.limiter().rateOrNull()));
    }
    for (Configured.ConfiguredNetwork network : configuration.networks()) {
      devices.add(
          new GuestPlan.PlannedNetwork(
              network.id(),
              network.tap(),
              network.mac(),
              network.receive().rateOrNull(),
              network.transmit().rateOrNull()));
    }
    Configured.ConfiguredVsock vsock = configuration.vsock();
    if (vsock != null) {
      devices.add(new GuestPlan.PlannedVsock("vsock", vsock.cid(), Path.of(vsock.socket())));
    }
    if (configuration.entropy() != null) {
      devices.add(new GuestPlan.PlannedEntropy("rng"));
    }
    return devices;
  }

  /** The whole command line; words after {@code --} are for init and stay last. */
  private static String commandLine(
      Configuration configuration,
      ConfiguredBoot source,
      List<GuestPlan.Device> devices,
      ShownRelease release,
      boolean pci)
      throws Fault {
    String args = source.args() == null ? release.defaultBootArgs() : source.args();
    int split = args.indexOf(" -- ");
    var line = new StringBuilder((split < 0 ? args : args.substring(0, split)).strip());
    if (!pci && release.saysPciOff()) {
      add(line, "pci=off");
    }
    for (int i = 0; i < devices.size(); i++) {
      if (devices.get(i) instanceof GuestPlan.PlannedDisk disk) {
        configuration.drives().stream()
            .filter(drive -> drive.root() && drive.id().equals(disk.id()))
            .forEach(drive -> add(line, root(drive)));
      }
      if (!pci) {
        add(
            line,
            "virtio_mmio.device=4K@0x%x:%d"
                .formatted(release.firstWindow() + i * WINDOW, release.firstInterrupt() + i));
      }
    }
    String whole = line + (split < 0 ? "" : args.substring(split));
    if (whole.getBytes(StandardCharsets.UTF_8).length >= MAX_COMMAND_LINE) {
      throw new Fault(
          "The kernel's command line is longer than %d bytes.".formatted(MAX_COMMAND_LINE - 1));
    }
    if (whole.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
      throw new Fault("`boot_args` may hold printable ASCII alone.");
    }
    return whole;
  }

  private static String root(Configured.ConfiguredDrive drive) {
    return (drive.partuuid() == null ? "root=/dev/vda" : "root=PARTUUID=" + drive.partuuid())
        + (drive.readOnly() ? " ro" : " rw");
  }

  private static void add(StringBuilder line, String word) {
    line.append(line.isEmpty() ? "" : " ").append(word);
  }
}
