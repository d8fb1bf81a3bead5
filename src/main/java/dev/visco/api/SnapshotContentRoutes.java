package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.UserId;
import dev.visco.snapshot.SnapshotContentService;
import dev.visco.snapshot.SnapshotService;
import dev.visco.wire.Required;
import dev.visco.wire.SnapshotCheckDocument;
import dev.visco.wire.SnapshotDetailsDocument;
import dev.visco.wire.SnapshotDocument;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * What is in snapshots. An import is the operator's alone: what a VMM loads from a snapshot cannot
 * be judged beforehand.
 */
final class SnapshotContentRoutes {
  static final String MEDIA_TYPE = "application/zstd";

  private final SnapshotService snapshots;
  private final SnapshotContentService contents;

  SnapshotContentRoutes(SnapshotService snapshots, SnapshotContentService contents) {
    this.snapshots = snapshots;
    this.contents = contents;
  }

  List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/snapshots/{name}", this::inspect)
            .named("getSnapshot", "Tells all that is known of a snapshot.")
            .asking(SnapshotRoutes.USER)
            .answering(200, SnapshotDetailsDocument.class, "the snapshot"),
        Route.user("POST", "/api/snapshots/{name}/verify", this::verify)
            .named("verifySnapshot", "Reads all of a snapshot, and tells what is damaged.")
            .asking(SnapshotRoutes.USER)
            .answering(200, SnapshotCheckDocument.class, "what was found"),
        Route.user("GET", "/api/snapshots/{name}/export", this::export)
            .named("exportSnapshot", "Gives a snapshot as one file, with its keys.")
            .asking(SnapshotRoutes.USER)
            .answeringBytes(MEDIA_TYPE, "the snapshot, compressed")
            .audited(),
        Route.operator("POST", "/api/snapshots/{name}/import", this::importFrom)
            .named("importSnapshot", "Creates a snapshot of a file that an export gave.")
            .asking(SnapshotRoutes.USER)
            .takingBytes(MEDIA_TYPE)
            .answering(201, SnapshotDocument.class, "the snapshot"));
  }

  private void inspect(Exchange exchange) {
    String name = exchange.path("name");
    exchange.json(200, SnapshotDetailsDocument.of(contents.inspect(owner(exchange, name), name)));
  }

  private UserId owner(Exchange exchange, String name) {
    return SnapshotRoutes.owner(snapshots, exchange, name);
  }

  private void verify(Exchange exchange) {
    String name = exchange.path("name");
    SnapshotContentService.SnapshotCheck check = contents.verify(owner(exchange, name), name);
    exchange.json(
        200,
        new SnapshotCheckDocument(
            name, check.isWhole(), check.files(), check.bytes(), check.damage()));
  }

  /** A client that has only part of it sees that the answer has no end. */
  private void export(Exchange exchange) throws IOException {
    String name = exchange.path("name");
    try (SnapshotContentService.Export export = contents.export(owner(exchange, name), name)) {
      exchange.withHeader(
          "Content-Disposition", "attachment; filename=\"" + name + ".snapshot.tar.zst\"");
      exchange.stream(MEDIA_TYPE, export::to);
    }
  }

  /** The body is the file; nothing is made of one that breaks off. */
  private void importFrom(Exchange exchange) throws IOException {
    UserId owner =
        new UserId(
            Required.text("user", exchange.owner("user", exchange.query("user").orElse(null))));
    String name = exchange.path("name");
    contents.checkImport(owner, name);
    try (InputStream in = exchange.content()) {
      exchange.json(201, SnapshotDocument.of(contents.importFrom(owner, name, in)));
    }
  }
}
