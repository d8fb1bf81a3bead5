package dev.visco.image.oci;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.visco.model.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A registry on loopback, as far as pulling goes (OCI distribution specification): manifests by tag
 * and digest, blobs, and if it is told to, a login by tokens and blobs that lie elsewhere.
 */
public final class MadeRegistry implements AutoCloseable {
  private static final String TOKEN = "a-token";
  private final HttpServer server;
  private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> logins = new CopyOnWriteArrayList<>();
  private volatile String login = "";
  private volatile boolean isRedirecting;
  private volatile int breaks;
  private volatile @Nullable HeldBlobs held;

  public MadeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  /** Its host and port. */
  public String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Has this image by a tag, like {@code shop/web:3}, and by its digest. */
  public MadeRegistry with(String name, MadeContainer image) {
    String repository = name.substring(0, name.lastIndexOf(':'));
    byte[] manifest = image.manifest();
    manifests.put(name, manifest);
    manifests.put(repository + ":" + Digest.of(manifest), manifest);
    image.blobs().forEach(blobs::put);
    return this;
  }

  /** Has an index by a tag whose manifests it has by their digests. */
  MadeRegistry withIndex(String name, List<Map<String, Object>> descriptors) {
    manifests.put(name, MadeContainer.json(Map.of("schemaVersion", 2, "manifests", descriptors)));
    return this;
  }

  /** Answers this for a blob. */
  MadeRegistry withBlob(Digest digest, byte[] bytes) {
    blobs.put(digest, bytes);
    return this;
  }

  /** Wants a token, which it gives to whoever signs in so. */
  public MadeRegistry wanting(String user, String password) {
    login = user + ":" + password;
    return this;
  }

  /** Sends whoever asks for a blob to another place, which wants no login. */
  MadeRegistry redirecting() {
    isRedirecting = true;
    return this;
  }

  /** Breaks off so many answers with blobs in their midst. */
  MadeRegistry breaking(int times) {
    breaks = times;
    return this;
  }

  /** From now on the second half of large blobs is kept back, until this is closed. */
  public HeldBlobs holding() {
    HeldBlobs now = new HeldBlobs();
    held = now;
    return now;
  }

  /** Large blobs of which half was sent. */
  public static final class HeldBlobs implements AutoCloseable {
    private static final int LARGE = 1 << 20;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    /** Whether one has come to its half. */
    public boolean isReached() {
      return reached.getCount() == 0;
    }

    private void await() {
      reached.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      released.countDown();
    }
  }

  /** The digests of blobs that were asked for, in order. */
  public List<String> askedBlobs() {
    return asked;
  }

  /** What was sent as Authorization to the place that blobs lie at. */
  List<String> loginsElsewhere() {
    return logins;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/token")) {
        token(exchange);
      } else if (path.startsWith("/elsewhere/")) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        logins.add(header == null ? "" : header);
        blob(exchange, path.substring("/elsewhere/".length()));
      } else if (!login.isEmpty() && !isAuthorized(exchange)) {
        exchange
            .getResponseHeaders()
            .set(
                "WWW-Authenticate",
                "Bearer realm=\"http://" + address() + "/token\",service=\"made\",scope=\"x\"");
        exchange.sendResponseHeaders(401, -1);
      } else {
        content(exchange, path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isAuthorized(HttpExchange exchange) {
    return ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  private void token(HttpExchange exchange) throws IOException {
    String expected = "Basic " + Base64.getEncoder().encodeToString(login.getBytes());
    boolean isRight = expected.equals(exchange.getRequestHeaders().getFirst("Authorization"));
    send(exchange, isRight ? 200 : 401, MadeContainer.json(Map.of("token", TOKEN)));
  }

  private void content(HttpExchange exchange, String path) throws IOException {
    String name = path.substring("/v2/".length());
    if (name.contains("/manifests/")) {
      byte[] found = manifests.get(name.replace("/manifests/", ":"));
      send(exchange, found == null ? 404 : 200, found == null ? new byte[0] : found);
      return;
    }
    String digest = name.substring(name.lastIndexOf('/') + 1);
    asked.add(digest);
    if (isRedirecting) {
      // Another name of this host is another origin.
      exchange
          .getResponseHeaders()
          .set(
              "Location",
              "http://localhost:" + server.getAddress().getPort() + "/elsewhere/" + digest);
      exchange.sendResponseHeaders(307, -1);
      return;
    }
    blob(exchange, digest);
  }

  private void blob(HttpExchange exchange, String digest) throws IOException {
    byte[] found = blobs.get(new Digest(digest));
    if (found != null && breaks > 0 && found.length > 1) {
      breaks--;
      exchange.sendResponseHeaders(200, found.length);
      exchange.getResponseBody().write(found, 0, found.length / 2);
      return;
    }
    HeldBlobs now = held;
    if (found != null && now != null && found.length > HeldBlobs.LARGE) {
      exchange.sendResponseHeaders(200, found.length);
      exchange.getResponseBody().write(found, 0, found.length / 2);
      exchange.getResponseBody().flush();
      now.await();
      exchange.getResponseBody().write(found, found.length / 2, found.length - found.length / 2);
      return;
    }
    send(exchange, found == null ? 404 : 200, found == null ? new byte[0] : found);
  }

  private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
