package dev.visco.lifecycle;

/** The clock of a guest, which is behind after a pause or a restore. */
public interface GuestClock {
  /** Sets it to the host's, to the second, through the guest's session. */
  void set(VmWork work);
}
