package dev.visco.client;

import dev.visco.client.model.ProblemDocument;
import java.time.Duration;
import java.util.Optional;

/** What the API refused, or what failed on its host: a problem document (RFC 9457). */
public final class ViscoException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient ProblemDocument problem;
  private final Duration retryAfter;

  ViscoException(ProblemDocument problem, Duration retryAfter) {
    super(problem.remedy() == null ? problem.detail() : problem.detail() + " " + problem.remedy());
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** With its field, value, remedy, actions and objections; null where it has none. */
  public ProblemDocument problem() {
    return problem;
  }

  /** Of the answer, like 404. */
  public int status() {
    return problem.status();
  }

  /** After which to try again, where the answer says so. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
