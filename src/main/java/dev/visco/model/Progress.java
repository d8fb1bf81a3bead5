package dev.visco.model;

/** Receives the progress of a long operation. */
@FunctionalInterface
public interface Progress {
  /** Ignores all reports. */
  Progress SILENT = (what, fraction) -> {};

  /**
   * @param what what is being done, like "install 148 packages"
   * @param fraction the part that is done, 0 to 1; negative when unknown
   */
  void report(String what, double fraction);
}
