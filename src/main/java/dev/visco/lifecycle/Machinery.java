package dev.visco.lifecycle;

import dev.visco.diagnose.BootEvidence;
import dev.visco.model.Digest;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the steps do to the host. Every method is safe to repeat. */
interface Machinery {
  void openSlot(SlotIndex index);

  /**
   * What of the slot is not as {@link #openSlot} made it, a sentence each; empty for one in order.
   * Takes a few milliseconds.
   */
  List<String> slotFaults(SlotIndex index);

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
   * Refuses what {@link #restore} could not start from: all that can be checked is, and nothing is
   * changed.
   *
   * @param files what {@link #snapshot} wrote
   * @param digest what {@link #seal} gave; null for a snapshot of an older version, of which only
   *     the sizes can be looked at
   * @throws dev.visco.model.Refused or {@link dev.visco.host.HostFault} saying why
   */
  void requireRestorable(VmWork work, Path files, @Nullable Digest digest);

  /** Puts the VM's disk aside, where it stays whatever takes its place. */
  void putDiskAside(VmId id);

  /** Puts a copy of the snapshot's disk in place. */
  void takeDisk(VmWork work, Path files);

  /**
   * Starts the machine from a snapshot of this VM, on the disk that is in place; none runs.
   *
   * @param files what {@link #snapshot} wrote
   */
  MachineRef restore(VmWork work, Path files);

  /** As {@link dev.visco.vmm.MachineHandle#halted}; empty for a machine that does not run. */
  default Optional<String> halted(VmWork work) {
    return Optional.empty();
  }

  /**
   * Puts the disk back that was put aside. The machine does not run.
   *
   * @return false when none was put aside: the one in place is all there is
   */
  boolean putDiskBack(VmId id);

  /** Removes the disk that was put aside. */
  void dropDiskAside(VmId id);

  /** Holds the machine still. */
  void pause(VmWork work);

  /** Lets it go on. */
  void resume(VmWork work);

  /**
   * Writes memory, devices and disk of a machine that stands still.
   *
   * @param files a folder that is made; what an earlier try left there is replaced
   */
  void snapshot(VmWork work, Path files);

  /**
   * Makes whole what {@link #snapshot} wrote: every file has its digest, and all of it is synced.
   * It is not held up by this that the machine goes on: its files are read from the host's memory,
   * in which they still are, and nobody writes to them any more.
   */
  Sealed seal(Path files);

  /**
   * A whole snapshot.
   *
   * @param bytes what its files have together
   * @param digest what their digests come to
   */
  record Sealed(long bytes, Digest digest) {}

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
