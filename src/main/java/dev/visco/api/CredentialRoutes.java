package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.delivery.CredentialDelivery;
import dev.visco.delivery.CredentialDelivery.VmDelivery;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Durations;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.vault.CredentialService;
import dev.visco.vault.CredentialService.CredentialValidation;
import dev.visco.vault.Vault;
import dev.visco.wire.CredentialDocument;
import dev.visco.wire.DeliverRequest;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.VmDeliveryDocument;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/credentials}: what the vault has of users. No answer has a value. */
public final class CredentialRoutes {
  private final CredentialService credentials;
  private final CredentialDelivery delivery;
  private final VmService vms;
  private final InstantSource clock;

  public CredentialRoutes(
      CredentialService credentials,
      CredentialDelivery delivery,
      VmService vms,
      InstantSource clock) {
    this.credentials = credentials;
    this.delivery = delivery;
    this.vms = vms;
    this.clock = clock;
  }

  public List<Route> routes() {
    return List.of(
        Route.user("GET", "/api/credentials", this::list)
            .named("listCredentials", "Lists credentials by their users and providers.")
            .asking(QueryParameter.text("user", "only this user's"))
            .listing(CredentialDocument.class, "credentials, without their values"),
        Route.user("POST", "/api/credentials", this::put)
            .named("putCredential", "Puts a credential into the vault, or gives it a new value.")
            .asking(
                QueryParameter.text("user", "whose it is; may be left out with a user's token"),
                QueryParameter.text("provider", "whose service it is for, or a proxy's address"),
                QueryParameter.text("name", "which of several for the provider; usually default"),
                QueryParameter.word(
                    "kind",
                    "what it is, usually credential",
                    SecretKind.CREDENTIAL.word(),
                    SecretKind.PROXY.word()),
                QueryParameter.text("expires", "how long it holds, like 30d"))
            .takingBytes("application/octet-stream")
            .answering(201, CredentialDocument.class, "the credential, without its value"),
        Route.user("GET", "/api/credentials/{credential}", this::get)
            .named("getCredential", "Shows what is known of a credential, and which VMs have it.")
            .answering(200, CredentialDocument.class, "the credential, without its value"),
        Route.user("POST", "/api/credentials/{credential}/validate", this::validate)
            .named(
                "validateCredential",
                "Decrypts a credential, and asks its provider where that is known how.")
            .answering(200, CredentialDocument.class, "what was found"),
        Route.user("POST", "/api/credentials/{credential}/deliver", this::deliver)
            .named(
                "deliverCredential",
                "Puts a credential into its user's VMs once more, or into one that is named from now on.")
            .taking(DeliverRequest.class)
            .listing(VmDeliveryDocument.class, "where it stands, by VM"),
        Route.user("DELETE", "/api/credentials/{credential}", this::remove)
            .named("removeCredential", "Removes a credential from the vault and from its VMs.")
            .answering(200, RemovedDocument.class, "it is removed"));
  }

  private CredentialDocument document(SecretRow row, @Nullable Boolean asked) {
    return document(row, asked, null);
  }

  private CredentialDocument document(
      SecretRow row, @Nullable Boolean asked, @Nullable List<VmDeliveryDocument> where) {
    Long expires = row.expires();
    boolean isOver =
        expires != null
            && expires <= clock.millis()
            && (row.state() == SecretState.VALID || row.state() == SecretState.UNCHECKED);
    return new CredentialDocument(
        row.id(),
        row.name().kind().word(),
        row.name().owner(),
        row.name().provider(),
        row.name().name(),
        row.version(),
        isOver ? "expired" : row.state().word(),
        row.problem(),
        instant(expires),
        instant(row.validated()),
        Instant.ofEpochMilli(row.created()),
        Instant.ofEpochMilli(row.changed()),
        asked,
        where);
  }

  private static @Nullable Instant instant(@Nullable Long millis) {
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  private void list(Exchange exchange) {
    UserId own = exchange.user().orElse(null);
    UserId named = exchange.query("user").map(UserId::new).orElse(null);
    boolean isOthers = own != null && named != null && !named.equals(own);
    UserId wanted = own == null ? named : own;
    List<SecretRow> rows =
        isOthers ? List.of() : credentials.list(wanted == null ? null : wanted.value());
    exchange.items(rows.stream().map(row -> document(row, null)).toList());
  }

  /** The body is the value; it is in no text, and zeroed here. */
  private void put(Exchange exchange) throws IOException {
    SecretName name =
        new SecretName(
            exchange
                .query("kind")
                .flatMap(SecretKind::of)
                .filter(kind -> kind == SecretKind.CREDENTIAL || kind == SecretKind.PROXY)
                .orElse(SecretKind.CREDENTIAL),
            owner(exchange).value(),
            exchange.query("provider").orElse(""),
            exchange.query("name").orElse(SecretName.DEFAULT));
    Long expires =
        exchange
            .query("expires")
            .map(text -> clock.millis() + Durations.of("expires", text).toMillis())
            .orElse(null);
    byte[] value;
    try (InputStream in = exchange.content()) {
      value = in.readNBytes(Vault.MAX_BYTES + 1);
    }
    try {
      exchange.json(201, document(credentials.put(name, value, expires), null));
    } finally {
      Arrays.fill(value, (byte) 0);
    }
  }

  private static UserId owner(Exchange exchange) {
    UserId own = exchange.user().orElse(null);
    UserId named = exchange.query("user").map(UserId::new).orElse(null);
    if (own == null) {
      if (named == null) {
        throw Refused.invalid(
            "user", "", "is needed with an operator's token", "Say whose it is to be.");
      }
      return named;
    }
    if (named != null && !own.equals(named)) {
      throw Refused.invalid(
          "user", named.value(), "is not your token's user", "Leave it out, or give your own.");
    }
    return own;
  }

  private void get(Exchange exchange) {
    SecretRow row = row(exchange);
    exchange.json(200, document(row, null, documents(delivery.deliveries(row))));
  }

  private SecretRow row(Exchange exchange) {
    String id = exchange.path("credential");
    return credentials
        .find(id)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound("credential", id, "GET /api/credentials lists them.")));
  }

  private void validate(Exchange exchange) {
    CredentialValidation found = credentials.validate(exchange.path("credential"));
    exchange.json(200, document(found.row(), found.isAsked()));
  }

  private static List<VmDeliveryDocument> documents(List<VmDelivery> deliveries) {
    return deliveries.stream()
        .map(one ->
            new VmDeliveryDocument(
                one.vm().value(),
                one.state().word(),
                one.isChosen() ? Boolean.TRUE : null,
                one.reason()))
        .toList();
  }

  private void deliver(Exchange exchange) throws IOException {
    SecretRow row = row(exchange);
    DeliverRequest asked = exchange.body(DeliverRequest.class);
    exchange.items(documents(delivered(row, asked)));
  }

  private List<VmDelivery> delivered(SecretRow row, DeliverRequest asked) {
    String name = asked.vm();
    VmId vm = name == null ? null : vms.named(name, new UserId(row.name().owner()));
    if (Boolean.TRUE.equals(asked.unchoose())) {
      return delivery.unchoose(row, vm);
    }
    return vm == null ? delivery.deliver(row.name()) : delivery.deliverTo(row, vm);
  }

  /** Its files are gone from the VMs that run once this has answered. */
  private void remove(Exchange exchange) {
    String id = exchange.path("credential");
    String owner = row(exchange).name().owner();
    credentials.remove(id);
    delivery.settle(owner);
    exchange.json(200, new RemovedDocument(id));
  }
}
