package dev.visco.api;

import dev.visco.image.Images;
import dev.visco.lifecycle.Lifecycle;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** The HTTP API: plain handlers that block on virtual threads. */
public final class ApiServer implements AutoCloseable {
  private static final Pattern EXEC = Pattern.compile("/api/vms/(vm-[0-9a-f]{8})/exec");
  private static final int LARGEST_FRAME = 1 << 20;
  private final Server server;
  private final ServerConnector connector;

  private ApiServer(Server server, ServerConnector connector) {
    this.server = server;
    this.connector = connector;
  }

  /**
   * Starts it.
   *
   * @param port 0 for any that is free
   * @param names further names under which the API may be called
   * @param tokens whether a bearer token is known
   * @param build names the running program in {@code /health}
   */
  public static ApiServer start(
      String host,
      int port,
      Set<String> names,
      Predicate<String> tokens,
      Lifecycle lifecycle,
      Images images,
      String build,
      InstantSource clock) {
    var routes = new ArrayList<Route>(new VmRoutes(lifecycle.vms()).routes());
    routes.addAll(new DiagnosisRoutes(lifecycle.diagnoses()).routes());
    routes.addAll(new SnapshotRoutes(lifecycle.snapshots()).routes());
    routes.addAll(
        new HostRoutes(images, lifecycle.vms()::imagesInUse, lifecycle.sweep(), build, clock)
            .routes());
    routes.addAll(new ReleaseRoutes(lifecycle.rollout()).routes());
    routes.addAll(new ScreenshotRoutes(lifecycle::seeDesktop).routes());
    routes.addAll(new MetricsRoutes(lifecycle.figures()).routes());
    return start(host, port, names, tokens, routes, lifecycle.vms());
  }

  static ApiServer start(
      String host,
      int port,
      Set<String> names,
      Predicate<String> tokens,
      List<Route> routes,
      VmService vms) {
    var threads = new QueuedThreadPool(16, 4);
    threads.setVirtualThreadsExecutor(new VirtualThreadPool());
    var server = new Server(threads);
    var configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
    connector.setHost(host);
    connector.setPort(port);
    server.addConnector(connector);
    WebSocketUpgradeHandler sockets =
        WebSocketUpgradeHandler.from(server, container -> sockets(container, tokens, vms));
    sockets.setHandler(new Router(routes, tokens));
    server.setHandler(new BrowserGuard(host, names, sockets));
    try {
      server.start();
    } catch (Exception e) {
      stop(server);
      throw e instanceof IOException io && isTaken(io)
          ? new Refused(
              new Refusal.HostLacks(
                  "port",
                  "The API cannot listen on " + host + ":" + port + ": " + io.getMessage() + ".",
                  "End what listens there, or set listen (VISCO_LISTEN) to another port."))
          : new IllegalStateException("the API's server did not start", e);
    }
    return new ApiServer(server, connector);
  }

  private static boolean isTaken(IOException e) {
    return e instanceof BindException || e.getCause() instanceof BindException;
  }

  private static void sockets(
      ServerWebSocketContainer container, Predicate<String> tokens, VmService vms) {
    container.setMaxBinaryMessageSize(LARGEST_FRAME);
    container.setMaxTextMessageSize(LARGEST_FRAME);
    container.setIdleTimeout(Duration.ofHours(12));
    container.addMapping(
        "regex|" + EXEC.pattern(),
        (request, response, callback) -> {
          String header = request.getHeaders().get(HttpHeader.AUTHORIZATION);
          Matcher path = EXEC.matcher(Request.getPathInContext(request));
          if (header == null || !Router.isBearer(header, tokens) || !path.matches()) {
            Router.unauthorized(new Exchange(request, response, callback, Map.of()));
            return null;
          }
          return new ExecSocket(vms, new VmId(path.group(1)));
        });
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
    stop(server);
  }
}
