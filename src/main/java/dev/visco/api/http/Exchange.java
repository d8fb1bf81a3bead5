package dev.visco.api.http;

import dev.visco.api.description.RouteDescription;
import dev.visco.host.Busy;
import dev.visco.metrics.Metric;
import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.wire.ItemsDocument;
import dev.visco.wire.Json;
import dev.visco.wire.ProblemDocument;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** One request and its answer. A route handles it on one virtual thread, by blocking calls. */
public final class Exchange {
  private static final String JSON = "application/json";
  private final Request request;
  private final Response response;
  private final AnswerWriter writer;
  private final RouteCall call;
  private final @Nullable Upgrade upgrade;
  private Principal principal = new Principal.Anybody();
  private BooleanSupplier isCurrent = () -> true;
  private @Nullable Vm subject;
  private Function<String, VmId> naming = VmId::new;
  private @Nullable VmId vm;
  private @Nullable Keeping keeping;

  /** Where this exchange's answer is kept, and what it was made of. */
  private record Keeping(KeptAnswers answers, long version) {}

  /** One that is no route's. */
  public Exchange(Request request, Response response, Callback callback) {
    this(request, response, callback, RouteCall.NONE, null);
  }

  /**
   * @param call which route was called, and how
   * @param upgrade for a request that asks to go on as a WebSocket, else null
   */
  public Exchange(
      Request request,
      Response response,
      Callback callback,
      RouteCall call,
      @Nullable Upgrade upgrade) {
    this.request = request;
    this.response = response;
    this.writer = new AnswerWriter(request, response, callback);
    this.call = call;
    this.upgrade = upgrade;
  }

  /** The upgrade; only in routes that are WebSockets. */
  public Upgrade upgrade() {
    if (upgrade == null) {
      throw new IllegalStateException("the route is no WebSocket");
    }
    return upgrade;
  }

  /** Whether the client asks for a connection, as it asks an HTTP proxy. */
  public boolean isTunnel() {
    return request.getMethod().equals("CONNECT");
  }

  /**
   * Gives the client that connection.
   *
   * @param connection made of the client's own
   * @param onLost called when the client could not be told
   */
  public void tunnel(BiFunction<EndPoint, Executor, Connection> connection, Runnable onLost) {
    request.setAttribute(
        HttpStream.UPGRADE_CONNECTION_ATTRIBUTE,
        connection.apply(
            request.getConnectionMetaData().getConnection().getEndPoint(),
            request.getConnectionMetaData().getConnector().getExecutor()));
    Request.addCompletionListener(
        request,
        failure -> {
          if (failure != null) {
            onLost.run();
          }
        });
    response.setStatus(HttpStatus.OK_200);
    response.write(true, ByteBuffer.allocate(0), writer.callback());
  }

  /** Subprotocols that the client offers; none for ordinary requests. */
  public List<String> subProtocols() {
    return upgrade == null ? List.of() : upgrade.subProtocols();
  }

  /** The path that was asked for, without its query. */
  public String path() {
    return Request.getPathInContext(request);
  }

  /**
   * The VM that the path names as {@code {id}}: by its id, a name, or a unique beginning of its id.
   */
  public VmId vm() {
    if (vm == null) {
      vm = vm(path("id"));
    }
    return vm;
  }

  /** The VM that a text means, among those that the caller may see. */
  public VmId vm(String text) {
    return VmId.isOne(text) ? new VmId(text) : naming.apply(text);
  }

  /**
   * Sets how VMs are found by what people call them. Before that, and for callers without a token,
   * only ids are known.
   */
  void naming(Function<String, VmId> names) {
    naming = names;
  }

  /** Who calls. */
  public Principal principal() {
    return principal;
  }

  /** The user whose things alone the caller may see; empty when it may see everybody's. */
  public Optional<UserId> user() {
    return principal instanceof Principal.Token(Access access)
        ? Optional.ofNullable(access.user())
        : Optional.empty();
  }

  /** Whether the caller may know how full the host is: it has a token that is no user's. */
  public boolean isOperators() {
    return principal instanceof Principal.Token(Access access) && access.user() == null;
  }

  /**
   * Whose a new thing shall be, or a named one is: with a user's token that user's, whether the
   * request names it or not.
   *
   * @param field in which the request names a user
   * @param named null where it names none
   * @return null where it names none and the token is no user's
   */
  public @Nullable String owner(String field, @Nullable String named) {
    String own = user().map(UserId::value).orElse(null);
    if (own == null) {
      return named;
    }
    if (named != null && !named.equals(own)) {
      throw Refused.invalid(
          field, named, "is not the user of this token", "Leave it out, or give " + own + ".");
    }
    return own;
  }

  /** Names the VM that it turned out to be about, for the audit. */
  public void about(Vm vm) {
    subject = vm;
  }

  /** The owner of the VM that it turned out to be about. */
  @Nullable String subjectOwner() {
    return subject == null ? null : subject.spec().owner().value();
  }

  /** The VM that it turned out to be about. */
  @Nullable String subjectVm() {
    return subject == null ? null : subject.id().value();
  }

  /** The status of the answer. */
  int status() {
    boolean isUpgraded = upgrade != null && upgrade.listener() != null;
    return isUpgraded ? HttpStatus.SWITCHING_PROTOCOLS_101 : response.getStatus();
  }

  /**
   * Sets the caller. With a token the answer may take as long as it needs.
   *
   * @param current whether what the caller has shown still holds
   */
  void admit(Principal caller, BooleanSupplier current) {
    principal = caller;
    isCurrent = current;
    if (caller instanceof Principal.Token) {
      ApiConnector.of(request)
          .entry(request)
          .ifPresent(entry -> entry.enter(ApiConnector.ConnectionStage.KNOWN));
    }
  }

  /** A part of the path that the route names, decoded (RFC 3986, 2.1). */
  public String path(String name) {
    String value = call.named().get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no {" + name + "}");
    }
    // A plus sign is one in a path; it is a blank in a query alone.
    return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Refuses a query that the route does not describe. */
  void requireKnown() {
    parameters().requireKnown();
  }

  private QueryParameters parameters() {
    return new QueryParameters(request, call);
  }

  /** Whether it was called below {@code /api/v1}, where each list is an {@link ItemsDocument}. */
  public boolean isVersioned() {
    return call.isVersioned();
  }

  /** Names what was made, in a Location header. */
  public void located(String path) {
    withHeader("Location", call.path(path));
  }

  /** A parameter of the query. */
  public Optional<String> query(String name) {
    return parameters().find(name);
  }

  /** A parameter that is {@code true} or {@code false}; false when it is left out. */
  public boolean isTrue(String name) {
    return parameters().isTrue(name);
  }

  /** A duration of at most {@code max}; {@code standard} when it is left out. */
  public Duration duration(String name, Duration standard, Duration max) {
    return parameters().duration(name, standard, max);
  }

  /** A whole number that is not negative; {@code standard} when it is left out. */
  public long number(String name, long standard) {
    return parameters().number(name, standard);
  }

  /** Metrics of all connections. */
  public Metric.MetricSource connections() {
    return ApiConnector.of(request);
  }

  /**
   * Registers an answer that waits for something: it is counted, refused if too many wait, and
   * woken when the client disconnects. Call it before anything is done or sent.
   *
   * @param kind for {@code /metrics}
   */
  public Streams.Stream waiting(String kind) {
    request.addIdleTimeoutListener(silence -> false); // Silence is expected here.
    Object transport = ApiConnector.socket(request).getTransport();
    return streams()
        .open(
            kind, transport instanceof SocketChannel channel ? channel : null, isCurrent, () -> {});
  }

  /**
   * Registers what somebody is served who has shown a secret that is no route's; it may take as
   * long as it needs.
   *
   * @param kind for {@code /metrics}
   * @param isWatched whether the client may be seen to leave: nothing else reads from it
   * @param current whether the secret still holds
   */
  public Streams.Stream visiting(String kind, boolean isWatched, BooleanSupplier current) {
    request.addIdleTimeoutListener(silence -> false);
    ApiConnector.of(request)
        .entry(request)
        .ifPresent(entry -> entry.enter(ApiConnector.ConnectionStage.KNOWN));
    SocketChannel client =
        isWatched && ApiConnector.socket(request).getTransport() instanceof SocketChannel channel
            ? channel
            : null;
    return streams().open(kind, client, current, () -> {});
  }

  private Streams streams() {
    return ApiConnector.of(request).streams();
  }

  /** For WebSockets, that register themselves when they open. */
  public Streams.Registration registration(String kind) {
    Streams streams = streams();
    BooleanSupplier current = isCurrent;
    return onRevoked -> streams.open(kind, null, current, onRevoked);
  }

  /**
   * Where the client is, for the record of views.
   *
   * @param isBehindProxy whether {@code api.public-url} is set, so that a proxy on this host is
   *     believed when it says where clients are
   */
  public String clientAddress(boolean isBehindProxy) {
    return ViewerAddress.of(request, isBehindProxy);
  }

  /**
   * The same without its port; of IPv6 the /64 network, since whoever has one address of it has
   * all.
   */
  String clientNetwork(boolean isBehindProxy) {
    return ViewerAddress.network(clientAddress(isBehindProxy));
  }

  /** By which it was called: {@code https://} or {@code http://}. */
  public String scheme() {
    return scheme(request);
  }

  static String scheme(Request request) {
    return request.isSecure() ? "https://" : "http://";
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeaders().get(name));
  }

  /** The same of one that the route heeds; empty where it does not. */
  Optional<String> heeded(String name) {
    return call.description().headers().stream().anyMatch(one -> one.name().equals(name))
        ? header(name)
        : Optional.empty();
  }

  /** The path and query that were asked for. */
  public String target() {
    return request.getHttpURI().getPathQuery();
  }

  /**
   * The body as it comes, for what is too large to be held. One that breaks off is an {@link
   * IOException}, and so is one that does not go on for half a minute.
   */
  public InputStream content() {
    return Content.Source.asInputStream(request);
  }

  /** Reads the body as a record; a malformed one is refused with the name of the field. */
  public <T> T body(Class<T> type) throws IOException {
    return RequestBody.read(request, type);
  }

  public void json(int status, Object document) {
    if (document instanceof VmDocument vm) {
      withHeader("ETag", "\"" + vm.revision() + "\"");
    }
    bytes(
        status,
        document instanceof ProblemDocument ? "application/problem+json" : JSON,
        Json.bytes(document));
  }

  /** Answers with a problem; aborts an answer that has already begun. */
  public void problem(ProblemDocument problem, Throwable cause) {
    if (response.isCommitted()) {
      breakOff(cause);
    } else {
      HttpFields kept = CrossOrigin.kept(response.getHeaders());
      response.reset();
      response.getHeaders().add(kept);
      if (problem.status() == 401) {
        withHeader("WWW-Authenticate", "Bearer realm=\"visco\"");
      }
      retryAfter(cause).ifPresent(seconds -> withHeader("Retry-After", Long.toString(seconds)));
      json(problem.status(), problem);
    }
  }

  /** Whole seconds after which it is worth trying again. */
  private static Optional<Long> retryAfter(Throwable cause) {
    return switch (cause) {
      case Busy _ -> Optional.of(1L);
      case Refused refused when refused.refusal() instanceof Refusal.TooMany many ->
          Optional.of(wholeSeconds(many.retryAfter()));
      case Refused refused when refused.refusal() instanceof Refusal.NotReadyYet later ->
          Optional.of(wholeSeconds(later.retryAfter()));
      default -> Optional.empty();
    };
  }

  private static long wholeSeconds(Duration time) {
    return Math.max(1, time.plusMillis(999).toSeconds());
  }

  /**
   * Answers with what the same caller was answered to the same request, if that was made of this
   * version; otherwise the list that is answered next is kept.
   *
   * @return whether it is answered
   */
  public boolean answersAgain(KeptAnswers answers, long version) {
    Optional<KeptAnswers.Kept> kept = answers.find(asked(), version);
    if (kept.isEmpty()) {
      keeping = new Keeping(answers, version);
      return false;
    }
    String link = kept.get().link();
    if (link != null) {
      withHeader("Link", link);
    }
    bytes(200, JSON, kept.get().body());
    return true;
  }

  private String asked() {
    return user().map(UserId::value).orElse("") + " " + target();
  }

  /** Answers all of a list. */
  public void items(List<?> items) {
    items(items, null);
  }

  /** The same for a page of one; {@code next} is null on the last one. */
  private void items(List<?> items, @Nullable String next) {
    byte[] body = Json.bytes(isVersioned() ? new ItemsDocument(items, next) : items);
    if (keeping != null) {
      String link = response.getHeaders().get("Link");
      keeping.answers().keep(asked(), new KeptAnswers.Kept(keeping.version(), body, link));
    }
    bytes(200, JSON, body);
  }

  /**
   * Answers a page with a Link header to the next page of the same list.
   *
   * @param parameter with which that is asked for, but below {@code /api/v1}
   * @param value of it
   */
  void page(List<?> items, String parameter, String value) {
    String cursor = QueryParameters.cursor(parameter, value);
    String query =
        isVersioned()
            ? parameters().with(RouteDescription.CURSOR, cursor)
            : parameters().with(parameter, value);
    withHeader("Link", "<" + request.getHttpURI().getPath() + "?" + query + ">; rel=\"next\"");
    items(items, cursor);
  }

  public void text(int status, String type, String text) {
    bytes(status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  public void withHeader(String name, String value) {
    response.getHeaders().put(name, value);
  }

  public void bytes(int status, String type, byte[] content) {
    writer.bytes(status, type, content);
  }

  /** An answer without content. */
  public void empty(int status) {
    writer.empty(status);
  }

  /**
   * Streams an answer. Each write is sent at once and blocks until the client has room for it. The
   * answer ends properly only if {@code streaming} returns; if it throws, the answer is aborted.
   */
  public void stream(String type, Streaming streaming) throws IOException {
    writer.stream(type, streaming);
  }

  /**
   * Streams an answer whose length is known; otherwise as above.
   *
   * @param length how many bytes {@code streaming} writes
   */
  public void stream(int status, String type, long length, Streaming streaming) throws IOException {
    writer.stream(status, type, length, streaming);
  }

  /** Writes a streamed answer. */
  public interface Streaming {
    void to(OutputStream out) throws IOException;
  }

  /**
   * Aborts the answer: the connection ends without the last chunk, so that the client sees that it
   * is incomplete.
   */
  public void breakOff(Throwable cause) {
    writer.breakOff(cause);
  }
}
