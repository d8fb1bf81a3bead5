package dev.visco.vmm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** One running machine. */
public interface MachineHandle {
  MachineRef ref();

  /** Whether its process still runs. */
  boolean isAlive();

  /**
   * The status that the VMM gives on its control socket, like {@code running} or {@code paused}.
   */
  String status();

  /**
   * Whether the guest stands still, and who made it; asks the control socket. Firecracker never
   * stops a guest by itself: its block device answers a write that fails with VIRTIO_BLK_S_IOERR,
   * so that it must be paused before the host's disk is full.
   */
  default Standstill standstill() {
    return status().equals("paused") ? Standstill.PAUSED : Standstill.NONE;
  }

  /**
   * Waits, at most {@code max}, until all output of an ended machine is in its console file. Does
   * nothing for a driver that writes the file itself.
   */
  default void awaitConsole(Duration max) {}

  /**
   * How many of its processes the host's kernel has killed because its control group had no memory
   * left; also of an ended machine, until it is stopped. Empty where that is not counted.
   */
  default OptionalLong oomKills() {
    return OptionalLong.empty();
  }

  /**
   * The unix socket through which the host reaches the guest's vsock: {@code CONNECT PORT\n} is
   * answered by {@code OK NUMBER\n} (Firecracker, {@code docs/vsock.md}). Empty when it has none,
   * or when it is unreliable.
   */
  default Optional<Path> vsock() {
    return Optional.empty();
  }

  /** The VMM's counters since the last call; empty for a VMM without counters. */
  default MachineMetrics metrics() {
    return MachineMetrics.NONE;
  }

  void pause();

  void resume();

  /**
   * Writes memory and device state of the machine, which must be paused, into {@code folder}. The
   * machine stays paused, so that the caller can copy its disks before it is resumed.
   *
   * @param folder an existing, empty folder
   * @throws dev.visco.model.Refused when the machine is not paused
   * @throws dev.visco.host.HostFault when it could not be written; nothing of it is left then
   */
  void snapshot(Path folder);

  /**
   * Tells the guest that a disk's file is longer by now. What the guest makes of it is its own
   * matter.
   *
   * @param number which of {@link dev.visco.model.BootSpec#disks()}
   * @param bytes the file's length
   * @throws dev.visco.host.HostFault when the VMM refuses, as for a disk that is read-only
   */
  void resizeDisk(int number, long bytes);

  /**
   * Ends the machine: asks it first, and kills it after {@code grace}. Afterwards neither its
   * process nor its socket exists.
   */
  void stop(Duration grace);
}
