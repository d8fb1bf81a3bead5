package dev.visco.cli;

import dev.visco.wire.ProblemDocument;

/** The API's answer was a problem, or there was none. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int exitCode;

  ApiException(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  static ApiException of(ProblemDocument problem) {
    String remedy = problem.remedy() == null ? "" : " " + problem.remedy();
    return new ApiException(
        problem.detail() + remedy, problem.status() == 404 ? ExitCode.NOT_FOUND : ExitCode.REFUSED);
  }

  static ApiException unreachable(ApiAddress address, Exception cause) {
    return new ApiException(
        "The daemon does not answer on %s:%d (%s). Start it: visco up"
            .formatted(address.host(), address.port(), cause.getMessage()),
        ExitCode.UNREACHABLE);
  }

  public int exitCode() {
    return exitCode;
  }
}
