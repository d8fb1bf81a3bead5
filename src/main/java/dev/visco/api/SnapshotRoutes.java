package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.UserId;
import dev.visco.snapshot.SnapshotService;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import dev.visco.wire.SnapshotDocument;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/snapshots}; pause and resume of VMs. A name is its owner's, whom {@code user} names;
 * it may be left out where one user alone has a snapshot of that name.
 */
public final class SnapshotRoutes {
  static final QueryParameter USER =
      QueryParameter.text("user", "whose it is, where several users have one of the name");

  private final SnapshotService snapshots;

  public SnapshotRoutes(SnapshotService snapshots) {
    this.snapshots = snapshots;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/pause", this::pause)
            .named("pauseVm", "Stops a VM's processors; its memory stays.")
            .answering(200, VmDocument.class, "it is paused"),
        Route.user("POST", "/api/vms/{id}/resume", this::resume)
            .named("resumeVm", "Has a paused or suspended VM go on.")
            .answering(200, VmDocument.class, "it goes on; a suspended one is starting"),
        Route.user("POST", "/api/vms/{id}/snapshots", this::create)
            .named(
                "createSnapshot",
                "Takes a snapshot of a VM's memory and disk, or of its disk alone.")
            .taking(SnapshotRequest.class)
            .answering(201, SnapshotDocument.class, "the snapshot"),
        Route.user("GET", "/api/snapshots", this::list)
            .named("listSnapshots", "Lists snapshots.")
            .asking(
                QueryParameter.text("vm", "only this VM's"),
                QueryParameter.text("user", "only this user's"))
            .inPages(SnapshotDocument.class, "before", "snapshots"),
        Route.user("PATCH", "/api/snapshots/{name}", this::change)
            .named("updateSnapshot", "Sets until when a snapshot stays.")
            .asking(USER)
            .taking(SnapshotChange.class)
            .answering(200, SnapshotDocument.class, "the snapshot as it is then"),
        Route.user("DELETE", "/api/snapshots/{name}", this::remove)
            .named("removeSnapshot", "Removes a snapshot that nothing uses.")
            .asking(USER)
            .answering(200, RemovedDocument.class, "it is removed"),
        Route.user("POST", "/api/snapshots/{name}/restore", this::restore)
            .named("restoreSnapshot", "Brings a VM back to a snapshot of it.")
            .asking(USER)
            .answering(202, VmDocument.class, "the VM is being restored"));
  }

  private void pause(Exchange exchange) {
    exchange.json(200, VmDocument.of(snapshots.pause(exchange.vm())));
  }

  private void resume(Exchange exchange) {
    exchange.json(200, VmDocument.of(snapshots.resume(exchange.vm())));
  }

  /**
   * The body of {@code POST …/snapshots}.
   *
   * @param name null for a random one
   * @param keep whether it outlives its VM; not without this
   * @param diskOnly whether it is of the disk alone; with memory without this
   */
  record SnapshotRequest(
      @Nullable String name, @Nullable Boolean keep, @Nullable Boolean diskOnly) {}

  private void create(Exchange exchange) throws IOException {
    SnapshotRequest asked = exchange.body(SnapshotRequest.class);
    boolean isKept = Boolean.TRUE.equals(asked.keep());
    exchange.json(
        201,
        SnapshotDocument.of(
            snapshots.create(
                exchange.vm(), asked.name(), isKept, Boolean.TRUE.equals(asked.diskOnly()))));
  }

  private void list(Exchange exchange) {
    String vm =
        exchange
            .query("vm")
            .filter(text -> !text.isEmpty())
            .map(text -> exchange.vm(text).value())
            .orElse("");
    String asked = exchange.query("user").filter(name -> !name.isEmpty()).orElse("");
    String before = exchange.query("before").orElse("");
    List<Snapshot> all =
        snapshots.list().stream()
            .filter(one -> exchange.user().map(one.user()::equals).orElse(true))
            .filter(one -> asked.isEmpty() || one.user().value().equals(asked))
            .filter(one -> vm.isEmpty() || one.vm().value().equals(vm))
            .toList();
    List<String> keys = all.stream().map(SnapshotRoutes::key).toList();
    if (!before.isEmpty() && !keys.contains(before)) {
      throw new Refused(new Refusal.NotFound("snapshot", before, "Ask for the first page again."));
    }
    List<Snapshot> rest = all.subList(keys.indexOf(before) + 1, all.size());
    new Page<Snapshot>("before", SnapshotRoutes::key)
        .answer(
            exchange,
            Page.MAX,
            limit -> rest.subList(0, Math.min(limit, rest.size())),
            SnapshotDocument::of);
  }

  /** Names one of all users' snapshots, in links to the next page. */
  private static String key(Snapshot snapshot) {
    return snapshot.user() + "/" + snapshot.name();
  }

  /**
   * The body of {@code PATCH /api/snapshots/NAME}.
   *
   * @param retention {@code vm}, {@code kept} or {@code used}
   */
  record SnapshotChange(@Nullable String retention) {}

  private void change(Exchange exchange) throws IOException {
    String name = exchange.path("name");
    String asked = Required.text("retention", exchange.body(SnapshotChange.class).retention());
    SnapshotRetention retention =
        SnapshotRetention.of(asked)
            .orElseThrow(() ->
                Refused.invalid(
                    "retention",
                    asked,
                    "is not known",
                    "Give vm (as long as its VM), kept (until it is removed) or used (as long as"
                        + " something uses it)."));
    UserId owner = owner(snapshots, exchange, name);
    exchange.json(200, SnapshotDocument.of(snapshots.retain(owner, name, retention)));
  }

  private void restore(Exchange exchange) {
    String name = exchange.path("name");
    exchange.json(202, VmDocument.of(snapshots.restore(owner(snapshots, exchange, name), name)));
  }

  private void remove(Exchange exchange) {
    String name = exchange.path("name");
    snapshots.remove(owner(snapshots, exchange, name), name);
    exchange.json(200, new RemovedDocument(name));
  }

  /** Whose it is. With an operator's token that names nobody, whoever has one of that name. */
  static UserId owner(SnapshotService snapshots, Exchange exchange, String name) {
    String named = exchange.owner("user", exchange.query("user").orElse(null));
    if (named != null) {
      return new UserId(named);
    }
    List<UserId> owners =
        snapshots.list().stream()
            .filter(one -> one.name().equals(name))
            .map(Snapshot::user)
            .toList();
    return switch (owners.size()) {
      case 0 ->
          throw new Refused(
              new Refusal.NotFound(
                  "snapshot", name, Advice.of("{} lists them.", new Remedy.ListSnapshots())));
      case 1 -> owners.getFirst();
      default ->
          throw Refused.invalid(
              "user",
              "",
              "is missing: several users have a snapshot \"" + name + "\"",
              "Name one of them: "
                  + owners.stream().map(UserId::value).sorted().collect(Collectors.joining(", "))
                  + ".");
    };
  }
}
