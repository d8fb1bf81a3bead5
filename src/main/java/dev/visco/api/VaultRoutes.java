package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.model.Refused;
import dev.visco.vault.VaultService;
import dev.visco.vault.VaultService.VaultReport;
import dev.visco.vault.VaultState;
import dev.visco.wire.VaultDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/vault}: how the vault is, and its master key. Keys themselves are in no request. */
public final class VaultRoutes {
  private final VaultService vault;

  public VaultRoutes(VaultService vault) {
    this.vault = vault;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator("GET", "/api/vault", exchange -> exchange.json(200, document()))
            .named("getVault", "Tells how the vault is.")
            .answering(200, VaultDocument.class, "the vault"),
        Route.admin("POST", "/api/vault/init", this::initialize)
            .named("initVault", "Makes the vault, with the master key that the settings name.")
            .answering(201, VaultDocument.class, "the vault"),
        Route.admin("POST", "/api/vault/rotate", this::rotate)
            .named("rotateVault", "Changes the vault's master key.")
            .taking(RotateRequest.class)
            .answering(200, VaultDocument.class, "the vault"));
  }

  /**
   * {@code POST /api/vault/rotate}.
   *
   * @param keyFile a file of the daemon's host with the next key; null to make one
   * @param earlierKeyFiles files with earlier keys, for secrets that need one
   */
  record RotateRequest(@Nullable String keyFile, @Nullable List<String> earlierKeyFiles) {}

  private VaultDocument document() {
    VaultReport report = vault.report();
    VaultState state = report.state();
    return new VaultDocument(
        state.word(),
        state instanceof VaultState.Closed(String reason) ? reason : null,
        switch (state) {
          case VaultState.Open(String source, String _) -> source;
          case VaultState.Uninitialized(String source) -> source;
          case VaultState.Off _, VaultState.Closed _ -> null;
        },
        state instanceof VaultState.Open(String _, String master) ? master : null,
        report.since(),
        report.secrets(),
        report.ofEarlierKeys());
  }

  private void initialize(Exchange exchange) {
    vault.initialize();
    exchange.json(201, document());
  }

  private void rotate(Exchange exchange) throws IOException {
    RotateRequest asked = exchange.body(RotateRequest.class);
    String next = asked.keyFile();
    List<String> earlier = asked.earlierKeyFiles();
    vault.rotate(
        next == null ? null : file("keyFile", next),
        earlier == null
            ? List.of()
            : earlier.stream().map(text -> file("earlierKeyFiles", text)).toList());
    exchange.json(200, document());
  }

  private static Path file(String field, String text) {
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      throw Refused.invalid(
          field, text, "is not an absolute path", "Give a path that starts with /.");
    }
    return Path.of(text).normalize();
  }
}
