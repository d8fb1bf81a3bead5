package dev.visco.api;

import dev.visco.diagnose.Diagnosis;
import dev.visco.lifecycle.DesktopService;
import dev.visco.lifecycle.DesktopService.Grant;
import dev.visco.lifecycle.DesktopService.View;
import dev.visco.lifecycle.DiagnosisService;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.settings.PublicUrl;
import dev.visco.wire.DesktopDocument;
import dev.visco.wire.PageKeyDocument;
import dev.visco.wire.TicketDocument;
import dev.visco.wire.ViewDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who may look at a VM's desktop, who did, and how it is with it. */
final class DesktopRoutes {
  private final DesktopService desktops;
  private final VmService vms;
  private final DiagnosisService diagnoses;
  private final VncViewers viewers;
  private final Predicate<String> tokens;
  private final @Nullable PublicUrl publicUrl;

  /** Pages ask by themselves, again and again, and an inspection takes seconds. */
  private final SharedAnswers<VmId, Diagnosis> shared = new SharedAnswers<>(Duration.ofSeconds(10));

  /**
   * @param publicUrl what links begin with; null for the address that was called
   */
  DesktopRoutes(
      DesktopService desktops,
      VmService vms,
      DiagnosisService diagnoses,
      VncViewers viewers,
      Predicate<String> tokens,
      @Nullable PublicUrl publicUrl) {
    this.desktops = desktops;
    this.vms = vms;
    this.diagnoses = diagnoses;
    this.viewers = viewers;
    this.tokens = tokens;
    this.publicUrl = publicUrl;
  }

  /** Those that a page calls too ask for its key themselves. */
  List<Route> routes() {
    return List.of(
        Route.open("POST", "/api/vms/{id}/tickets", this::ticket),
        Route.open("POST", "/api/vms/{id}/page-keys", this::pageKey),
        Route.open("GET", "/api/vms/{id}/desktop", this::desktop),
        Route.of("GET", "/api/vms/{id}/views", this::views).asking("limit", "before"));
  }

  private static VmId id(Exchange exchange) {
    return new VmId(exchange.path("id"));
  }

  /** What is asked for with a bearer token. */
  record TicketRequest(@Nullable String user, @Nullable Boolean viewOnly) {}

  private void ticket(Exchange exchange) throws IOException {
    VmId id = id(exchange);
    Optional<Credential> given = Credential.of(exchange.header("Authorization").orElse(null));
    if (given.isPresent() && given.get().scheme() == Credential.Scheme.PAGE) {
      Grant grant = counted(() -> desktops.ticket(id, given.get().secret()));
      exchange.json(201, TicketDocument.of(grant.secret(), grant.expires(), grant.viewOnly()));
      return;
    }
    requireToken(given);
    TicketRequest asked = exchange.body(TicketRequest.class);
    Grant grant = desktops.ticket(id, asked.user(), Boolean.TRUE.equals(asked.viewOnly()));
    exchange.json(
        201,
        TicketDocument.of(grant.secret(), grant.expires(), grant.viewOnly())
            .withLink(base(exchange) + "/vms/" + id + "/desktop#" + grant.secret()));
  }

  private String base(Exchange exchange) {
    return publicUrl == null
        ? "http://" + exchange.header("Host").orElse("localhost")
        : publicUrl.base();
  }

  private void pageKey(Exchange exchange) {
    VmId id = id(exchange);
    String ticket =
        Credential.of(exchange.header("Authorization").orElse(null))
            .filter(given -> given.scheme() == Credential.Scheme.TICKET)
            .map(Credential::secret)
            .orElseThrow(() -> unauthorized("No ticket came with this request."));
    Grant grant = counted(() -> desktops.pageKey(id, ticket));
    exchange.json(201, new PageKeyDocument(grant.secret(), grant.expires(), grant.viewOnly()));
  }

  /** What a grant comes from, and what it may be refused with. */
  private interface Granting {
    Grant grant();
  }

  private Grant counted(Granting granting) {
    try {
      return granting.grant();
    } catch (Refused e) {
      if (e.refusal() instanceof Refusal.Unauthorized) {
        viewers.refuse();
      }
      throw e;
    }
  }

  private void requireToken(Optional<Credential> given) {
    if (given
        .filter(it -> it.scheme() == Credential.Scheme.BEARER && tokens.test(it.secret()))
        .isEmpty()) {
      throw unauthorized("No known bearer token or page's key came with this request.");
    }
  }

  private Refused unauthorized(String detail) {
    viewers.refuse();
    return new Refused(
        new Refusal.Unauthorized(detail, "Open the desktop by a new link: visco open VM"));
  }

  private void desktop(Exchange exchange) {
    VmId id = id(exchange);
    Optional<Credential> given = Credential.of(exchange.header("Authorization").orElse(null));
    boolean isPage =
        given
            .filter(it -> it.scheme() == Credential.Scheme.PAGE)
            .flatMap(it -> desktops.holder(id, it.secret()))
            .isPresent();
    if (!isPage) {
      requireToken(given);
    }
    Vm vm = vms.vm(id);
    exchange.json(
        200,
        new DesktopDocument(
            id.value(),
            vm.spec().user().value(),
            vm.spec().type(),
            vm.state().word(),
            vm.step(),
            desktops.isOffered(id),
            viewers.of(id),
            vm.failure(),
            diagnosis(vm)));
  }

  /** Of one that failed it was kept then; any other would take seconds. */
  private DesktopDocument.@Nullable Why diagnosis(Vm vm) {
    if (vm.state() != VmState.FAILED && vm.state() != VmState.STOPPED) {
      return null;
    }
    try {
      Diagnosis diagnosis = shared.get(vm.id(), () -> diagnoses.diagnose(vm.id()));
      return new DesktopDocument.Why(diagnosis.cause(), diagnosis.remedy());
    } catch (Refused e) {
      return null; // It has no machine any more; what it failed with still stands beside.
    }
  }

  private void views(Exchange exchange) {
    VmId id = id(exchange);
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
