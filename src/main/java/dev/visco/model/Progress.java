package dev.visco.model;

/** Is told how far a long operation has come. */
@FunctionalInterface
public interface Progress {
  /** Tells nobody. */
  Progress SILENT = (what, fraction) -> {};

  /**
   * @param what what is being done, like "install 148 packages"
   * @param fraction how much of it is done, 0 to 1, or negative when that cannot be known
   */
  void report(String what, double fraction);
}
