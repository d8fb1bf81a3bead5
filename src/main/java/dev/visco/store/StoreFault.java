package dev.visco.store;

/** The database failed. */
public final class StoreFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreFault(String what, Throwable cause) {
    super("the store: " + what + ": " + cause.getMessage(), cause);
  }
}
