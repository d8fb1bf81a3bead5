package dev.visco.signin.channel;

import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Starts tools in a guest as a sign-in needs them. */
public interface LoginTools {
  /** Columns of a tool's terminal: wide, so that little is wrapped. */
  int COLUMNS = 200;

  /** Rows of a tool's terminal. */
  int ROWS = 50;

  /** Starts a tool with streams. */
  GuestProcess start(
      List<String> command, Map<String, String> environment, OutputStream out, OutputStream error)
      throws IOException;

  /** Starts a tool on a terminal of {@value #COLUMNS} columns and {@value #ROWS} rows. */
  GuestProcess terminal(List<String> command, Map<String, String> environment, OutputStream out)
      throws IOException;

  /** Follows the links that the tool opens a browser for, one a line, from before it is started. */
  GuestProcess links(OutputStream out) throws IOException;

  /** Connects to a port on the guest's loopback. */
  GuestConnection dial(int port) throws IOException;
}
