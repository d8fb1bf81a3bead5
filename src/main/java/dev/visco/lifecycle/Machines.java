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
 * The machines of VMs: starts, pauses and ends them. Every method is safe to repeat. {@link
 * HostMachines} runs them with this host's VMMs.
 */
public interface Machines {
  /**
   * Starts the machine. One of the same VM that already runs, from a launch that was not recorded,
   * is ended first.
   */
  MachineRef launch(VmWork work);

  /**
   * Refuses a snapshot that {@link #restore} could not start from. Checks all that can be checked,
   * and changes nothing.
   *
   * @param files the folder that {@link #snapshot} wrote
   * @param digest the digest that {@link SnapshotStore#seal} returned; null for a snapshot of an
   *     older version, of which only the sizes can be checked
   * @throws dev.visco.model.Refused or {@link dev.visco.host.HostFault} saying why
   */
  void requireRestorable(VmWork work, Path files, @Nullable Digest digest);

  /**
   * Starts the machine from a snapshot of this VM, with the disk that is in place. No machine of
   * this VM runs.
   *
   * @param files the folder that {@link #snapshot} wrote
   */
  MachineRef restore(VmWork work, Path files);

  /** Ends the machine, recorded or not. */
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

  /** Pauses the machine: its guest executes nothing. */
  void pause(VmWork work);

  /** Resumes the machine. */
  void resume(VmWork work);

  /** As {@link dev.visco.vmm.MachineHandle#resizeDisk}; a VM's volumes begin with the third one. */
  void resizeDisk(VmWork work, int number, long bytes);

  /**
   * Does what can be done of a snapshot while the machine still runs, so that it stands still for
   * the rest alone: looks at the room, makes the folder, and copies the disk a first time.
   *
   * @param files the folder to create; one that an earlier try has left is replaced
   * @param hasMemory whether {@link #snapshot} comes next, and not {@link #snapshotDisk}
   */
  void prepareSnapshot(VmWork work, Path files, boolean hasMemory);

  /**
   * Writes memory, devices and disk of a paused machine.
   *
   * @param files the folder that {@link #prepareSnapshot} has made
   */
  void snapshot(VmWork work, Path files);

  /**
   * Copies the disk alone, of a machine that is paused or has ended.
   *
   * @param files the folder that {@link #prepareSnapshot} has made
   */
  void snapshotDisk(VmWork work, Path files);

  /**
   * Writes memory and devices of a paused machine, and what it has written to its disks so far.
   *
   * @param files the folder to create; one that an earlier try has left is replaced
   */
  void saveMemory(VmWork work, Path files);

  /**
   * Refuses a memory that {@link #loadMemory} could not start from, as {@link #requireRestorable}.
   *
   * @param files the folder that {@link #saveMemory} wrote
   * @param digest the digest that {@link SnapshotStore#seal} returned
   */
  void requireMemory(VmWork work, Path files, Digest digest);

  /**
   * Starts the machine from what {@link #saveMemory} wrote, on its disks as they were then. It
   * stands still until {@link #resume}. One of the same VM that already runs, from a try that was
   * not recorded, is ended first.
   */
  MachineRef loadMemory(VmWork work, Path files);
}
