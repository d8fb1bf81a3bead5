package dev.visco.cli;

import dev.visco.session.WebSocketConnector.UpgradeRefused;
import dev.visco.wire.Json;
import dev.visco.wire.ObjectionDocument;
import dev.visco.wire.ProblemDocument;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The API answered with a problem, or did not answer. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int exitCode;
  private final transient @Nullable ProblemDocument problem;

  ApiException(String message, int exitCode) {
    this(message, exitCode, null);
  }

  private ApiException(String message, int exitCode, @Nullable ProblemDocument problem) {
    super(message);
    this.exitCode = exitCode;
    this.problem = problem;
  }

  static ApiException of(ProblemDocument problem) {
    if (problem.objections() != null) {
      return new ApiException(objections(problem.objections()), CommandExitCode.REFUSED, problem);
    }
    String remedy = problem.remedy() == null ? "" : " " + problem.remedy();
    return new ApiException(
        problem.detail() + remedy,
        problem.status() == 404 ? CommandExitCode.NOT_FOUND : CommandExitCode.REFUSED,
        problem);
  }

  private static String objections(List<ObjectionDocument> objections) {
    var text = new StringBuilder("This cannot work, so nothing was started.\n");
    for (ObjectionDocument one : objections) {
      text.append("  %s \"%s\" (%s)%n".formatted(one.field(), one.value(), one.rule()));
      text.append("    cause:  %s%n    remedy: %s%n".formatted(one.cause(), one.remedy()));
    }
    return text.append("Create it with --force to boot it all the same; the report then says so.")
        .toString();
  }

  /**
   * The daemon's answer of a status that is no success.
   *
   * @param text a problem document, as a rule
   */
  static ApiException answered(int status, String text) {
    try {
      return of(Json.read(text, ProblemDocument.class));
    } catch (RuntimeException e) {
      return new ApiException(
          "The daemon answered " + status + ": " + text.strip(), CommandExitCode.REFUSED);
    }
  }

  static ApiException unreachable(ApiAddress address, Exception cause) {
    if (cause instanceof UpgradeRefused refused && !refused.body().isEmpty()) {
      return answered(refused.status(), refused.body());
    }
    if (cause instanceof SSLException) {
      return new ApiException(
          "The certificate of the daemon at %s is not accepted (%s). Call it by a name that the certificate has (VISCO_HOST, or a context); VISCO_CA, or --ca of the context, names an authority of yours."
              .formatted(address, cause.getMessage()),
          CommandExitCode.UNREACHABLE);
    }
    return new ApiException(
        address.isHere()
            ? "The daemon does not answer on %s (%s). Start it: visco up"
                .formatted(address.authority(), cause.getMessage())
            : "The daemon at %s does not answer (%s). visco context ls shows where commands go."
                .formatted(address, cause.getMessage()),
        CommandExitCode.UNREACHABLE);
  }

  /** The API's problem document, or one made of this message if the API sent none. */
  ProblemDocument problem() {
    return problem != null
        ? problem
        : new ProblemDocument(
            "about:blank", "No answer", 0, Objects.toString(getMessage()), null, null, null);
  }

  public int exitCode() {
    return exitCode;
  }
}
