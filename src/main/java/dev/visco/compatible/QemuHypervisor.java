package dev.visco.compatible;

import dev.visco.compatible.GuestPlan.Device;
import dev.visco.compatible.GuestPlan.PlannedBalloon;
import dev.visco.compatible.GuestPlan.PlannedDisk;
import dev.visco.compatible.GuestPlan.PlannedEntropy;
import dev.visco.compatible.GuestPlan.PlannedNetwork;
import dev.visco.compatible.GuestPlan.PlannedVsock;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs machines by QEMU with software emulation, each as a child that ends with this process. */
final class QemuHypervisor implements Hypervisor {
  private static final String NO_PVH_ENTRY =
      "QEMU cannot start this kernel: it has no PVH entry, which Firecracker does without. Build it with CONFIG_PVH=y, or take one that has it, as kernels of distributions do.";

  private final Redirect input;
  private final Redirect output;

  /** With the console on this process's standard input and output. */
  QemuHypervisor() {
    this(Redirect.INHERIT, Redirect.INHERIT);
  }

  /**
   * @param input the input of a guest without a console file
   * @param output its output
   */
  QemuHypervisor(Redirect input, Redirect output) {
    this.input = input;
    this.output = output;
  }

  @Override
  public List<String> shortcomings(GuestPlan plan) {
    var found = new ArrayList<String>();
    UnbearableArguments.in(plan.commandLine())
        .forEach(word ->
            found.add(
                "The guest is not given "
                    + word
                    + ": QEMU's microvm would have no interrupts by it."));
    for (Device device : plan.devices()) {
      switch (device) {
        case PlannedVsock vsock ->
            found.add(
                "The guest has no vsock device " + vsock.id() + ": QEMU's ends in no unix socket.");
        case PlannedNetwork network when isLimited(network) ->
            found.add("Nothing limits " + network.id() + ": QEMU cannot limit a network card.");
        case PlannedNetwork network -> {}
        case PlannedBalloon balloon -> {}
        case PlannedDisk disk -> {}
        case PlannedEntropy entropy -> {}
      }
    }
    return found;
  }

  private static boolean isLimited(PlannedNetwork network) {
    return network.receive() != null || network.transmit() != null;
  }

  @Override
  public Guest start(GuestPlan plan, Optional<Path> console) throws GuestFault {
    QemuGuest guest = open(bootable(plan), false, console);
    try {
      guest.prepareBalloons();
      guest.resume();
      return guest;
    } catch (GuestFault | RuntimeException e) {
      guest.kill();
      throw e;
    }
  }

  private static GuestPlan bootable(GuestPlan plan) throws GuestFault {
    GuestPlan bearable = plan.withCommandLine(UnbearableArguments.without(plan.commandLine()));
    try {
      if (!ElfKernel.isForQemu(plan.kernel())) {
        throw new GuestFault(NO_PVH_ENTRY);
      }
      return LinuxClock.isNeeded(bearable)
          ? bearable.withCommandLine(LinuxClock.line(bearable.commandLine(), new LinuxHost()))
          : bearable;
    } catch (IOException | IllegalArgumentException e) {
      throw new GuestFault("cannot read the kernel: " + e.getMessage());
    }
  }

  private QemuGuest open(GuestPlan plan, boolean fromSnapshot, Optional<Path> console)
      throws GuestFault {
    // With a console file, the guest must not hold this process's standard input and output.
    Redirect nothing = Redirect.from(Path.of("/dev/null").toFile());
    QemuProcess qemu =
        QemuProcess.start(
            control -> new GuestArguments(plan, fromSnapshot, console, control).render(),
            console.isPresent() ? nothing : input,
            console.isPresent() ? Redirect.DISCARD : output);
    return new QemuGuest(plan, qemu);
  }

  @Override
  public Guest load(GuestPlan plan, Optional<Path> console, Path state, Path memory)
      throws GuestFault {
    try {
      Path folder = Scratch.folder("visco-qemu");
      try {
        Path incoming = Firmware.incoming(state, folder);
        QemuGuest guest = open(plan, true, console);
        try {
          guest.load(incoming, memory, folder.resolve("socket"));
          return guest;
        } catch (GuestFault | RuntimeException e) {
          guest.kill();
          throw e;
        }
      } finally {
        DurableFiles.deleteTree(folder);
      }
    } catch (IOException e) {
      throw new GuestFault("the snapshot cannot be loaded: " + e.getMessage());
    }
  }
}
