package dev.visco.api.http;

import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A streamed answer for long work: one JSON object per line, first progress, at last the result or
 * a problem.
 */
public final class ProgressLines {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressLines.class);

  private ProgressLines() {}

  /**
   * @param name of the result in its line
   * @param work what takes long; its progress is told as it comes
   */
  public static void stream(Exchange exchange, String name, Function<Progress, ?> work)
      throws IOException {
    exchange.stream(
        "application/x-ndjson",
        out -> {
          var lines = new ProgressLines();
          try {
            Object result =
                work.apply((what, fraction) ->
                    lines.line(out, Map.of("doing", what, "fraction", fraction)));
            lines.line(out, Map.of(name, result));
          } catch (Refused e) {
            lines.line(out, Map.of("problem", UserView.of(exchange, e.refusal())));
          } catch (Busy e) {
            lines.line(out, Map.of("problem", UserView.of(exchange, e)));
          } catch (HostFault e) {
            String reference = Router.reference();
            LOG.error("{}: the host failed ({})", name, reference, e);
            lines.line(out, Map.of("problem", UserView.of(exchange, e, reference)));
          } catch (Throwable e) { // The last line tells the outcome in any case.
            String reference = Router.reference();
            LOG.error("{} failed ({})", name, reference, e);
            lines.line(out, Map.of("problem", Problems.fault(reference)));
          }
        });
  }

  private synchronized void line(OutputStream out, Object document) {
    try {
      out.write((Json.line(document) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      // The client has gone. The work continues, and the next caller finds it done.
    }
  }
}
