package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.provider.Provider;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** {@code /api/providers}: the tools that users can sign in to. Nothing in them is secret. */
final class ProviderRoutes {
  private final Map<String, Provider> providers;

  /**
   * @param providers by name
   */
  ProviderRoutes(Map<String, Provider> providers) {
    this.providers = providers;
  }

  List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/providers", this::list)
            .named("listProviders", "Lists the tools that users sign in to, by name.")
            .listing(Provider.class, "providers"),
        Route.user("GET", "/api/providers/{provider}", this::get)
            .named("getProvider", "Shows a tool that users sign in to.")
            .answering(200, Provider.class, "the provider"));
  }

  private void list(Exchange exchange) {
    exchange.items(
        providers.values().stream().sorted(Comparator.comparing(Provider::name)).toList());
  }

  private void get(Exchange exchange) {
    String name = exchange.path("provider");
    Provider provider = providers.get(name);
    if (provider == null) {
      throw new Refused(
          new Refusal.NotFound(
              "provider", name, Advice.of("{} has them.", new Remedy.ListProviders())));
    }
    exchange.json(200, provider);
  }
}
