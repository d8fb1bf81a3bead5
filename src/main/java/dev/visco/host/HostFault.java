package dev.visco.host;

/**
 * The host failed to do what should have worked. The message names what was tried and what came
 * back.
 */
public final class HostFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public HostFault(String message) {
    super(message);
  }

  public HostFault(String message, Throwable cause) {
    super(message, cause);
  }
}
