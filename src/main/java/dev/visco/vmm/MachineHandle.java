package dev.visco.vmm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** One running machine. */
public interface MachineHandle {
  MachineRef ref();

  /** Whether its process still runs. */
  boolean isAlive();

  /** What the VMM says of it, like {@code running}, {@code paused}; asks the control socket. */
  String status();

  /**
   * Why the VMM has stopped the guest by itself, in a sentence; {@link #resume} lets it go on and
   * repeats what could not be done. Empty while nothing of the kind is the case, and where a VMM
   * stops no guest but tells it of the fault, as Firecracker does (its block device answers a write
   * that fails with VIRTIO_BLK_S_IOERR).
   */
  default Optional<String> halted() {
    return Optional.empty();
  }

  /**
   * Waits, at most so long, until all that an ended machine said is in its console file. A driver
   * that writes the file itself has nothing to wait for.
   */
  default void awaitConsole(Duration max) {}

  /**
   * The unix socket through which the host reaches the guest's vsock: {@code CONNECT PORT\n} is
   * answered by {@code OK NUMBER\n} (Firecracker, {@code docs/vsock.md}). Empty when it has none or
   * when it cannot be relied upon.
   */
  default Optional<Path> vsock() {
    return Optional.empty();
  }

  /** What the VMM has counted since it was last asked; empty where it counts nothing. */
  default MachineMetrics metrics() {
    return MachineMetrics.NONE;
  }

  void pause();

  void resume();

  /**
   * Writes memory and device state of the machine, which must be paused, into {@code folder}. The
   * machine stays paused, and its disks are the caller's to copy before it goes on.
   *
   * @param folder empty, and there already
   * @throws dev.visco.model.Refused when the machine is not paused
   * @throws dev.visco.host.HostFault when it could not be written whole; nothing of it is left then
   */
  void snapshot(Path folder);

  /**
   * Ends it: asked first, killed after {@code grace}. Afterwards neither process nor socket is
   * there.
   */
  void stop(Duration grace);
}
