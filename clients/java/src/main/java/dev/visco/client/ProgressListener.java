package dev.visco.client;

/** Is told what long work does. */
@FunctionalInterface
public interface ProgressListener {
  /** Tells nobody. */
  ProgressListener NONE = (doing, fraction) -> {};

  /**
   * @param doing for people
   * @param fraction which part of it is done, 0 to 1; negative where nobody knows
   */
  void report(String doing, double fraction);
}
