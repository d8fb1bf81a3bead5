package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Page;
import dev.visco.api.http.Route;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Sizes;
import dev.visco.model.UserId;
import dev.visco.model.Volume;
import dev.visco.model.VolumeName;
import dev.visco.volume.VolumeService;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import dev.visco.wire.VolumeDocument;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/volumes}. A name is its owner's, whom {@code user} names. */
public final class VolumeRoutes {
  private static final QueryParameter USER =
      QueryParameter.text("user", "whose it is; may be left out with a user's token");

  private final VolumeService volumes;

  VolumeRoutes(VolumeService volumes) {
    this.volumes = volumes;
  }

  List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/volumes", this::list)
            .named("listVolumes", "Lists volumes by their owners and names.")
            .asking(QueryParameter.text("user", "only this user's"))
            .inPages(VolumeDocument.class, "before", "volumes"),
        Route.user("POST", "/api/volumes", this::create)
            .named("createVolume", "Creates an empty volume.")
            .taking(VolumeCreateRequest.class)
            .answering(201, VolumeDocument.class, "the volume"),
        Route.user("GET", "/api/volumes/{name}", this::get)
            .named("getVolume", "Shows a volume.")
            .asking(USER)
            .answering(200, VolumeDocument.class, "the volume"),
        Route.user("PATCH", "/api/volumes/{name}", this::resize)
            .named("resizeVolume", "Makes a volume larger.")
            .asking(USER)
            .taking(VolumeChange.class)
            .answering(200, VolumeDocument.class, "the volume with its new size"),
        Route.user("DELETE", "/api/volumes/{name}", this::remove)
            .named("removeVolume", "Removes a volume with all that is on it.")
            .asking(USER)
            .answering(200, RemovedDocument.class, "it is removed"),
        Route.user("GET", "/api/volumes/{name}/export", this::export)
            .named("exportVolume", "Gives the volume's disk as one file.")
            .asking(USER)
            .answeringBytes("application/gzip", "the disk, compressed")
            .audited(),
        Route.user("POST", "/api/volumes/{name}/import", this::importFrom)
            .named("importVolume", "Creates a volume of a file that an export gave.")
            .asking(USER)
            .takingBytes("application/gzip")
            .answering(201, VolumeDocument.class, "the volume"));
  }

  /** The body of {@code POST /api/volumes}; the size is like {@code 2g}. */
  record VolumeCreateRequest(
      @Nullable String userId, @Nullable String name, @Nullable String size) {}

  private void create(Exchange exchange) throws IOException {
    VolumeCreateRequest asked = exchange.body(VolumeCreateRequest.class);
    Volume made =
        volumes.create(
            new UserId(Required.text("userId", exchange.owner("userId", asked.userId()))),
            new VolumeName(Required.text("name", asked.name())),
            Sizes.bytes("size", Required.text("size", asked.size())));
    exchange.located("/api/volumes/" + made.name() + "?user=" + made.owner());
    exchange.json(201, VolumeDocument.of(made));
  }

  private void list(Exchange exchange) {
    String asked = exchange.query("user").filter(name -> !name.isEmpty()).orElse(null);
    UserId own = exchange.user().orElse(null);
    if (own != null && asked != null && !asked.equals(own.value())) {
      exchange.items(List.of()); // Just as for a user that has none.
      return;
    }
    List<Volume> all = volumes.list(own == null && asked != null ? new UserId(asked) : own);
    String before = exchange.query("before").orElse("");
    List<String> ids = all.stream().map(one -> one.id().value()).toList();
    if (!before.isEmpty() && !ids.contains(before)) {
      throw new Refused(new Refusal.NotFound("volume", before, "Ask for the first page again."));
    }
    List<Volume> rest = all.subList(ids.indexOf(before) + 1, all.size());
    new Page<Volume>("before", Volume::id)
        .answer(
            exchange,
            Page.MAX,
            limit -> rest.subList(0, Math.min(limit, rest.size())),
            VolumeDocument::of);
  }

  private void get(Exchange exchange) {
    exchange.json(200, VolumeDocument.of(volumes.find(owner(exchange), name(exchange))));
  }

  /** The body of {@code PATCH /api/volumes/NAME}. */
  record VolumeChange(@Nullable String size) {}

  private void resize(Exchange exchange) throws IOException {
    long bytes =
        Sizes.bytes("size", Required.text("size", exchange.body(VolumeChange.class).size()));
    VolumeService.Resized done = volumes.resize(owner(exchange), name(exchange), bytes);
    exchange.json(200, VolumeDocument.of(done.volume()).withPending(done.pending()));
  }

  /** A client that has only part of it sees that the answer has no end. */
  private void export(Exchange exchange) throws IOException {
    VolumeName name = name(exchange);
    try (VolumeService.Export export = volumes.export(owner(exchange), name)) {
      exchange.withHeader("Content-Disposition", "attachment; filename=\"" + name + ".img.gz\"");
      exchange.stream("application/gzip", export::to);
    }
  }

  /** The body is the file; nothing is made of one that breaks off. */
  private void importFrom(Exchange exchange) throws IOException {
    UserId owner = owner(exchange);
    VolumeName name = name(exchange);
    volumes.checkImport(owner, name);
    Volume made;
    try (InputStream in = exchange.content()) {
      made = volumes.importFrom(owner, name, in);
    }
    exchange.json(201, VolumeDocument.of(made));
  }

  private void remove(Exchange exchange) {
    VolumeName name = name(exchange);
    volumes.remove(owner(exchange), name);
    exchange.json(200, new RemovedDocument(name.value()));
  }

  private static VolumeName name(Exchange exchange) {
    return new VolumeName(exchange.path("name"));
  }

  private static UserId owner(Exchange exchange) {
    return new UserId(
        Required.text("user", exchange.owner("user", exchange.query("user").orElse(null))));
  }
}
