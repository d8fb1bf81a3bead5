package dev.visco.api.http;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.description.RouteAnswer;
import dev.visco.api.description.RouteContent;
import dev.visco.api.description.RouteDescription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One method on one path, who may call it, and what it takes and answers. What is below {@code
 * /api/} is served below {@code /api/v1/} too ({@link RouteCall}).
 *
 * @param method of HTTP, or {@link #WEBSOCKET}
 * @param template a path whose parts in braces stand for anything, like {@code /api/vms/{id}}
 * @param description what it says about itself; requests are checked against it
 * @param isReading whether it changes nothing and opens no guest, so that tokens that may only read
 *     may call it
 * @param isAudited whether calls of it are recorded: what changes something or opens a guest
 */
public record Route(
    String method,
    String template,
    Role role,
    RouteDescription description,
    boolean isReading,
    boolean isAudited,
    RouteAction action) {
  /** Stands for a method: a GET that upgrades to a WebSocket. */
  public static final String WEBSOCKET = "WEBSOCKET";

  private static final QueryParameter LIMIT =
      QueryParameter.number("limit", "entries of a page, at most 1000, usually 100");

  /** Answers a request; refusals and faults are answered by the router. */
  public interface RouteAction {
    void answer(Exchange exchange) throws Exception;
  }

  /** A route for {@link Role#USER}. */
  public static Route user(String method, String template, RouteAction action) {
    return of(method, template, Role.USER, action);
  }

  private static Route of(String method, String template, Role role, RouteAction action) {
    boolean isReading = method.equals("GET");
    return new Route(method, template, role, RouteDescription.NONE, isReading, !isReading, action);
  }

  /** A route for {@link Role#OPERATOR}. */
  public static Route operator(String method, String template, RouteAction action) {
    return of(method, template, Role.OPERATOR, action);
  }

  /** A route for {@link Role#ADMIN}. */
  public static Route admin(String method, String template, RouteAction action) {
    return of(method, template, Role.ADMIN, action);
  }

  /** A route for {@link Role#ANYBODY}. */
  public static Route open(String method, String template, RouteAction action) {
    return of(method, template, Role.ANYBODY, action);
  }

  /** The same for another role. */
  public Route withRole(Role other) {
    return new Route(method, template, other, description, isReading, isAudited, action);
  }

  /** The same for what shows the inside of a guest: each call is recorded, though it is a GET. */
  public Route audited() {
    return new Route(method, template, role, description, isReading, true, action);
  }

  /** The same for what is called again and again, and changes nothing that anybody looks for. */
  public Route unaudited() {
    return new Route(method, template, role, description, isReading, false, action);
  }

  /** The same for what signs in to a guest, whose files and words may be secrets, though a GET. */
  public Route openingGuest() {
    return new Route(method, template, role, description, false, true, action);
  }

  /** The same with another action. */
  public Route withAction(RouteAction other) {
    return new Route(method, template, role, description, isReading, isAudited, other);
  }

  private Route described(RouteDescription other) {
    return new Route(method, template, role, other, isReading, isAudited, action);
  }

  /**
   * The same with a name and words.
   *
   * @param name in programs, like {@code listVms}; no other route has it
   * @param summary what it does, in a sentence
   */
  public Route named(String name, String summary) {
    return described(description.named(name, summary));
  }

  /** The same with further parameters of the query. Any that is not named here is refused. */
  public Route asking(QueryParameter... parameters) {
    return described(description.asking(List.of(parameters)));
  }

  /** The same for one that heeds a header of the request. */
  public Route heeding(String header, String meaning) {
    return described(description.heeding(QueryParameter.text(header, meaning)));
  }

  /** The same for one that reads its body as this record. */
  public Route taking(Class<?> record) {
    return described(description.taking(new RouteContent.Document(record)));
  }

  /** The same for one that reads its body as bytes of a media type. */
  public Route takingBytes(String mediaType) {
    return described(description.taking(new RouteContent.Raw(mediaType)));
  }

  /** The same for one that answers so. There may be several answers, of one status too. */
  public Route answering(int status, RouteContent content, String meaning) {
    return described(description.answering(new RouteAnswer(status, content, meaning)));
  }

  /** The same for one that answers this record. */
  public Route answering(int status, Class<?> record, String meaning) {
    return answering(status, new RouteContent.Document(record), meaning);
  }

  /** The same for one that answers bytes or text of a media type. */
  public Route answeringBytes(String mediaType, String meaning) {
    return answering(200, new RouteContent.Raw(mediaType), meaning);
  }

  /** The same for one that answers progress in lines, and at last a result of this name. */
  public Route answeringProgress(String result, Class<?> record) {
    return answering(
        200,
        new RouteContent.Progress(result, record),
        "lines of progress, and at last the result or a problem");
  }

  /** The same for one that answers all of a list ({@link Exchange#items}). */
  public Route listing(Class<?> record, String meaning) {
    return answering(200, new RouteContent.Items(record), meaning);
  }

  /**
   * The same for one that answers a list in pages ({@link Page}).
   *
   * @param cursor with which a next page is asked for, but below {@code /api/v1}
   */
  public Route inPages(Class<?> record, String cursor, String meaning) {
    Route listing = listing(record, meaning).asking(LIMIT);
    return listing.described(
        listing.description.inPages(QueryParameter.text(cursor, "where the last page ended")));
  }

  /** Whose it is about. */
  public RouteOwner owner() {
    return RouteOwner.of(template);
  }

  /** Whether its path names something. */
  boolean isNamed() {
    return template.contains("{");
  }

  public boolean isWebSocket() {
    return method.equals(WEBSOCKET);
  }

  /** The named parts of a path that fits the template. */
  public Optional<Map<String, String>> match(String path) {
    String[] wanted = template.split("/", -1);
    String[] given = path.split("/", -1);
    if (wanted.length != given.length) {
      return Optional.empty();
    }
    var named = new TreeMap<String, String>();
    for (int at = 0; at < wanted.length; at++) {
      if (wanted[at].startsWith("{") && !given[at].isEmpty()) {
        named.put(wanted[at].substring(1, wanted[at].length() - 1), given[at]);
      } else if (!wanted[at].equals(given[at])) {
        return Optional.empty();
      }
    }
    return Optional.of(named);
  }
}
