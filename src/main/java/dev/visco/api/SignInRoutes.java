package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.desktop.VncViewers;
import dev.visco.api.http.EventFormat;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.desktop.DesktopService;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.settings.PublicUrl;
import dev.visco.signin.session.SignInService;
import dev.visco.store.SecretRow;
import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.vault.CredentialService;
import dev.visco.wire.Required;
import dev.visco.wire.SignInDocument;
import dev.visco.wire.SignInEvent;
import dev.visco.wire.SignInRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** {@code /api/auth}: users sign tools in. */
final class SignInRoutes {
  private static final String ONE = "/api/auth/session/{session}";
  private static final String LAST = "Last-Event-ID";

  /** How long the link to the desktop holds: whoever is to sign in may have to be told first. */
  private static final Duration LINK = Duration.ofMinutes(10);

  /** Proxies end connections on which nothing comes for a minute. */
  private static final Duration HEART_BEAT = Duration.ofSeconds(15);

  private final SignInService signIns;
  private final CredentialService credentials;
  private final DesktopService desktops;
  private final VncViewers viewers;
  private final @Nullable PublicUrl publicUrl;

  /**
   * @param publicUrl what links begin with; null for the address that was called
   */
  SignInRoutes(
      SignInService signIns,
      CredentialService credentials,
      DesktopService desktops,
      VncViewers viewers,
      @Nullable PublicUrl publicUrl) {
    this.signIns = signIns;
    this.credentials = credentials;
    this.desktops = desktops;
    this.viewers = viewers;
    this.publicUrl = publicUrl;
  }

  /**
   * {@code POST …/code}.
   *
   * @param code as the provider's page shows it, whole
   */
  record SignInCode(@Nullable String code) {
    @Override
    public String toString() {
      return "a code";
    }
  }

  /**
   * {@code POST …/hand-over}.
   *
   * @param holder whose the desktop is to be, {@code user} or {@code operator}
   */
  record HandOverRequest(@Nullable String holder) {}

  /** {@code POST /api/auth/validate}. */
  record ValidationRequest(
      @Nullable String userId, @Nullable String provider, @Nullable String name) {}

  /**
   * What a validation has found.
   *
   * @param state {@code unchecked}, {@code valid}, {@code expired}, {@code needs-sign-in} or {@code
   *     revoked}
   * @param asked whether the provider was asked
   */
  record ValidationDocument(
      String credentialId, String state, @Nullable String problem, boolean asked) {}

  List<Route> routes() {
    return List.of(
        Route.user("POST", "/api/auth/start", exchange -> start(exchange, false))
            .named("startSignIn", "Begins to sign a user's tool in, in a VM that exists for it.")
            .taking(SignInRequest.class)
            .answering(201, SignInDocument.class, "the sign-in, with a link to its desktop"),
        Route.user("POST", "/api/auth/rotate", exchange -> start(exchange, true))
            .named("rotateSignIn", "The same for a credential that there is, which it replaces.")
            .taking(SignInRequest.class)
            .answering(201, SignInDocument.class, "the sign-in, with a link to its desktop"),
        Route.user("POST", "/api/auth/validate", this::validate)
            .named("validateSignIn", "Has a user's credential checked.")
            .taking(ValidationRequest.class)
            .answering(200, ValidationDocument.class, "what was found"),
        Route.user("GET", "/api/auth/sessions", this::list)
            .named("listSignIns", "Lists sign-ins, the newest first, at most 200.")
            .asking(QueryParameter.text("user", "only this user's"))
            .listing(SignInDocument.class, "sign-ins"),
        Route.user("GET", ONE, this::get)
            .named("getSignIn", "Tells where a sign-in stands.")
            .answering(200, SignInDocument.class, "the sign-in"),
        Route.user("GET", ONE + "/events", this::events)
            .named("followSignIn", "Tells what happened in a sign-in, until it is over.")
            .heeding("Accept", "application/x-ndjson: lines instead of server-sent events")
            .heeding(LAST, "after which event it begins")
            .asking(
                QueryParameter.number("after", "only events with a higher id"),
                QueryParameter.flag("follow", "false: only what has happened so far"))
            .answering(200, EventFormat.SSE.of(SignInEvent.class), "events as they come")
            .answering(200, EventFormat.NDJSON.of(SignInEvent.class), "events as they come"),
        Route.user("POST", ONE + "/cancel", this::cancel)
            .named("cancelSignIn", "Ends a sign-in, and destroys its VM.")
            .answering(200, SignInDocument.class, "the sign-in as it is now"),
        Route.user("POST", ONE + "/heartbeat", this::heartbeat)
            .named("heartbeatSignIn", "Tells that the user is still there.")
            .answering(200, SignInDocument.class, "the sign-in as it is now")
            .unaudited(),
        Route.user("POST", ONE + "/code", this::code)
            .named("pasteSignInCode", "Gives the tool the code that the provider's page shows.")
            .taking(SignInCode.class)
            .answering(200, SignInDocument.class, "the sign-in as it is now"),
        Route.user("POST", ONE + "/link", this::link)
            .named("linkSignIn", "Gives another link to the desktop, for whose it is.")
            .answering(201, SignInDocument.class, "the sign-in, with a link to its desktop"),
        Route.user("POST", ONE + "/hand-over", this::handOver)
            .named("handOverSignIn", "Hands the desktop over to an operator, or back to the user.")
            .taking(HandOverRequest.class)
            .answering(200, SignInDocument.class, "the sign-in, with a link to its desktop"));
  }

  private void start(Exchange exchange, boolean replaces) throws IOException {
    SignInRequest asked = exchange.body(SignInRequest.class);
    SignInRow row = signIns.start(asked.of(exchange.owner("userId", asked.userId())), replaces);
    exchange.located("/api/auth/session/" + row.id());
    exchange.json(201, withDesktop(exchange, row));
  }

  /** With a link for the one whose desktop it is; without one where there is no desktop. */
  private SignInDocument withDesktop(Exchange exchange, SignInRow row) {
    VmId vm = row.vm();
    if (!row.isActive() || vm == null || !desktops.isOffered(vm)) {
      return document(row);
    }
    String viewer =
        row.holder() == SignInHolder.USER ? row.owner().value() : exchange.principal().name();
    String secret = desktops.signInTicket(vm, viewer, LINK).secret();
    String base =
        publicUrl == null
            ? exchange.scheme() + exchange.header("Host").orElse("localhost")
            : publicUrl.base();
    return document(row).withDesktop(base + "/vms/" + vm + "/desktop#" + secret);
  }

  private void validate(Exchange exchange) throws IOException {
    ValidationRequest asked = exchange.body(ValidationRequest.class);
    SecretName name =
        SecretName.credential(
            Required.text("userId", exchange.owner("userId", asked.userId())),
            Required.text("provider", asked.provider()),
            Objects.requireNonNullElse(asked.name(), SecretName.DEFAULT));
    SecretRow found =
        credentials.list(name.owner()).stream()
            .filter(row -> row.name().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new Refused(
                    new Refusal.NotFound(
                        "credential",
                        name.provider() + " of " + name.owner(),
                        Advice.of(
                            "Sign in: {}", new Remedy.SignIn(name.provider(), name.owner())))));
    var validation = credentials.validate(found.id());
    exchange.json(
        200,
        new ValidationDocument(
            found.id(),
            validation.row().state().word(),
            validation.row().problem(),
            validation.isAsked()));
  }

  private void list(Exchange exchange) {
    String user = exchange.owner("user", exchange.query("user").orElse(null));
    exchange.items(
        signIns.list(user == null ? null : new UserId(user)).stream()
            .map(SignInDocuments::of)
            .toList());
  }

  private static SignInDocument document(SignInRow row) {
    return SignInDocuments.of(row);
  }

  private static String session(Exchange exchange) {
    return exchange.path("session");
  }

  private void get(Exchange exchange) {
    exchange.json(200, document(signIns.get(session(exchange))));
  }

  private void cancel(Exchange exchange) {
    exchange.json(200, document(signIns.cancel(session(exchange))));
  }

  private void heartbeat(Exchange exchange) {
    exchange.json(200, document(signIns.heartbeat(session(exchange))));
  }

  private void code(Exchange exchange) throws IOException {
    String code = Required.text("code", exchange.body(SignInCode.class).code());
    exchange.json(200, document(signIns.paste(session(exchange), code)));
  }

  private void link(Exchange exchange) {
    SignInRow row = signIns.heartbeat(session(exchange));
    if (row.holder() == SignInHolder.OPERATOR && !exchange.isOperators()) {
      throw new Refused(
          new Refusal.Conflict(
              "The desktop of the sign-in " + row.id() + " is the operator's now.",
              "Have it handed over to the user."));
    }
    exchange.json(201, withDesktop(exchange, row));
  }

  /** What opened the desktop for its last holder opens nothing any more. */
  private void handOver(Exchange exchange) throws IOException {
    SignInHolder holder = holder(exchange.body(HandOverRequest.class).holder());
    SignInRow row = signIns.handOver(session(exchange), holder);
    VmId vm = row.vm();
    if (vm != null) {
      desktops.forget(vm);
      viewers.handOver(vm);
    }
    boolean isTheirs = (holder == SignInHolder.OPERATOR) == exchange.isOperators();
    exchange.json(200, isTheirs ? withDesktop(exchange, row) : document(row));
  }

  private static SignInHolder holder(@Nullable String text) {
    String word = Required.text("holder", text);
    for (SignInHolder holder : SignInHolder.values()) {
      if (holder.word().equals(word)) {
        return holder;
      }
    }
    throw Refused.invalid("holder", word, "is nobody", "Give user or operator.");
  }

  private void events(Exchange exchange) throws IOException {
    String id = signIns.get(session(exchange)).id();
    EventFormat format = EventFormat.accepted(exchange).orElse(EventFormat.SSE);
    String last = exchange.header(LAST).orElse("");
    if (!last.isEmpty() && !last.matches("\\d{1,18}")) {
      throw Refused.invalid(LAST, last, "is no id of an event", "Send the last one you got.");
    }
    long after = last.isEmpty() ? exchange.number("after", 0) : Long.parseLong(last);
    boolean isFollowing = !exchange.query("follow").filter("false"::equals).isPresent();
    var isChanged = new AtomicBoolean(true);
    try (Streams.Stream stream = exchange.waiting("sign-in");
        SignInService.Following following =
            signIns.follow(() -> {
              isChanged.set(true);
              stream.wake();
            })) {
      exchange.withHeader("X-Accel-Buffering", "no"); // For nginx, which would hold events back.
      exchange.stream(
          format.type(), out -> tell(id, after, isFollowing, format, stream, isChanged, out));
    }
  }

  private void tell(
      String id,
      long start,
      boolean isFollowing,
      EventFormat format,
      Streams.Stream stream,
      AtomicBoolean isChanged,
      OutputStream out)
      throws IOException {
    long after = start;
    while (!stream.isLeft()) {
      isChanged.set(false);
      // Its row before its events: what ends it is among them then. And after them: what they tell
      // of, a code, is in it then.
      boolean isActive = signIns.get(id).isActive();
      List<SignInEventRow> page = signIns.events(id, after);
      SignInRow row = signIns.get(id);
      for (SignInEventRow event : page) {
        SignInEvent document = SignInDocuments.of(event, row);
        out.write(format.numbered(event.number(), event.kind(), document));
        after = event.number();
      }
      out.flush();
      if (page.isEmpty() && (!isActive || !isFollowing)) {
        return;
      }
      if (page.isEmpty() && !isChanged.get() && !stream.await(HEART_BEAT)) {
        out.write(format.keepAlive());
        out.flush();
      }
    }
  }
}
