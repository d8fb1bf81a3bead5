package dev.visco.api.desktop;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Principal;
import dev.visco.api.http.Role;
import dev.visco.api.http.Route;
import dev.visco.desktop.DesktopService;
import dev.visco.desktop.DesktopService.Grant;
import dev.visco.desktop.DesktopService.View;
import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.settings.PublicUrl;
import dev.visco.signin.session.SignInService;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.wire.DesktopDocument;
import dev.visco.wire.PageKeyDocument;
import dev.visco.wire.TicketDocument;
import dev.visco.wire.ViewDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tickets, page keys, status and view history of a VM's desktop. */
public final class DesktopRoutes {
  private final DesktopService desktops;
  private final VmService vms;
  private final DiagnosisService diagnoses;
  private final VncViewers viewers;
  private final SignInService signIns;
  private final @Nullable PublicUrl publicUrl;

  /** Pages poll this while their VM does not work, and one diagnosis takes seconds. */
  private final SharedAnswers<VmId, Diagnosis> shared = new SharedAnswers<>(Duration.ofSeconds(10));

  /**
   * @param publicUrl what links begin with; null for the address that was called
   */
  public DesktopRoutes(
      DesktopService desktops,
      VmService vms,
      DiagnosisService diagnoses,
      VncViewers viewers,
      SignInService signIns,
      @Nullable PublicUrl publicUrl) {
    this.desktops = desktops;
    this.vms = vms;
    this.diagnoses = diagnoses;
    this.viewers = viewers;
    this.signIns = signIns;
    this.publicUrl = publicUrl;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/tickets", this::ticket)
            .named("createTicket", "Gives a link to a VM's desktop that opens once.")
            .withRole(Role.DESKTOP_PAGE)
            .taking(TicketRequest.class)
            .answering(201, TicketDocument.class, "the ticket"),
        Route.user("POST", "/api/vms/{id}/page-keys", this::pageKey)
            .named("createPageKey", "Exchanges the ticket of a link for the key of its page.")
            .withRole(Role.DESKTOP_LINK)
            .answering(201, PageKeyDocument.class, "the key"),
        Route.user("GET", "/api/vms/{id}/desktop", this::desktop)
            .named("getDesktop", "Tells how a VM's desktop is.")
            .withRole(Role.DESKTOP_PAGE)
            .answering(200, DesktopDocument.class, "the desktop"),
        Route.user("GET", "/api/vms/{id}/views", this::views)
            .named("listViews", "Lists who has looked at a VM's desktop, the newest first.")
            .inPages(ViewDocument.class, "before", "views"));
  }

  /** The body of {@code POST …/tickets} with a bearer token. */
  record TicketRequest(@Nullable String user, @Nullable Boolean viewOnly) {}

  private void ticket(Exchange exchange) throws IOException {
    VmId id = exchange.vm();
    if (exchange.principal() instanceof Principal.DesktopPage page) {
      exchange.json(201, document(desktops.ticket(id, page.key().secret())));
      return;
    }
    TicketRequest asked = exchange.body(TicketRequest.class);
    signIns.in(id).ifPresent(signIn -> requireHolder(signIn, exchange, asked));
    Grant grant = desktops.ticket(id, asked.user(), Boolean.TRUE.equals(asked.viewOnly()));
    exchange.json(
        201,
        document(grant).withLink(base(exchange) + "/vms/" + id + "/desktop#" + grant.secret()));
  }

  /** Of whose desktop it is while somebody signs in there, nobody else gets to see it. */
  private static void requireHolder(SignInRow signIn, Exchange exchange, TicketRequest asked) {
    boolean isForUser = !exchange.isOperators() || asked.user() != null;
    if (isForUser != (signIn.holder() == SignInHolder.USER)) {
      throw new Refused(
          new Refusal.Conflict(
              "The desktop of the sign-in %s is the %s's now."
                  .formatted(signIn.id(), signIn.holder().word()),
              "Name the user whose link it is to be, or have the desktop handed over."));
    }
  }

  private static TicketDocument document(Grant grant) {
    return TicketDocument.of(grant.secret(), grant.expires(), grant.viewOnly());
  }

  private String base(Exchange exchange) {
    return publicUrl == null
        ? exchange.scheme() + exchange.header("Host").orElse("localhost")
        : publicUrl.base();
  }

  private void pageKey(Exchange exchange) {
    if (!(exchange.principal() instanceof Principal.DesktopLink link)) {
      throw new IllegalStateException("page keys are given for tickets of links");
    }
    Grant grant = desktops.pageKey(exchange.vm(), link.ticket().secret());
    exchange.json(201, new PageKeyDocument(grant.secret(), grant.expires(), grant.viewOnly()));
  }

  private void desktop(Exchange exchange) {
    VmId id = exchange.vm();
    Vm vm = vms.vm(id);
    exchange.json(
        200,
        new DesktopDocument(
            id.value(),
            vm.spec().owner().value(),
            vm.spec().type(),
            vm.state().word(),
            vm.step(),
            desktops.isOffered(id),
            viewers.of(id),
            vm.failure(),
            diagnosis(vm)));
  }

  /**
   * Only for VMs that failed or stopped, whose evidence is stored; examining a running VM takes
   * seconds.
   */
  private DesktopDocument.@Nullable Why diagnosis(Vm vm) {
    if (vm.state() != VmState.FAILED && vm.state() != VmState.STOPPED) {
      return null;
    }
    try {
      Diagnosis diagnosis = shared.get(vm.id(), () -> diagnoses.diagnose(vm.id()));
      return new DesktopDocument.Why(diagnosis.cause(), diagnosis.remedy());
    } catch (Refused e) {
      return null; // Its machine is gone; the failure is still in the document.
    }
  }

  private void views(Exchange exchange) {
    VmId id = exchange.vm();
    long before = exchange.number("before", Long.MAX_VALUE);
    new Page<View>("before", View::id)
        .answer(
            exchange,
            Page.MAX,
            limit -> desktops.views(id, limit, before),
            view ->
                new ViewDocument(
                    view.vm().value(),
                    view.user(),
                    view.from(),
                    view.viewOnly(),
                    view.began(),
                    view.ended()));
  }
}
