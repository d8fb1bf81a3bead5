package dev.visco.compatible;

/**
 * A refused call. The message becomes the answer's {@code fault_message}; it names the field, the
 * value and the limit, in Visco's words.
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

  /** The same fault with the place where it occurred. */
  Fault in(String where) {
    return new Fault(status, where + ": " + getMessage());
  }
}
