package dev.visco.api;

import dev.visco.api.http.EventFormat;
import dev.visco.prompt.PromptReading;
import dev.visco.wire.ExecEvent;
import dev.visco.wire.PromptEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Writes what a tool's output means to its client, each event at once. */
final class PromptEvents implements ExecSink {
  private final PromptReading reading;
  private final EventFormat format;
  private final OutputStream out;

  PromptEvents(PromptReading reading, EventFormat format, OutputStream out) {
    this.reading = reading;
    this.format = format;
    this.out = out;
  }

  @Override
  public void tell(ExecEvent event) throws IOException {
    byte[] data = event.data();
    if (data != null && event.offset() != null) {
      boolean isOutput = event.type().equals(ExecEvent.OUTPUT);
      write(isOutput ? reading.output(data, event.offset()) : reading.errors(data));
    } else if (event.exitCode() != null) {
      write(reading.end(event.exitCode(), Boolean.TRUE.equals(event.timedOut())));
    } else if (event.detail() != null) {
      write(List.of(PromptEvent.text(PromptEvent.ERROR, event.detail())));
    }
  }

  private void write(List<PromptEvent> events) throws IOException {
    for (PromptEvent event : events) {
      out.write(format.event(event.type(), event));
    }
    out.flush();
  }

  @Override
  public void flush() throws IOException {
    out.write(format.keepAlive());
    out.flush();
  }
}
