package dev.visco.compatible;

/** The TAPs of the process's network namespace. */
interface TapOpener {
  /**
   * Opens a TAP and closes it again, so that an unusable one is refused at once. A missing TAP is
   * created for that moment if the process may do so.
   */
  void open(String name) throws Fault;
}
