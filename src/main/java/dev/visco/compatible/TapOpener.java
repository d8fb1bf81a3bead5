package dev.visco.compatible;

/** The TAPs of the process's network namespace. */
interface TapOpener {
  /**
   * Opens a TAP once and closes it again, so that it is refused at once where the guest could not
   * have it. One that is missing is made for that moment, where the process may.
   */
  void open(String name) throws Fault;
}
