package dev.visco.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A TCP connection that the guest's sshd opened for the daemon. Closing it closes both ends. */
public interface GuestConnection extends AutoCloseable {
  InputStream input();

  OutputStream output();

  @Override
  void close();

  /** The guest's sshd did not open the connection. */
  final class NotOpened extends IOException {
    private static final long serialVersionUID = 1;
    private final boolean isProhibited;

    public NotOpened(String message, boolean isProhibited) {
      super(message);
      this.isProhibited = isProhibited;
    }

    /**
     * Whether sshd forbids connections (AllowTcpForwarding in sshd_config(5)), so that it did not
     * try; RFC 4254, section 5.1, {@code SSH_OPEN_ADMINISTRATIVELY_PROHIBITED}.
     */
    public boolean isProhibited() {
      return isProhibited;
    }
  }
}
