package dev.visco.lifecycle;

/** A volume's file that was received and checked, and has no name yet. */
public interface StagedVolume extends AutoCloseable {
  /** Its size in bytes, in whole MiB. */
  long bytes();

  /** Gives it its name, durably. */
  void finish();

  /** Removes it, unless it was finished. */
  @Override
  void close();
}
