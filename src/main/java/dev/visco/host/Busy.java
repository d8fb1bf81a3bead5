package dev.visco.host;

/**
 * The host has no room or time for this now, and may have it in a moment: nothing was done, and
 * trying again is right. The message says what there is none of.
 */
public final class Busy extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Busy(String message) {
    super(message);
  }
}
