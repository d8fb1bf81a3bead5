package dev.visco.lifecycle;

/** The clock of a guest that stood still or lay on a disk. */
public interface GuestClock {
  /** Sets it to the host's, to the second, through the guest's session. */
  void set(VmWork work);
}
