package dev.visco.lifecycle;

/** What guests have not written to their disks yet. */
public interface GuestDisks {
  /**
   * Has the guest write it, through its session.
   *
   * @throws RuntimeException when it cannot be asked
   */
  void sync(VmWork work);
}
