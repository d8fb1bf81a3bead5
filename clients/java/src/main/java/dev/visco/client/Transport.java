package dev.visco.client;

import dev.visco.client.model.ProblemDocument;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Sends calls, and reads answers of every kind. Blocks; an interrupt ends it. */
final class Transport {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Set<Integer> PASSING = Set.of(429, 502, 503, 504);
  private final String url;
  private final String token;
  private final HttpClient http;
  private final int retries;

  Transport(URI url, String token, HttpClient http, int retries) {
    this.url = url.toString().replaceFirst("/+$", "");
    this.token = token;
    this.http = http;
    this.retries = retries;
  }

  /** An answer that is a JSON document. */
  <T> T json(Call call, Class<T> type) {
    return type.cast(Records.of(type, Json.read(text(send(call)))));
  }

  /** An answer of any type that {@link Records} knows. */
  Object any(Call call, Type type) {
    return Records.of(type, Json.read(text(send(call))));
  }

  /** An answer without content. */
  void nothing(Call call) {
    text(send(call));
  }

  /** A list in pages. */
  <T> Pages<T> pages(Call call, Class<T> type) {
    return new Pages<>(cursor -> {
      Map<?, ?> page = (Map<?, ?>) Json.read(text(send(call.page(cursor))));
      List<T> items =
          ((List<?>) page.get("items"))
              .stream().map(one -> type.cast(Records.of(type, one))).toList();
      return new Page<>(items, (String) page.get("next"));
    });
  }

  /** Bytes, to be closed. */
  InputStream bytes(Call call) {
    return send(call).body();
  }

  /** Documents as they come. */
  <T> EventStream<T> events(Call call, Class<T> type) {
    InputStream answer = send(call.header("Accept", "text/event-stream")).body();
    return new EventStream<>(answer, data -> type.cast(Records.of(type, Json.read(data))));
  }

  /** Long work: lines of progress, and the result at last. */
  <T> T work(Call call, String result, Class<T> type, ProgressListener progress) {
    try (var lines =
        new BufferedReader(new InputStreamReader(send(call).body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Map<?, ?> said = (Map<?, ?>) Json.read(line);
        if (said.containsKey("problem")) {
          throw new ViscoException(problem(said.get("problem")), null);
        } else if (said.containsKey(result)) {
          return type.cast(Records.of(type, said.get(result)));
        }
        progress.report(
            String.valueOf(said.get("doing")), ((Number) said.get("fraction")).doubleValue());
      }
    } catch (IOException e) {
      throw brokenOff(e);
    }
    throw new ViscoConnectionException("The answer ended before the result.", null);
  }

  private HttpResponse<InputStream> send(Call call) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + call.target()))
            .method(call.method(), call.body())
            .header("Authorization", "Bearer " + token);
    call.headers().forEach(request::setHeader);
    for (int failures = 0; ; failures++) {
      Duration pause = Duration.ofMillis(ThreadLocalRandom.current().nextLong(100, 200) << failures);
      try {
        HttpResponse<InputStream> answer =
            http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (call.accepts(answer.statusCode())) {
          return answer;
        }
        ViscoException refused = refusal(answer);
        pause = refused.retryAfter().orElse(pause);
        // What is too much was not done at all.
        boolean mayRepeat = call.isSafe() || (call.isWhole() && refused.status() == 429);
        if (failures >= retries
            || !mayRepeat
            || !PASSING.contains(refused.status())
            || pause.compareTo(LONGEST_WAIT) > 0) {
          throw refused;
        }
        Thread.sleep(pause.toMillis());
      } catch (IOException e) {
        if (failures >= retries || !call.isSafe()) {
          throw new ViscoConnectionException(url + " does not answer.", e);
        }
        sleep(pause);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private static void sleep(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static ViscoConnectionException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ViscoConnectionException("interrupted", e);
  }

  private static ViscoConnectionException brokenOff(IOException e) {
    return new ViscoConnectionException("The answer broke off.", e);
  }

  private static String text(HttpResponse<InputStream> answer) {
    try (InputStream body = answer.body()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw brokenOff(e);
    }
  }

  private static ProblemDocument problem(Object json) {
    return (ProblemDocument) Records.of(ProblemDocument.class, json);
  }

  /** A proxy in between may answer with something else than a problem document. */
  private static ViscoException refusal(HttpResponse<InputStream> answer) {
    String body = text(answer);
    Optional<Duration> retryAfter =
        answer
            .headers()
            .firstValue("Retry-After")
            .filter(text -> text.matches("\\d{1,9}"))
            .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    boolean isProblem =
        answer
            .headers()
            .firstValue("Content-Type")
            .filter(type -> type.startsWith("application/problem+json"))
            .isPresent();
    int status = answer.statusCode();
    String detail = "Status " + status + ": " + body.substring(0, Math.min(500, body.length()));
    ProblemDocument problem =
        isProblem
            ? problem(Json.read(body))
            : problem(
                Map.of(
                    "type", "about:blank", "title", "", "status", (long) status, "detail", detail));
    return new ViscoException(problem, retryAfter.orElse(null));
  }
}
