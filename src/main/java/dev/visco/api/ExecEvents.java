package dev.visco.api;

import dev.visco.api.http.EventFormat;
import dev.visco.host.BlockOutput;
import dev.visco.wire.ExecEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Writes the events of a command to its client, each at once; for several threads. */
final class ExecEvents implements ExecSink {
  private final EventFormat format;
  private final OutputStream out;

  ExecEvents(EventFormat format, OutputStream out) {
    this.format = format;
    this.out = out;
  }

  @Override
  public synchronized void tell(ExecEvent event) throws IOException {
    out.write(format.event(event.type(), event));
    out.flush();
  }

  @Override
  public synchronized void flush() throws IOException {
    out.write(format.keepAlive());
    out.flush();
  }

  /**
   * A stream whose writes become one event each.
   *
   * @param type {@link ExecEvent#OUTPUT} or {@link ExecEvent#ERRORS}
   */
  OutputStream channel(String type) {
    return new BlockOutput() {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
          tell(ExecEvent.said(type, Arrays.copyOfRange(bytes, offset, offset + length), null));
        }
      }
    };
  }
}
