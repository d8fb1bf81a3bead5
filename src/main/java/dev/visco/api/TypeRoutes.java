package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmType;
import dev.visco.wire.TypeDocument;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** {@code /api/types}: the VM types, for whoever may create VMs. */
final class TypeRoutes {
  private final Map<String, VmType> types;

  /**
   * @param types by name
   */
  TypeRoutes(Map<String, VmType> types) {
    this.types = types;
  }

  List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/types", this::list)
            .named("listTypes", "Lists the VM types, by name.")
            .listing(TypeDocument.class, "types"),
        Route.user("GET", "/api/types/{type}", this::get)
            .named("getType", "Shows a VM type.")
            .answering(200, TypeDocument.class, "the type"));
  }

  private void list(Exchange exchange) {
    exchange.items(
        types.values().stream()
            .sorted(Comparator.comparing(VmType::name))
            .map(TypeDocument::of)
            .toList());
  }

  private void get(Exchange exchange) {
    String name = exchange.path("type");
    VmType type = types.get(name);
    if (type == null) {
      throw new Refused(
          new Refusal.NotFound("VM type", name, Advice.of("{} has them.", new Remedy.ListTypes())));
    }
    exchange.json(200, TypeDocument.of(type));
  }
}
