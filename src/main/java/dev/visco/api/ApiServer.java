package dev.visco.api;

import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.lifecycle.Lifecycle;
import dev.visco.lifecycle.Sample;
import dev.visco.lifecycle.VmService;
import dev.visco.model.VmId;
import dev.visco.settings.PublicUrl;
import dev.visco.settings.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/** The HTTP API: plain handlers that block on virtual threads. */
public final class ApiServer implements AutoCloseable {
  private static final Pattern EXEC = Pattern.compile("/api/vms/(vm-[0-9a-f]{8})/exec");
  private static final int MAX_FRAME = 1 << 20;
  private final Server server;
  private final ApiConnector connector;

  private final @Nullable VncUpgrade desktops;

  private ApiServer(Server server, ApiConnector connector, @Nullable VncUpgrade desktops) {
    this.server = server;
    this.connector = connector;
    this.desktops = desktops;
  }

  /**
   * Starts it.
   *
   * @param tokens the name of a bearer token, empty for an unknown one
   * @param build names the running program in {@code /health}
   */
  public static ApiServer start(
      Settings settings,
      Function<String, Optional<String>> tokens,
      Lifecycle lifecycle,
      Images images,
      String build,
      SteadyClock clock) {
    Predicate<String> known = token -> tokens.apply(token).isPresent();
    var viewers = new VncViewers();
    var routes = new ArrayList<Route>(new VmRoutes(lifecycle.vms()).routes());
    routes.addAll(new DiagnosisRoutes(lifecycle.diagnoses()).routes());
    routes.addAll(new SnapshotRoutes(lifecycle.snapshots()).routes());
    routes.addAll(
        new HostRoutes(
                images,
                lifecycle.vms()::imagesInUse,
                lifecycle.sweep(),
                lifecycle.health()::report,
                build,
                clock)
            .routes());
    routes.addAll(new ReleaseRoutes(lifecycle.rollout()).routes());
    routes.addAll(new ScreenshotRoutes(lifecycle::seeDesktop).routes());
    routes.addAll(
        new DesktopRoutes(
                lifecycle.desktops(),
                lifecycle.vms(),
                lifecycle.diagnoses(),
                viewers,
                known,
                settings.publicUrl())
            .routes());
    var figures = new ArrayList<Sample.Source>(lifecycle.figures());
    figures.add(viewers);
    routes.addAll(new MetricsRoutes(figures).routes());
    return start(
        new Door(
            settings.listenHost(),
            settings.listenPort(),
            settings.apiHosts(),
            settings.publicUrl(),
            known,
            ApiConnector.Limits.of(settings.apiConnections(), settings.apiStreams())),
        routes,
        lifecycle.vms(),
        new VncUpgrade(
            lifecycle.desktops(),
            lifecycle.vms(),
            tokens,
            viewers,
            VncLimits.of(settings),
            settings.publicUrl() != null),
        lifecycle.health()::isStarted);
  }

  /**
   * Where it listens, and whom it lets in.
   *
   * @param port 0 for any that is free
   * @param names further names under which the API may be called
   * @param publicUrl where browsers reach it, null for where it listens
   * @param tokens whether a bearer token is known
   * @param limits of its connections
   */
  record Door(
      String host,
      int port,
      Set<String> names,
      @Nullable PublicUrl publicUrl,
      Predicate<String> tokens,
      ApiConnector.Limits limits) {
    /** With the usual limits. */
    Door(
        String host,
        int port,
        Set<String> names,
        @Nullable PublicUrl publicUrl,
        Predicate<String> tokens) {
      this(host, port, names, publicUrl, tokens, ApiConnector.Limits.of(2048, 1024));
    }
  }

  static ApiServer start(
      Door door, List<Route> routes, VmService vms, @Nullable VncUpgrade desktops) {
    return start(door, routes, vms, desktops, () -> true);
  }

  /**
   * @param isStarted until then nothing but {@code /health} is answered
   */
  static ApiServer start(
      Door door,
      List<Route> routes,
      VmService vms,
      @Nullable VncUpgrade desktops,
      BooleanSupplier isStarted) {
    var threads = new QueuedThreadPool(16, 4);
    // Of itself it runs 200 at a time: so many long polls would stop all else. What bounds them is
    // the number of connections.
    threads.setVirtualThreadsExecutor(new VirtualThreadPool(0));
    var server = new Server(threads);
    var configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    var connector =
        new ApiConnector(server, new HttpConnectionFactory(configuration), door.limits());
    connector.setHost(door.host());
    connector.setPort(door.port());
    server.addConnector(connector);
    server.setErrorHandler(new ServerProblems());
    WebSocketUpgradeHandler sockets =
        WebSocketUpgradeHandler.from(
            server, container -> sockets(container, door.tokens(), vms, desktops));
    sockets.setHandler(new Router(routes, door.tokens()));
    server.setHandler(
        new ConnectionStages(
            new BrowserGuard(
                door.host(),
                door.names(),
                door.publicUrl(),
                new StartGate(isStarted, new Pages(sockets)))));
    try {
      server.start();
    } catch (Exception e) {
      stop(server);
      throw ListenRefusal.of(door.host(), door.port(), e)
          .<RuntimeException>map(refused -> refused)
          .orElseGet(() -> new IllegalStateException("the API's server did not start", e));
    }
    return new ApiServer(server, connector, desktops);
  }

  private static void sockets(
      ServerWebSocketContainer container,
      Predicate<String> tokens,
      VmService vms,
      @Nullable VncUpgrade desktops) {
    if (desktops != null) {
      container.addMapping("regex|" + VncUpgrade.PATH.pattern(), desktops::open);
    }
    container.setMaxBinaryMessageSize(MAX_FRAME);
    container.setMaxTextMessageSize(MAX_FRAME);
    container.setIdleTimeout(Duration.ofHours(12));
    container.addMapping(
        "regex|" + EXEC.pattern(),
        (request, response, callback) -> {
          String header = request.getHeaders().get(HttpHeader.AUTHORIZATION);
          Matcher path = EXEC.matcher(Request.getPathInContext(request));
          var exchange = new Exchange(request, response, callback, Map.of());
          if (header == null || !Router.isBearer(header, tokens) || !path.matches()) {
            Router.unauthorized(exchange);
            return null;
          }
          if (exchange.refusesOthersThan(Set.of())) {
            return null;
          }
          return new ExecSocket(vms, new VmId(path.group(1)), ApiConnector.of(request).streams());
        });
  }

  /** What is counted about its connections. */
  List<Sample> samples() {
    return connector.samples();
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
    if (desktops != null) {
      desktops.close();
    }
    stop(server);
  }
}
