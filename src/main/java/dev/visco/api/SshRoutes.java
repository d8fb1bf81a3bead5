package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.session.AuthorizedKeys;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.SshPublicKey;
import dev.visco.wire.SshKeyDocument;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/vms/{id}/ssh-keys}: somebody's own key in a guest, for some time. */
final class SshRoutes {
  private static final Duration STANDARD = Duration.ofHours(1);
  private static final Duration MAX = Duration.ofDays(1);

  private final VmService vms;
  private final AuthorizedKeys keys;

  SshRoutes(VmService vms, AuthorizedKeys keys) {
    this.vms = vms;
    this.keys = keys;
  }

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/vms/{id}/ssh-keys", this::add)
            .named("addSshKey", "Has the guest's sshd take a public key for some time.")
            .taking(SshKeyRequest.class)
            .answering(201, SshKeyDocument.class, "the guest takes it"));
  }

  /** {@code POST …/ssh-keys}. */
  record SshKeyRequest(@Nullable String publicKey, @Nullable String ttl) {}

  private void add(Exchange exchange) throws IOException, GuestUnreachable {
    SshKeyRequest asked = exchange.body(SshKeyRequest.class);
    SshPublicKey key = SshPublicKey.of(asked.publicKey() == null ? "" : asked.publicKey());
    Duration time = time(asked.ttl());
    try (GuestSession session = vms.session(exchange.vm(), ExecRoutes.CONNECT)) {
      Instant expires = keys.add(session, key, time);
      exchange.json(
          201,
          new SshKeyDocument(
              exchange.vm().value(), AuthorizedKeys.USER, session.hostKey(), expires));
    } catch (IOException e) {
      throw new GuestUnreachable(GuestUnreachable.GuestStage.BROKEN, e.getMessage() + "", e);
    }
  }

  private static Duration time(@Nullable String ttl) {
    Duration time = ttl == null ? STANDARD : Durations.of("ttl", ttl);
    if (time.toSeconds() < 1 || time.compareTo(MAX) > 0) {
      throw Refused.invalid(
          "ttl", ttl + "", "is not from 1s to 1d", "Ask again when it has expired.");
    }
    return time;
  }
}
