package dev.visco.compatible;

import dev.visco.model.Rate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What makes the machine behind the API: QEMU, or a fake in tests. */
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
   * Brings a machine back from what {@link Guest#snapshot} wrote, paused.
   *
   * @param plan as it was when the snapshot was taken, TAPs and sockets as they are to be now
   */
  Guest load(GuestPlan plan, Optional<Path> console, Path state, Path memory) throws GuestFault;

  /** What of the plan a machine would be without, each as a sentence for the log. */
  default List<String> shortcomings(GuestPlan plan) {
    return List.of();
  }

  /** A running or paused machine. */
  interface Guest {
    /** Lets its processors stand still. */
    void pause() throws GuestFault;

    /** Lets them go on. */
    void resume() throws GuestFault;

    /** Writes device state and memory; the machine is paused and stays so. */
    void snapshot(Path state, Path memory) throws GuestFault;

    /** Presses Ctrl, Alt and Delete on its i8042 keyboard. */
    void ctrlAltDel() throws GuestFault;

    /** Gives the drive another file, as a disk that was changed. */
    void changeDisk(String id, Path file) throws GuestFault;

    /** Changes what a drive may move. */
    void limitDisk(String id, Rate rate) throws GuestFault;

    /** Asks the guest for this much memory. */
    void inflateBalloon(int mib) throws GuestFault;

    /** What the guest's balloon driver says of its memory, by QEMU's names; empty when nothing. */
    Map<String, Long> balloonStatistics() throws GuestFault;

    /** Waits for its end. */
    MachineEnd awaitEnd() throws InterruptedException;

    /** Kills it; nothing is left of it. */
    void kill();
  }

  /** Why a guest ended. */
  enum MachineEnd {
    /** It was reset through its keyboard controller or ACPI. */
    RESET,
    /** Its processor could not go on. */
    TRIPLE_FAULT,
    /** QEMU ended for another reason. */
    BROKEN
  }

  /** QEMU could not do it. The message is in its own words. */
  final class GuestFault extends Exception {
    private static final long serialVersionUID = 1L;

    GuestFault(String message) {
      super(message);
    }
  }
}
