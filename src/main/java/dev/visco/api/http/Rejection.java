package dev.visco.api.http;

import dev.visco.wire.ProblemDocument;

/** A request that violates HTTP, with the HTTP status for it. */
final class Rejection extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient ProblemDocument problem;

  Rejection(ProblemDocument problem) {
    super(problem.detail());
    this.problem = problem;
  }

  ProblemDocument problem() {
    return problem;
  }
}
