package dev.visco.api;

import dev.visco.wire.ExecEvent;
import java.io.IOException;

/** Takes the events of a command as they come. */
interface ExecSink {
  void tell(ExecEvent event) throws IOException;

  /** Has the client know that the command runs, or the connection is still there. */
  void flush() throws IOException;
}
