package dev.visco.session.rfb;

/** A viewer sent what is no RFB, or more of it than there may be; the message says what. */
public final class ViewerFault extends Exception {
  private static final long serialVersionUID = 1L;

  ViewerFault(String message) {
    super(message, null, false, false);
  }
}
