package dev.visco.api;

import dev.visco.lifecycle.DesktopProbe.Sight;
import dev.visco.model.VmId;
import dev.visco.session.GuestUnreachable;
import java.util.List;
import java.util.function.Function;

/** {@code /api/vms/{id}/desktop.png}: how the desktop looks now. */
final class ScreenshotRoutes {
  private final Function<VmId, Sight> look;

  /**
   * @param look sees a desktop now; throws {@link dev.visco.model.Refused} where there is none to
   *     be seen
   */
  ScreenshotRoutes(Function<VmId, Sight> look) {
    this.look = look;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/api/vms/{id}/desktop.png", this::picture));
  }

  private void picture(Exchange exchange) throws GuestUnreachable {
    var id = new VmId(exchange.path("id"));
    Sight sight = look.apply(id);
    byte[] png = sight.png();
    if (png == null) {
      throw new GuestUnreachable(
          GuestUnreachable.Stage.BROKEN,
          "The desktop of " + id + " cannot be seen: " + sight.facts().reason() + ".",
          null);
    }
    exchange.bytes(200, "image/png", png);
  }
}
