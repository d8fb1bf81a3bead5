package dev.visco.compatible;

/**
 * What a caller asked for cannot be. The message becomes the answer's {@code fault_message}: it is
 * in our words and names the field, the value and the limit.
 */
final class Fault extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  Fault(String message) {
    this(400, message);
  }

  /**
   * @param status of the HTTP answer
   */
  Fault(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  /** The same, said of something around it. */
  Fault in(String where) {
    return new Fault(status, where + ": " + getMessage());
  }
}
