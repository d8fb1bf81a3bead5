package dev.visco.api;

import dev.visco.api.http.AccessControl;
import dev.visco.api.http.ApiConnector;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.Owners;
import dev.visco.api.http.RateLimits;
import dev.visco.api.http.Route;
import dev.visco.api.http.RouteOwner;
import dev.visco.api.openapi.AnswerCheck;
import dev.visco.delivery.ToolCredentials;
import dev.visco.egress.EgressService;
import dev.visco.metrics.Metric;
import dev.visco.model.Access;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.prompt.PromptId;
import dev.visco.prompt.Prompts;
import dev.visco.provider.Provider;
import dev.visco.session.AuthorizedKeys;
import dev.visco.session.DetachedExecs;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.settings.WebOrigins;
import dev.visco.users.AuditLog;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The API over real HTTP on loopback, on VMs that are fakes. */
public final class ApiUnderTest implements AutoCloseable {
  public static final String TOKEN = "visco-good";

  /** Of the user of {@link #create()}. */
  static final String USERS_TOKEN = "visco-users";

  /** The same for tests elsewhere. */
  public static String usersToken() {
    return USERS_TOKEN;
  }

  public final FakeVms vms;
  private final ApiServer server;
  private final AnswerCheck described;
  private final HttpClient client = HttpClient.newHttpClient();

  private ApiUnderTest(FakeVms vms, ApiServer server, List<Route> routes) {
    this.vms = vms;
    this.server = server;
    this.described = new AnswerCheck(routes);
  }

  /** With the routes of VMs and these. */
  public static ApiUnderTest start(Path folder, Route... more) {
    return start(folder, ApiConnector.ConnectionLimits.of(2048, 1024), more);
  }

  /** The same with limits of its own. */
  public static ApiUnderTest start(
      Path folder, ApiConnector.ConnectionLimits limits, Route... more) {
    return start(folder, WebOrigins.NONE, limits, more);
  }

  /** The same for pages of these origins too. */
  public static ApiUnderTest start(Path folder, WebOrigins origins) {
    return start(folder, origins, ApiConnector.ConnectionLimits.of(2048, 1024));
  }

  /** With the routes of prompts to the tools of these providers, at most two at a time in a VM. */
  public static ApiUnderTest start(
      Path folder, Map<String, Provider> providers, ToolCredentials tools) {
    return start(
        folder,
        WebOrigins.NONE,
        ApiConnector.ConnectionLimits.of(2048, 1024),
        tools,
        (vms, execs) -> {
          var limits = new Prompts.PromptLimits(2, Duration.ofDays(1));
          var prompts =
              new Prompts(
                  vms, vm -> false, providers, tools, execs, limits, InstantSource.system());
          return new PromptRoutes(prompts, execs).routes();
        });
  }

  private static ApiUnderTest start(
      Path folder, WebOrigins origins, ApiConnector.ConnectionLimits limits, Route... more) {
    return start(folder, origins, limits, ToolCredentials.NONE, (vms, execs) -> List.of(more));
  }

  private static ApiUnderTest start(
      Path folder,
      WebOrigins origins,
      ApiConnector.ConnectionLimits limits,
      ToolCredentials tools,
      BiFunction<FakeVms, DetachedExecs, List<Route>> more) {
    var vms = new FakeVms(folder);
    // Not where a guest has them: this host may stand for it.
    var execs =
        new DetachedExecs(folder.resolve("execs").toString(), InstantSource.system(), new Random());
    var keys =
        new AuthorizedKeys(folder.resolve("authorized_keys").toString(), InstantSource.system());
    var routes = new ArrayList<>(new VmRoutes(vms, egress(), tools, execs, keys).routes());
    routes.addAll(more.apply(vms, execs));
    return new ApiUnderTest(
        vms,
        ApiServer.start(
            new ApiServer.ListenAddress(
                "127.0.0.1", 0, Set.of("visco.example"), null, origins, limits, null),
            routes,
            new AccessControl(
                authenticator(), new VmOwners(vms), AuditLog.NONE, RateLimits.NONE, false),
            () -> {},
            () -> true),
        routes);
  }

  /** Knows whose VMs are, and of no snapshots. */
  private record VmOwners(FakeVms vms) implements Owners {
    @Override
    public Optional<Owned> find(RouteOwner kind, String name, @Nullable UserId user) {
      try {
        boolean isPrompt = kind == RouteOwner.PROMPT;
        Vm vm = vms.vm(isPrompt ? PromptId.of(name).vm() : new VmId(name));
        return isPrompt || kind == RouteOwner.VM
            ? Optional.of(new Owned(vm.spec().owner(), vm.id()))
            : Optional.empty();
      } catch (Refused e) {
        return Optional.empty();
      }
    }

    @Override
    public VmId named(String text, @Nullable UserId user) {
      return vms.named(text, user);
    }

    @Override
    public UserState state(UserId user) {
      return UserState.ACTIVE;
    }
  }

  /** How one signs in to a guest. */
  public interface SignIn {
    GuestSession session() throws GuestUnreachable;
  }

  /** Sessions of all VMs are these. */
  public void guestsAre(SignIn guests) {
    vms.sessions =
        () -> {
          try {
            return guests.session();
          } catch (GuestUnreachable e) {
            throw new IllegalStateException(e);
          }
        };
  }

  /** Commands that outlive whoever started them. */
  public static DetachedExecs execs() {
    return new DetachedExecs(InstantSource.system(), new Random());
  }

  /** For requests that name no egress policy. */
  public static EgressService egress() {
    return (EgressService)
        Proxy.newProxyInstance(
            EgressService.class.getClassLoader(),
            new Class<?>[] {EgressService.class},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.toString());
            });
  }

  /** People's own keys in guests. */
  public static AuthorizedKeys keys() {
    return new AuthorizedKeys(InstantSource.system());
  }

  /** Knows an operator's token and a user's. */
  public static Authenticator authenticator() {
    var user = new Access("laptop", TokenRole.USER, new UserId("u"), false, null, null);
    return Authenticator.ofTokens(
        KnownTokens.of(TOKEN, Access.admin("admin")).with(USERS_TOKEN, user));
  }

  /** An answer, read whole. */
  public record Answer(int status, HttpResponse<String> response) {
    public String body() {
      return response.body();
    }

    public JsonNode json() {
      return Json.read(body(), JsonNode.class);
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /** The next page's path and query, empty on the last one. */
    public String next() {
      String link = header("Link");
      return link.isEmpty() ? "" : link.replaceFirst("<(.*)>; rel=\"next\"", "$1");
    }

    public String field(String name) {
      return json().path(name).asString();
    }
  }

  /** A number of {@code /metrics}; 0 where it is not told. */
  public double metric(String name) {
    for (Metric metric : server.metrics()) {
      if ((metric.name() + metric.labels()).equals(name)) {
        return metric.value();
      }
    }
    return 0;
  }

  public int port() {
    return server.port();
  }

  public String address() {
    return "127.0.0.1:" + port();
  }

  private HttpRequest request(String method, String path, String body, String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + address() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    return (headers.length == 0 ? request : request.headers(headers)).build();
  }

  /** Sends a request as it is, without a token. The answer is one that is described. */
  public Answer bare(String method, String path, String body, String... headers) throws Exception {
    var response =
        client.send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofString());
    var answer = new Answer(response.statusCode(), response);
    described.check(method, path, answer.status(), answer.header("Content-Type"), answer.body());
    return answer;
  }

  /** Sends a request with the token; {@code headers} are names and values in turn. */
  public Answer send(String method, String path, String body, String... headers) throws Exception {
    var all = new ArrayList<>(List.of("Authorization", "Bearer " + TOKEN));
    all.addAll(List.of(headers));
    return bare(method, path, body, all.toArray(String[]::new));
  }

  public Answer get(String path) throws Exception {
    return send("GET", path, "");
  }

  /** Creates a VM of the original call and gives its id. */
  public String create() throws Exception {
    return send("POST", "/api/vms/create", "{\"userId\":\"u\",\"vmType\":\"cli\"}").field("vmId");
  }

  /** An answer that is read while it comes. */
  public InputStream stream(String path) throws IOException, InterruptedException {
    return stream("GET", path, "");
  }

  /** The same of any request; {@code headers} are names and values in turn. */
  public InputStream stream(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of("Authorization", "Bearer " + TOKEN));
    all.addAll(List.of(headers));
    return client
        .send(
            request(method, path, body, all.toArray(String[]::new)),
            HttpResponse.BodyHandlers.ofInputStream())
        .body();
  }

  /** A connection that has sent this and goes on; {@code headers} include the token. */
  public Socket open(String line, String... headers) throws IOException {
    var socket = new Socket("127.0.0.1", port());
    socket.setSoTimeout(20_000);
    String head =
        line
            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + TOKEN
            + "\r\n"
            + String.join("", List.of(headers).stream().map(one -> one + "\r\n").toList())
            + "\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  /** Sends these lines and gives the whole answer, for what no HTTP client would send. */
  public String raw(String... lines) throws IOException {
    try (var socket = new Socket("127.0.0.1", port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
