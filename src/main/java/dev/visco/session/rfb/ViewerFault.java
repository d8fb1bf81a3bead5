package dev.visco.session.rfb;

/** A viewer violated the RFB protocol or one of its limits; the message says how. */
public final class ViewerFault extends Exception {
  private static final long serialVersionUID = 1L;

  ViewerFault(String message) {
    super(message, null, false, false);
  }
}
