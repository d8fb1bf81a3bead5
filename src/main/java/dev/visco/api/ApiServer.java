package dev.visco.api;

import dev.visco.api.desktop.VncLimits;
import dev.visco.api.desktop.VncUpgrade;
import dev.visco.api.desktop.VncViewers;
import dev.visco.api.http.AccessControl;
import dev.visco.api.http.ApiConnector;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.BrowserGuard;
import dev.visco.api.http.ConnectRequests;
import dev.visco.api.http.ConnectionStages;
import dev.visco.api.http.Credential;
import dev.visco.api.http.GuestTickets;
import dev.visco.api.http.ListenRefusal;
import dev.visco.api.http.RateLimits;
import dev.visco.api.http.Route;
import dev.visco.api.http.Router;
import dev.visco.api.http.ServerProblems;
import dev.visco.api.http.StartGate;
import dev.visco.api.http.StrictPaths;
import dev.visco.api.link.LinkHandler;
import dev.visco.api.link.LinkSites;
import dev.visco.api.openapi.DescriptionRoutes;
import dev.visco.api.pages.Pages;
import dev.visco.api.tls.CurrentCertificate;
import dev.visco.api.tls.HttpsConnector;
import dev.visco.api.tls.HttpsOnly;
import dev.visco.host.SteadyClock;
import dev.visco.metrics.Metric;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.settings.PublicUrl;
import dev.visco.settings.Settings;
import dev.visco.settings.WebOrigins;
import dev.visco.users.BearerTokens;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/** The HTTP API: plain handlers that block on virtual threads. */
public final class ApiServer implements AutoCloseable {
  private static final int MAX_FRAME = 1 << 20;
  private final Server server;
  private final ApiConnector connector;
  private final Runnable beforeStop;

  private ApiServer(Server server, ApiConnector connector, Runnable beforeStop) {
    this.server = server;
    this.connector = connector;
    this.beforeStop = beforeStop;
  }

  /**
   * Starts it.
   *
   * @param build names the running program in {@code /health}
   * @param certificate that it shows; null for plain HTTP
   */
  public static ApiServer start(
      Settings settings,
      Services services,
      String build,
      SteadyClock clock,
      @Nullable CurrentCertificate certificate) {
    var viewers = new VncViewers();
    var views =
        new VncUpgrade(
            services.desktops(),
            services.vms(),
            viewers,
            VncLimits.of(settings),
            settings.publicUrl() != null);
    GuestTickets guests = GuestTickets.ofHost();
    var sites =
        new LinkSites(settings.linksUrl(), settings.publicUrl() != null, settings.tls() != null);
    List<Route> routes =
        ApiRoutes.of(services, viewers, views, guests, sites, settings.publicUrl(), build, clock);
    return start(
        new ListenAddress(
            settings.listenHost(),
            settings.listenPort(),
            settings.apiHosts(),
            settings.publicUrl(),
            settings.webOrigins(),
            ApiConnector.ConnectionLimits.of(settings.apiConnections(), settings.apiStreams()),
            certificate == null ? null : new Https(certificate, hsts(settings))),
        routes,
        new AccessControl(
            new Authenticator(services.tokens(), services.desktops(), guests, viewers::refuse),
            new ServiceOwners(
                services.vms(),
                services.snapshots(),
                id -> services.credentials().find(id).map(row -> new UserId(row.name().owner())),
                services.signIns(),
                services.users()::state),
            services.audit(),
            RateLimits.of(settings, clock),
            settings.publicUrl() != null),
        views::close,
        services.health()::isStarted,
        new LinkHandler.LinkServing(
            services.links(),
            services.vms(),
            sites,
            header -> isToken(services.tokens(), header),
            Math.max(1, settings.apiStreams() / 2),
            settings.publicUrl() != null,
            InstantSource.system(),
            LinkHandler.LinkServing.SILENCE));
  }

  /** Whether an Authorization header has a token of ours, also one that holds no more. */
  private static boolean isToken(BearerTokens tokens, String header) {
    try {
      return Credential.of(Optional.of(header), Credential.Scheme.BEARER)
          .flatMap(given -> tokens.access(given.secret()))
          .isPresent();
    } catch (Refused e) {
      return true;
    }
  }

  private static Duration hsts(Settings settings) {
    return settings.tls() == null ? Duration.ZERO : settings.tls().hsts();
  }

  /**
   * How it speaks HTTPS.
   *
   * @param hsts for how long browsers are told to come by it alone; zero for not at all
   */
  public record Https(CurrentCertificate certificate, Duration hsts) {}

  /**
   * Where it listens, and by what names it is called.
   *
   * @param port 0 for any that is free
   * @param names further names under which the API may be called
   * @param publicUrl where browsers reach it, null for where it listens
   * @param origins whose pages may call it besides its own
   * @param limits of its connections
   * @param https null for plain HTTP
   */
  public record ListenAddress(
      String host,
      int port,
      Set<String> names,
      @Nullable PublicUrl publicUrl,
      WebOrigins origins,
      ApiConnector.ConnectionLimits limits,
      @Nullable Https https) {
    /** For its own pages alone, with the usual limits. */
    public ListenAddress(String host, int port, Set<String> names, @Nullable PublicUrl publicUrl) {
      this(
          host,
          port,
          names,
          publicUrl,
          WebOrigins.NONE,
          ApiConnector.ConnectionLimits.of(2048, 1024),
          null);
    }

    /** The names by which it may be called: those of its certificate, too. */
    private Set<String> allNames() {
      var all = new TreeSet<>(names);
      if (https != null) {
        all.addAll(https.certificate().certificate().names());
      }
      return all;
    }

    private List<? extends ConnectionFactory> protocols(HttpConfiguration configuration) {
      return https == null
          ? List.of(new HttpConnectionFactory(configuration))
          : HttpsConnector.protocols(configuration, https.certificate(), https.hsts());
    }

    private Handler guarded(Handler handler) {
      return https == null ? handler : new HttpsOnly(handler);
    }
  }

  /**
   * @param beforeStop called when it is closed, while it still serves
   * @param isStarted until then nothing but {@code /health} is answered
   */
  public static ApiServer start(
      ListenAddress address,
      List<Route> routes,
      AccessControl access,
      Runnable beforeStop,
      BooleanSupplier isStarted) {
    return start(address, routes, access, beforeStop, isStarted, null);
  }

  /**
   * @param serving what is served by links to guests' ports; null for nothing
   */
  public static ApiServer start(
      ListenAddress address,
      List<Route> routes,
      AccessControl access,
      Runnable beforeStop,
      BooleanSupplier isStarted,
      LinkHandler.@Nullable LinkServing serving) {
    var threads = new QueuedThreadPool(16, 4);
    // By default it runs 200 tasks at a time, which so many long polls would block. The number of
    // connections is the limit instead.
    threads.setVirtualThreadsExecutor(new VirtualThreadPool(0));
    var server = new Server(threads);
    var configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    // Guests' applications may have any path; the API's own are checked by StrictPaths.
    configuration.setUriCompliance(StrictPaths.OF_GUESTS);
    var connector = new ApiConnector(server, address.protocols(configuration), address.limits());
    connector.setHost(address.host());
    connector.setPort(address.port());
    server.addConnector(connector);
    server.setErrorHandler(new ServerProblems());
    var router = new Router(DescriptionRoutes.with(routes), access, webSockets(server));
    var api =
        new StrictPaths(
            new BrowserGuard(
                address.host(),
                address.allNames(),
                address.publicUrl(),
                address.origins(),
                new StartGate(isStarted, new Pages(address.origins().desktop(), router))));
    server.setHandler(
        new ConnectionStages(
            address.guarded(
                new ConnectRequests(
                    serving == null ? api : new LinkHandler(serving, isStarted, api)))));
    try {
      server.start();
    } catch (Exception e) {
      stop(server);
      throw ListenRefusal.of(address.host(), address.port(), e)
          .<RuntimeException>map(refused -> refused)
          .orElseGet(() -> new IllegalStateException("the API's server did not start", e));
    }
    return new ApiServer(server, connector, beforeStop);
  }

  private static ServerWebSocketContainer webSockets(Server server) {
    ServerWebSocketContainer container = ServerWebSocketContainer.ensure(server);
    container.setMaxBinaryMessageSize(MAX_FRAME);
    container.setMaxTextMessageSize(MAX_FRAME);
    container.setIdleTimeout(Duration.ofHours(12));
    return container;
  }

  /** What is counted about its connections. */
  public List<Metric> metrics() {
    return connector.metrics();
  }

  /** The port that it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the API's server did not stop", e);
    }
  }

  @Override
  public void close() {
    try {
      beforeStop.run();
    } finally {
      stop(server);
    }
  }
}
