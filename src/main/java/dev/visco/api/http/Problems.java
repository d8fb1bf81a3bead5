package dev.visco.api.http;

import dev.visco.commands.RefusalDocument;
import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ProblemDocument;
import org.eclipse.jetty.http.HttpStatus;
import tools.jackson.core.JacksonException;

/** Refusals as problem documents (RFC 9457). */
public final class Problems {
  private static final String ABOUT = RefusalDocument.ABOUT;

  private Problems() {}

  public static ProblemDocument of(Refusal refusal) {
    return RefusalDocument.of(refusal);
  }

  /** A body that is not JSON, has an unknown field, or a field of the wrong type. */
  public static ProblemDocument of(JacksonException e) {
    return new ProblemDocument(
        ABOUT + "invalid",
        "Invalid value",
        400,
        BodyFault.detail(e) + ".",
        BodyFault.remedy(e),
        BodyFault.field(e),
        null);
  }

  /** A fault of the host: the message is that of the failed command. */
  public static ProblemDocument of(HostFault fault) {
    return new ProblemDocument(
        ABOUT + "fault",
        "The host failed",
        500,
        fault.getMessage() + "",
        "Correct the cause and try again.",
        null,
        null);
  }

  /** Nothing was done: no memory or worker is free now. */
  public static ProblemDocument of(Busy busy) {
    return new ProblemDocument(
        ABOUT + "busy", "Busy", 503, busy.getMessage() + "", "Try again in a moment.", null, null);
  }

  /** The daemon is still recovering VMs of an earlier daemon. */
  public static ProblemDocument starting() {
    return new ProblemDocument(
        ABOUT + "starting",
        "The daemon starts",
        503,
        "The daemon is recovering the VMs of an earlier one, and answers nothing but /health until that is done.",
        "Try again in a second.",
        null,
        null);
  }

  /** The request used an unknown host name, or came from another site's page. */
  public static ProblemDocument foreign(String detail, String remedy) {
    return new ProblemDocument(
        ABOUT + "foreign-request", "Foreign request", 403, detail, remedy, null, null);
  }

  /** The guest cannot be reached, or the command in it broke off. */
  public static ProblemDocument of(GuestUnreachable fault) {
    return new ProblemDocument(
        ABOUT + "guest-unreachable",
        "The guest did not answer",
        502,
        fault.getMessage() + "",
        "visco logs VM shows its console.",
        null,
        null);
  }

  public static ProblemDocument fault(String reference) {
    return new ProblemDocument(
        ABOUT + "fault",
        "The host failed",
        500,
        "Something failed that should have worked.",
        "The daemon's log tells more under " + reference + ".",
        null,
        null);
  }

  /** A body in an unsupported encoding (RFC 9110, 15.5.16). */
  public static ProblemDocument unsupported(String field, String value, String remedy) {
    return new ProblemDocument(
        ABOUT + "unsupported",
        "Unsupported Media Type",
        415,
        field + " \"" + value + "\" is not taken.",
        remedy,
        field,
        value);
  }

  /** A path has no such method (RFC 9110, 15.5.6). */
  static ProblemDocument otherMethod(String detail, String remedy) {
    return new ProblemDocument(
        ABOUT + "method-not-allowed", "Method Not Allowed", 405, detail, remedy, null, null);
  }

  /** A problem that the status alone describes (RFC 9457, 4.2.1). */
  public static ProblemDocument plain(int status, String detail, String remedy) {
    return new ProblemDocument(
        "about:blank", HttpStatus.getMessage(status), status, detail, remedy, null, null);
  }
}
