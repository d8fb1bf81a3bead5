package dev.visco.client;

/** No answer, one that broke off, or one that is none of the API's. */
public final class ViscoConnectionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ViscoConnectionException(String message, Throwable cause) {
    super(message, cause);
  }
}
