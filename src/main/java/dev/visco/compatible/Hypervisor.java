package dev.visco.compatible;

import dev.visco.model.Rate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs the machine behind the API: QEMU, or a fake in tests. */
interface Hypervisor {
  /**
   * Starts the machine; its serial console is this process's standard input and output unless
   * {@code console} says otherwise.
   *
   * @param console a file to append the console to, as {@code PUT /serial} names it
   * @return the guest, running
   * @throws GuestFault when it does not start; nothing is left of it
   */
  Guest start(GuestPlan plan, Optional<Path> console) throws GuestFault;

  /**
   * Loads a machine, paused, from what {@link Guest#snapshot} wrote.
   *
   * @param plan as at the snapshot, but with the new TAPs and sockets
   */
  Guest load(GuestPlan plan, Optional<Path> console, Path state, Path memory) throws GuestFault;

  /** What of the plan is not supported, each as a sentence for the log. */
  default List<String> shortcomings(GuestPlan plan) {
    return List.of();
  }

  /** A running or paused machine. */
  interface Guest {
    /** Stops its processors. */
    void pause() throws GuestFault;

    /** Continues its processors. */
    void resume() throws GuestFault;

    /** Writes device state and memory; the machine is paused and stays so. */
    void snapshot(Path state, Path memory) throws GuestFault;

    /** Presses Ctrl, Alt and Delete on its i8042 keyboard. */
    void ctrlAltDel() throws GuestFault;

    /** Replaces the drive's file, like a changed medium. */
    void changeDisk(String id, Path file) throws GuestFault;

    /** Changes a drive's rate limit. */
    void limitDisk(String id, Rate rate) throws GuestFault;

    /** Asks the guest for this much memory. */
    void inflateBalloon(int mib) throws GuestFault;

    /** The statistics of the guest's balloon driver, by QEMU's names; empty when there are none. */
    Map<String, Long> balloonStatistics() throws GuestFault;

    /** Waits until it ends. */
    MachineEnd awaitEnd() throws InterruptedException;

    /** Kills it; nothing is left of it. */
    void kill();
  }

  /** Why a guest ended. */
  enum MachineEnd {
    /** It was reset through its keyboard controller or ACPI. */
    RESET,
    /** Its processor had a triple fault. */
    TRIPLE_FAULT,
    /** QEMU ended for another reason. */
    BROKEN
  }

  /** QEMU refused or failed; the message is QEMU's. */
  final class GuestFault extends Exception {
    private static final long serialVersionUID = 1L;

    GuestFault(String message) {
      super(message);
    }
  }
}
