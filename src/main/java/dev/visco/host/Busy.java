package dev.visco.host;

/**
 * Memory, threads or time for the request are taken at the moment. Nothing was done, and the caller
 * may try again. The message says what is taken.
 */
public final class Busy extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Busy(String message) {
    super(message);
  }
}
