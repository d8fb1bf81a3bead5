package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.egress.EgressService;
import dev.visco.egress.EgressService.EgressView;
import dev.visco.egress.GuestTester;
import dev.visco.host.HostFault;
import dev.visco.lifecycle.VmService;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.relay.RefusedTraffic;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.users.UserService;
import dev.visco.wire.EgressDocument;
import dev.visco.wire.EgressRequest;
import dev.visco.wire.EgressTestDocument;
import dev.visco.wire.EgressTestDocument.EgressGuestDocument;
import dev.visco.wire.RefusedTrafficDocument;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/users/{user}/egress} and {@code /api/vms/{id}/egress}: how guests' traffic leaves.
 * Who a policy holds for sees it, and does not change it.
 */
public final class EgressRoutes {
  /** For signing in to a guest. */
  private static final Duration CONNECT = Duration.ofSeconds(15);

  private final EgressService egress;
  private final VmService vms;
  private final UserService users;

  public EgressRoutes(EgressService egress, VmService vms, UserService users) {
    this.egress = egress;
    this.vms = vms;
    this.users = users;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/users/{user}/egress", this::ofUser)
            .named("getUserEgress", "Shows a user's egress policy.")
            .answering(200, EgressDocument.class, "the policy, or the default"),
        Route.admin("PUT", "/api/users/{user}/egress", this::setUser)
            .named(
                "setUserEgress",
                "Replaces a user's egress policy; it holds at once for all of their VMs without one.")
            .taking(EgressRequest.class)
            .answering(200, EgressDocument.class, "the policy"),
        Route.admin("DELETE", "/api/users/{user}/egress", this::removeUser)
            .named("removeUserEgress", "Removes a user's egress policy: NAT is in force again.")
            .answering(200, RemovedDocument.class, "it is removed"),
        Route.user("GET", "/api/vms/{id}/egress", this::ofVm)
            .named("getVmEgress", "Shows the egress policy that is in force for a VM.")
            .answering(200, EgressDocument.class, "the policy, and whose it is"),
        Route.operator("PUT", "/api/vms/{id}/egress", this::setVm)
            .named("setVmEgress", "Gives a VM an egress policy of its own, at once.")
            .taking(EgressRequest.class)
            .answering(200, EgressDocument.class, "the policy"),
        Route.operator("DELETE", "/api/vms/{id}/egress", this::removeVm)
            .named(
                "removeVmEgress",
                "Removes a VM's own egress policy: its owner's is in force again.")
            .answering(200, EgressDocument.class, "the policy that is in force"),
        Route.user("GET", "/api/vms/{id}/egress/refused", this::refused)
            .named("listRefusedTraffic", "Lists what was refused to a guest, the newest first.")
            .listing(
                RefusedTrafficDocument.class, "refused traffic with the rules that refused it"),
        Route.user("POST", "/api/vms/{id}/egress/test", this::test)
            .named(
                "testEgress",
                "Asks for a page by a VM's egress policy and from inside its guest, and tells what came.")
            .asking(QueryParameter.text("url", "of http or https"))
            .answering(200, EgressTestDocument.class, "what came of it"));
  }

  private UserId user(Exchange exchange) {
    return users.user(new UserId(exchange.path("user"))).id();
  }

  private static EgressDocument document(EgressView view) {
    var policy = view.policy();
    return new EgressDocument(
        view.from().name().toLowerCase(Locale.ROOT),
        policy.way(),
        policy.address(),
        policy.proxy() == null ? null : policy.proxy().url(),
        view.hasPassword(),
        policy.allow(),
        policy.deny(),
        view.connections(),
        view.problem());
  }

  private void ofUser(Exchange exchange) {
    exchange.json(200, document(egress.user(user(exchange))));
  }

  private void setUser(Exchange exchange) throws IOException {
    UserId user = user(exchange);
    exchange.json(200, document(egress.setUser(user, exchange.body(EgressRequest.class))));
  }

  private void removeUser(Exchange exchange) {
    UserId user = user(exchange);
    egress.removeUser(user);
    exchange.json(200, new RemovedDocument(user.value()));
  }

  private void ofVm(Exchange exchange) {
    exchange.json(200, document(egress.vm(exchange.vm())));
  }

  private void setVm(Exchange exchange) throws IOException {
    exchange.json(200, document(egress.setVm(exchange.vm(), exchange.body(EgressRequest.class))));
  }

  private void removeVm(Exchange exchange) {
    exchange.json(200, document(egress.removeVm(exchange.vm())));
  }

  private void refused(Exchange exchange) {
    exchange.items(egress.refused(exchange.vm()).stream().map(EgressRoutes::document).toList());
  }

  private static RefusedTrafficDocument document(RefusedTraffic one) {
    return new RefusedTrafficDocument(
        one.protocol(),
        one.destination(),
        one.port() == 0 ? null : Integer.valueOf(one.port()),
        one.rule(),
        text(one.detail()),
        one.count(),
        one.last());
  }

  private static @Nullable String text(String detail) {
    return detail.isEmpty() ? null : detail;
  }

  private EgressGuestDocument inside(VmId vm, String url) {
    try (GuestSession session = vms.session(vm, CONNECT)) {
      return GuestTester.test(session, url);
    } catch (GuestUnreachable | HostFault e) {
      return GuestTester.failed("the guest cannot be reached: " + e.getMessage());
    }
  }

  private void test(Exchange exchange) {
    String url = Required.text("url", exchange.query("url").orElse(null));
    try (Streams.Stream _ = exchange.waiting("wait")) {
      EgressTestDocument came = egress.test(exchange.vm(), url);
      boolean isReady = vms.vm(exchange.vm()).state() == VmState.READY;
      exchange.json(200, isReady ? came.with(inside(exchange.vm(), url)) : came);
    }
  }
}
