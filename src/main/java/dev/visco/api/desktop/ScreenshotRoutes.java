package dev.visco.api.desktop;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.host.MemoryBudget;
import dev.visco.lifecycle.boot.DesktopProbe.DesktopFindings;
import dev.visco.model.VmId;
import dev.visco.session.GuestUnreachable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** {@code GET /api/vms/{id}/desktop.png}: a screenshot of the desktop. */
public final class ScreenshotRoutes {
  private static final Duration WAIT = Duration.ofSeconds(5);
  private final Function<VmId, DesktopFindings> probe;

  /**
   * @param probe sees a desktop now; throws {@link dev.visco.model.Refused} where there is none to
   *     be seen
   */
  public ScreenshotRoutes(Function<VmId, DesktopFindings> probe) {
    this.probe = probe;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/vms/{id}/desktop.png", this::picture)
            .named("getScreenshot", "Gives a picture of a VM's desktop.")
            .answeringBytes("image/png", "the picture")
            .audited());
  }

  private void picture(Exchange exchange) throws GuestUnreachable, IOException {
    var id = exchange.vm();
    DesktopFindings findings = probe.apply(id);
    byte[] png = findings.png();
    if (png == null) {
      throw new GuestUnreachable(
          GuestUnreachable.GuestStage.BROKEN,
          "The desktop of " + id + " cannot be seen: " + findings.facts().reason() + ".",
          null);
    }
    // The memory is held until the answer is written: a client may read slowly.
    try (var taken = MemoryBudget.shared().take("the picture of " + id, png.length, WAIT)) {
      exchange.stream("image/png", out -> out.write(png));
    }
  }
}
