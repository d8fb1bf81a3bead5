package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.signin.LoginTrial;
import dev.visco.signin.LoginTrialService;
import dev.visco.wire.Required;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms/{id}/provider-test}: a provider's login that is tried out in a VM. */
final class LoginTrialRoutes {
  private static final Duration USUAL = Duration.ofMinutes(2);
  private static final Duration MAX = Duration.ofMinutes(10);

  private final LoginTrialService trials;

  LoginTrialRoutes(LoginTrialService trials) {
    this.trials = trials;
  }

  /**
   * {@code POST …/provider-test}.
   *
   * @param method which of the provider's ways, from 0, the first where it is left out
   * @param timeout for all of it, like 90s, at most 10m; 2m where it is left out
   */
  record ProviderTestRequest(
      @Nullable String provider, @Nullable Integer method, @Nullable String timeout) {}

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/provider-test", this::test)
            .named(
                "testProvider",
                "Runs a provider's login in the VM up to its link or its device code, and ends it.")
            .taking(ProviderTestRequest.class)
            .answering(200, LoginTrial.class, "what the login showed"));
  }

  private void test(Exchange exchange) throws IOException {
    ProviderTestRequest asked = exchange.body(ProviderTestRequest.class);
    exchange.json(
        200,
        trials.run(
            exchange.vm(),
            Required.text("provider", asked.provider()),
            Objects.requireNonNullElse(asked.method(), 0),
            timeout(asked.timeout())));
  }

  private static Duration timeout(@Nullable String text) {
    if (text == null) {
      return USUAL;
    }
    Duration timeout = Durations.of("timeout", text);
    if (timeout.isZero() || timeout.compareTo(MAX) > 0) {
      throw Refused.invalid("timeout", text, "is out of range", "Give up to 10m, like 90s.");
    }
    return timeout;
  }
}
