package dev.visco.events;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/**
 * Sends by HTTP or HTTPS. Connects to the very addresses that were checked, whatever the name means
 * a moment later; follows no redirect, and reads no more of an answer than its head. It starts with
 * the first request: most hosts have no webhooks.
 */
public final class HttpPost implements WebhookPost, AutoCloseable {
  /** How long a receiver has until it answers (Standard Webhooks: 15 to 30 s). */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration MAX_RETRY_AFTER = Duration.ofHours(24);

  private final WebhookAddresses addresses;
  private @Nullable HttpClient client;

  public HttpPost(WebhookAddresses addresses) {
    this.addresses = addresses;
  }

  private synchronized HttpClient client() throws IOException {
    HttpClient known = client;
    if (known != null) {
      return known;
    }
    var made = new HttpClient();
    made.setName("webhooks");
    made.setFollowRedirects(false);
    made.setConnectTimeout(CONNECT.toMillis());
    made.setUserAgentField(new HttpField("User-Agent", "visco-webhooks"));
    made.setSocketAddressResolver((host, port, context, promise) -> resolve(host, port, promise));
    made.getContentDecoderFactories().clear();
    try {
      made.start();
    } catch (Exception e) {
      throw new IOException("the client of webhooks does not start: " + e.getMessage(), e);
    }
    client = made;
    return made;
  }

  private void resolve(String host, int port, Promise<List<InetSocketAddress>> promise) {
    Thread.ofVirtual()
        .name("webhook name " + host)
        .start(() -> {
          try {
            promise.succeeded(
                allowed(host).stream().map(one -> new InetSocketAddress(one, port)).toList());
          } catch (IOException e) {
            promise.failed(e);
          }
        });
  }

  private List<InetAddress> allowed(String host) throws IOException {
    var found = new ArrayList<InetAddress>();
    try {
      for (InetAddress one : InetAddress.getAllByName(host)) {
        if (addresses.allows(one)) {
          found.add(one);
        }
      }
    } catch (UnknownHostException e) {
      throw new IOException(host + " is not known to the host's nameserver", e);
    }
    if (found.isEmpty()) {
      throw new IOException(
          host + " has private addresses only, and webhooks.networks does not allow them");
    }
    return found;
  }

  @Override
  public PostAnswer post(URI url, Map<String, String> headers, String body)
      throws IOException, InterruptedException {
    var listener = new InputStreamResponseListener();
    var request =
        client()
            .POST(url)
            .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .headers(fields -> {
              headers.forEach(fields::put);
              fields.put("Connection", "close"); // The rest of an answer is not waited for.
            })
            .body(new StringRequestContent("application/json", body));
    request.send(listener);
    try {
      Response response = listener.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return new PostAnswer(response.getStatus(), retryAfter(response));
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + TIMEOUT.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(), e);
    } finally {
      request.abort(new IOException("the rest of the answer is not read"));
    }
  }

  /** Only seconds: few send a date. */
  private static Optional<Duration> retryAfter(Response response) {
    String text = response.getHeaders().get("Retry-After");
    return text != null && text.matches("\\d{1,6}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
            .map(asked -> asked.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : asked)
        : Optional.empty();
  }

  @Override
  public synchronized void close() {
    HttpClient known = client;
    if (known != null) {
      try {
        known.stop();
      } catch (Exception e) {
        throw new IllegalStateException("the client of webhooks does not stop", e);
      }
    }
  }
}
