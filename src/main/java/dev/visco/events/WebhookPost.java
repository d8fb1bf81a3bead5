package dev.visco.events;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Sends one request of a webhook. */
public interface WebhookPost {
  /**
   * The answer's head.
   *
   * @param retryAfter how long its sender wants to be left alone
   */
  record PostAnswer(int status, Optional<Duration> retryAfter) {}

  /**
   * Sends a body of JSON.
   *
   * @param headers besides its type
   * @throws IOException when there is no answer, with the reason for people
   */
  PostAnswer post(URI url, Map<String, String> headers, String body)
      throws IOException, InterruptedException;
}
