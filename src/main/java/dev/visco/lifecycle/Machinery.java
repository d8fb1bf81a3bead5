package dev.visco.lifecycle;

import dev.visco.diagnose.BootEvidence;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineRef;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** What the steps do to the host. Every method is safe to repeat. */
interface Machinery {
  void openSlot(SlotIndex index);

  /** Whether the slot is there as {@link #openSlot} made it; cheap. */
  boolean isOpen(SlotIndex index);

  /** What the slot's guest may move in each direction; a slot that is made anew has it as usual. */
  void limitSlot(SlotIndex index, Rate rate);

  void closeSlot(SlotIndex index);

  /** Folder, keys and disks. */
  void prepareDisk(VmWork work);

  /** The folder and all in it. */
  void removeDisk(VmId id);

  /**
   * Starts the machine; one of the same VM that runs already, from a launch that was not recorded,
   * is ended first.
   */
  MachineRef launch(VmWork work);

  /**
   * Starts the machine from a snapshot of this VM, with the snapshot's disk; one that runs is ended
   * first.
   *
   * @param files what {@link #snapshot} wrote
   */
  MachineRef restore(VmWork work, Path files);

  /** As {@link dev.visco.vmm.MachineHandle#halted}; empty for a machine that does not run. */
  default Optional<String> halted(VmWork work) {
    return Optional.empty();
  }

  /** Holds the machine still. */
  void pause(VmWork work);

  /** Lets it go on. */
  void resume(VmWork work);

  /**
   * Writes memory, devices and disk of a machine that stands still, synced.
   *
   * @param files a folder that is made; what an earlier try left there is replaced
   * @return bytes
   */
  long snapshot(VmWork work, Path files);

  /** Removes a snapshot's files; one that is half removed is known as such. */
  void removeSnapshot(Path files);

  /** The folders of all snapshots that there are, half ones too. */
  Set<Path> snapshots();

  /** Sets the guest's clock to the host's, through its session. */
  void setClock(VmWork work);

  /** Ends the machine, whether it was recorded or not. */
  void stopMachine(VmWork work);

  boolean isAlive(MachineRef machine);

  /** One look at how far its boot is. */
  Look look(VmWork work);

  /**
   * Finds out why a boot failed and keeps the evidence in the VM's folder.
   *
   * @return cause and remedy, for the row
   */
  String explain(VmWork work);

  /** What is known of a VM: what was kept when its boot failed, or how it is now. */
  BootEvidence evidence(VmWork work);

  /** Forgets what earlier looks remembered. */
  void forget(VmId id);

  /**
   * What a look found.
   *
   * @param isMet every criterion that applies is met
   * @param missing the first criterion that is not, and why; empty when all are
   * @param end why no other look will find more, in a sentence; empty as long as one may
   */
  record Look(boolean isMet, Optional<String> missing, Optional<String> end) {
    Look(boolean isMet, Optional<String> missing) {
      this(isMet, missing, Optional.empty());
    }
  }
}
