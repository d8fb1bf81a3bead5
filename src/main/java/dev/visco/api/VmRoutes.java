package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.IfMatch;
import dev.visco.api.http.KeptAnswers;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.delivery.ToolCredentials;
import dev.visco.egress.EgressService;
import dev.visco.lifecycle.VmService;
import dev.visco.model.LabelSelector;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.AuthorizedKeys;
import dev.visco.session.DetachedExecs;
import dev.visco.verify.BootReport;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.VmChange;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms}: creates, lists, shows and destroys VMs. */
public final class VmRoutes {
  /** Of lists: some thousand VMs. */
  private static final long MAX_KEPT = 4 << 20;

  private final KeptAnswers lists = new KeptAnswers(MAX_KEPT);
  private final VmService vms;
  private final EgressService egress;
  private final ToolCredentials tools;
  private final DetachedExecs execs;
  private final AuthorizedKeys keys;

  /**
   * @param egress keeps the passwords of egress policies
   * @param tools what tools get of users' credentials with their processes
   * @param execs commands that outlive whoever started them
   * @param keys people's own keys in guests
   */
  public VmRoutes(
      VmService vms,
      EgressService egress,
      ToolCredentials tools,
      DetachedExecs execs,
      AuthorizedKeys keys) {
    this.vms = vms;
    this.egress = egress;
    this.tools = tools;
    this.execs = execs;
    this.keys = keys;
  }

  public List<Route> routes() {
    var routes = new ArrayList<Route>(new GuestRoutes(vms).routes());
    var detached = new DetachedRoutes(vms, tools, execs);
    routes.addAll(new ExecRoutes(vms, tools, detached).routes());
    routes.addAll(detached.routes());
    routes.addAll(new SshRoutes(vms, keys).routes());
    routes.addAll(new FileRoutes(vms).routes());
    routes.add(new FileWatch(vms).route());
    routes.addAll(
        List.of(
            creating("/api/vms").named("createVm", "Creates a VM."),
            creating("/api/vms/create").named("createVmToo", "Creates a VM, as POST …/vms does."),
            Route.user("GET", "/api/vms", this::list)
                .named("listVms", "Lists VMs, the newest first.")
                .asking(
                    QueryParameter.flag("all", "destroyed ones too"),
                    QueryParameter.text("user", "only this user's"),
                    QueryParameter.text("type", "only of this type"),
                    QueryParameter.text("state", "only in one of these states: ready,paused"),
                    QueryParameter.text("label", "only with all of these labels: team=red,gpu"),
                    QueryParameter.text("name", "only with this name"))
                .inPages(VmDocument.class, "before", "VMs"),
            Route.user("GET", "/api/vms/{id}", this::get)
                .named("getVm", "Shows a VM, or waits until it has changed.")
                .asking(
                    QueryParameter.number("after", "a revision: waits for a later one"),
                    QueryParameter.duration(
                        "timeout", "how long to wait at most, 30s when it is left out"))
                .answering(200, VmDocument.class, "the VM as it is now"),
            Route.user("PATCH", "/api/vms/{id}", this::update)
                .named("updateVm", "Changes the fields that are given.")
                .heeding(IfMatch.NAME, IfMatch.MEANING)
                .taking(VmChange.class)
                .answering(200, VmDocument.class, "the VM with the change"),
            Route.user("DELETE", "/api/vms/{id}", this::destroy)
                .named("destroyVm", "Destroys a VM with its disk and its snapshots.")
                .asking(VmWaiting.until("destroyed"), VmWaiting.TIMEOUT)
                .heeding(IfMatch.NAME, IfMatch.MEANING)
                .answering(200, VmDocument.class, "it is destroyed")
                .answering(202, VmDocument.class, "it is being destroyed"),
            new WaitRoute(vms).route(),
            Route.user("GET", "/api/vms/{id}/report", this::report)
                .named("getReport", "Shows the criteria of the last boot with their evidence.")
                .answering(200, BootReport.class, "the report")));
    return routes;
  }

  private Route creating(String path) {
    return Route.user("POST", path, this::create)
        .asking(VmWaiting.until("ready"), VmWaiting.TIMEOUT)
        .heeding(
            "Idempotency-Key",
            "for 24 hours the same key and body of the same user give the same VM; another body is"
                + " refused with 422")
        .taking(CreateRequest.class)
        .answering(200, VmDocument.class, "with wait=ready: it is ready, or has failed")
        .answering(202, VmDocument.class, "it is being created");
  }

  private void create(Exchange exchange) throws IOException {
    CreateRequest request = own(exchange, exchange.body(CreateRequest.class));
    boolean waits = VmWaiting.isAsked(exchange);
    Duration max = exchange.duration("timeout", VmWaiting.MAX, VmWaiting.MAX);
    String key = exchange.header("Idempotency-Key").orElse(null);
    prepareEgress(exchange, request);
    Vm vm;
    if (waits) {
      try (Streams.Stream stream = exchange.waiting("wait")) {
        Vm created = vms.create(request, key);
        vm =
            created.state().isSettled() // As one that waited in a pool.
                ? created
                : VmWaiting.await(vms, stream, created.id(), now -> now.state().isSettled(), max);
      }
    } else {
      vm = vms.create(request, key);
    }
    exchange.about(vm);
    exchange.located("/api/vms/" + vm.id());
    exchange.json(waits && vm.state().isSettled() ? 200 : 202, VmDocument.of(vm));
  }

  /** Users do not change how their own traffic leaves: a policy may have been given to them. */
  private void prepareEgress(Exchange exchange, CreateRequest request) {
    if (request.egress() == null) {
      return;
    }
    if (exchange.user().isPresent()) {
      throw new Refused(
          new Refusal.Forbidden(
              "An egress policy is given by operators.",
              "Leave egress out, or ask an operator for a policy."));
    }
    egress.prepare(request.owner(), request.egress());
  }

  /** With a user's token a VM is that user's, named or not. */
  private static CreateRequest own(Exchange exchange, CreateRequest request) {
    exchange.owner("userId", request.userId());
    return exchange.user().map(request::ownedBy).orElse(request);
  }

  private void list(Exchange exchange) {
    if (exchange.answersAgain(lists, vms.version())) {
      return;
    }
    boolean all = exchange.isTrue("all");
    String asked = text(exchange, "user");
    String own = exchange.user().map(UserId::value).orElse(null);
    if (own != null && asked != null && !asked.equals(own)) {
      exchange.items(List.of()); // Just as for a user that nobody has.
      return;
    }
    String user = own == null ? asked : own;
    var filter =
        new VmFilter(
            all,
            user,
            text(exchange, "type"),
            states(text(exchange, "state")),
            exchange.query("label").map(LabelSelector::of).orElse(LabelSelector.ALL),
            text(exchange, "name"));
    VmId before = exchange.query("before").map(exchange::vm).orElse(null);
    new Page<Vm>("before", Vm::id)
        .answer(exchange, Page.MAX, limit -> vms.page(filter, limit, before), VmDocument::of);
  }

  private static @Nullable String text(Exchange exchange, String parameter) {
    return exchange.query(parameter).filter(text -> !text.isEmpty()).orElse(null);
  }

  /** Several are separated by commas. */
  private static Set<VmState> states(@Nullable String text) {
    return text == null
        ? Set.of()
        : Arrays.stream(text.split(",", -1)).map(VmState::of).collect(Collectors.toSet());
  }

  private void get(Exchange exchange) {
    VmId id = exchange.vm();
    String after = exchange.query("after").orElse("");
    if (after.isEmpty()) {
      exchange.json(200, VmDocument.of(vms.vm(id)));
    } else {
      Duration max = exchange.duration("timeout", Duration.ofSeconds(30), VmWaiting.MAX);
      long revision = Long.parseLong(after);
      Vm vm = vms.vm(id);
      if (vm.revision() <= revision) {
        try (Streams.Stream stream = exchange.waiting("poll")) {
          vm = VmWaiting.await(vms, stream, id, now -> now.revision() > revision, max);
        }
      }
      exchange.json(200, VmDocument.of(vm));
    }
  }

  private void update(Exchange exchange) throws IOException {
    VmChange change = exchange.body(VmChange.class);
    exchange.json(200, VmDocument.of(vms.update(exchange.vm(), change)));
  }

  private void destroy(Exchange exchange) {
    boolean waits = VmWaiting.isAsked(exchange);
    Duration max = exchange.duration("timeout", VmWaiting.MAX, VmWaiting.MAX);
    VmId id = exchange.vm();
    Vm vm;
    if (waits) {
      try (Streams.Stream stream = exchange.waiting("wait")) {
        vm =
            VmWaiting.await(
                vms, stream, vms.destroy(id).id(), now -> now.state() == VmState.DESTROYED, max);
      }
    } else {
      vm = vms.destroy(id);
    }
    exchange.json(vm.state() == VmState.DESTROYED ? 200 : 202, VmDocument.of(vm));
  }

  private void report(Exchange exchange) {
    VmId id = exchange.vm();
    exchange.json(
        200,
        vms.report(id)
            .orElseThrow(() ->
                new Refused(
                    new Refusal.NotFound(
                        "report of VM", id.value(), "It is written once the VM is verified."))));
  }
}
