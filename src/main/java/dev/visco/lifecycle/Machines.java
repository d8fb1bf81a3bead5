package dev.visco.lifecycle;

import dev.visco.lifecycle.boot.HostMachines;
import dev.visco.model.Digest;
import dev.visco.verify.GuestEnd;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Standstill;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * VMs' machines; every method is safe to repeat. {@link HostMachines} has them run by this host's
 * VMMs.
 */
public interface Machines {
  /**
   * Starts the machine; one of the same VM that runs already, from a launch that was not recorded,
   * is ended first.
   */
  MachineRef launch(VmWork work);

  /**
   * Refuses what {@link #restore} could not start from: all that can be checked is, and nothing is
   * changed.
   *
   * @param files what {@link #snapshot} wrote
   * @param digest what {@link SnapshotStore#seal} gave; null for a snapshot of an older version, of
   *     which only the sizes can be looked at
   * @throws dev.visco.model.Refused or {@link dev.visco.host.HostFault} saying why
   */
  void requireRestorable(VmWork work, Path files, @Nullable Digest digest);

  /**
   * Starts the machine from a snapshot of this VM, on the disk that is in place; none runs.
   *
   * @param files what {@link #snapshot} wrote
   */
  MachineRef restore(VmWork work, Path files);

  /** Ends the machine, whether it was recorded or not. */
  void stop(VmWork work);

  boolean isAlive(MachineRef machine);

  /** How the guest ended, by its console; empty when that does not tell. */
  Optional<GuestEnd> guestEnd(VmWork work);

  /** Whether the guest has powered itself off though its machine still runs. */
  boolean isGuestOff(VmWork work);

  /**
   * Asks the guest to shut down and returns, at most a few seconds later, whether it heard or not.
   * One that stands still goes on first.
   */
  void shutDown(VmWork work);

  /** Puts the evidence of the last boot aside, before the next one writes its own. */
  void keepLastBoot(VmWork work);

  /** As {@link dev.visco.vmm.MachineHandle#standstill}; none for a machine that does not run. */
  Standstill standstill(VmWork work);

  /** Holds the machine still. */
  void pause(VmWork work);

  /** Lets it go on. */
  void resume(VmWork work);

  /** As {@link dev.visco.vmm.MachineHandle#resizeDisk}; a VM's volumes begin with the third one. */
  void resizeDisk(VmWork work, int number, long bytes);

  /**
   * Writes memory, devices and disk of a machine that stands still.
   *
   * @param files a folder that is made; what an earlier try left there is replaced
   */
  void snapshot(VmWork work, Path files);
}
