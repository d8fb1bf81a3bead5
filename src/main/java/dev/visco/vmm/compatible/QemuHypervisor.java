package dev.visco.vmm.compatible;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.Optional;

/** Machines of QEMU, each a child of this process that dies with it. By software emulation only. */
final class QemuHypervisor implements Hypervisor {
  private final Redirect input;
  private final Redirect output;

  /** Consoles are this process's own standard input and output. */
  QemuHypervisor() {
    this(Redirect.INHERIT, Redirect.INHERIT);
  }

  /**
   * @param input what a guest reads that has no console file
   * @param output where it writes to
   */
  QemuHypervisor(Redirect input, Redirect output) {
    this.input = input;
    this.output = output;
  }

  @Override
  public Guest start(GuestPlan plan, Optional<Path> console) throws GuestFault {
    QemuGuest guest = open(plan, false, console);
    try {
      guest.prepareBalloons();
      guest.resume();
      return guest;
    } catch (GuestFault | RuntimeException e) {
      guest.kill();
      throw e;
    }
  }

  private QemuGuest open(GuestPlan plan, boolean fromSnapshot, Optional<Path> console)
      throws GuestFault {
    // With a file, nothing of the guest may hold our standard input or output.
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
    QemuGuest guest = open(plan, true, console);
    try {
      guest.load(state, memory);
      return guest;
    } catch (GuestFault | RuntimeException e) {
      guest.kill();
      throw e;
    }
  }
}
