package dev.visco.api.link;

import dev.visco.api.http.Exchange;
import dev.visco.wire.ProblemDocument;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * What a visitor is told when a guest's application cannot be shown: a page for people, a problem
 * document for programs. It is served in the guest's origin, so that nothing in it is secret, and
 * nothing of it runs.
 */
final class LinkPages {
  private static final String STYLE =
      "body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1em;"
          + "color:#222;background:#fff}h1{font-size:1.4em}"
          + "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}";

  private LinkPages() {}

  /** Whether somebody reads it, and no program. */
  static boolean isForPeople(Request request) {
    String accepted = request.getHeaders().get(HttpHeader.ACCEPT);
    return accepted != null && accepted.toLowerCase(Locale.ROOT).contains("text/html");
  }

  static void tell(Request request, Exchange exchange, ProblemDocument problem) {
    exchange.withHeader("Referrer-Policy", "no-referrer");
    exchange.withHeader("X-Content-Type-Options", "nosniff");
    if (!isForPeople(request)) {
      exchange.json(problem.status(), problem);
      return;
    }
    exchange.withHeader(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    exchange.text(problem.status(), "text/html; charset=utf-8", page(problem));
  }

  private static String page(ProblemDocument problem) {
    String remedy = problem.remedy() == null ? "" : "<p>" + escaped(problem.remedy()) + "</p>";
    return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width\"><title>"
        + escaped(problem.title())
        + "</title><style>"
        + STYLE
        + "</style></head><body><h1>"
        + escaped(problem.title())
        + "</h1><p>"
        + escaped(problem.detail())
        + "</p>"
        + remedy
        + "</body></html>\n";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
