package dev.visco.api.link;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Problems;
import dev.visco.api.http.Router;
import dev.visco.api.http.Streams;
import dev.visco.api.link.LinkSites.LinkSite;
import dev.visco.commands.RemedyCommands;
import dev.visco.host.Busy;
import dev.visco.lifecycle.VmService;
import dev.visco.link.LinkService;
import dev.visco.link.LinkService.PortLink;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.ProblemDocument;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves web applications of guests at the host names of {@link LinkSites}, to whoever shows a
 * link's secret. Nothing of the API is served there, and nothing of a guest anywhere else.
 */
public final class LinkHandler extends Handler.Wrapper {
  private static final Logger LOG = LoggerFactory.getLogger(LinkHandler.class);
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private static final Duration DIAL = Duration.ofSeconds(10);

  /** Of each VM at a time: browsers open six connections to a host, and some WebSockets. */
  private static final int MAX_PER_VM = 64;

  private static final String ABOUT = "urn:visco:problem:";

  private final LinkService links;
  private final VmService vms;
  private final LinkSites sites;
  private final LinkLimits limits;
  private final Predicate<String> isViscos;
  private final boolean isBehindProxy;
  private final BooleanSupplier isStarted;
  private final InstantSource clock;
  private final Duration silence;

  /**
   * What is served.
   *
   * @param isViscos whether an Authorization field has a secret of the API, which no guest may see
   * @param max requests and connections of all VMs at a time
   * @param isBehindProxy whether a proxy is believed when it says where visitors are
   * @param silence how long a guest may take to begin its answer
   */
  public record LinkServing(
      LinkService links,
      VmService vms,
      LinkSites sites,
      Predicate<String> isViscos,
      int max,
      boolean isBehindProxy,
      InstantSource clock,
      Duration silence) {
    /** How long a guest may take to begin its answer. */
    public static final Duration SILENCE = Duration.ofMinutes(5);
  }

  /**
   * @param isStarted until then nothing is served
   * @param next for all other host names
   */
  public LinkHandler(LinkServing serving, BooleanSupplier isStarted, Handler next) {
    super(next);
    this.links = serving.links();
    this.vms = serving.vms();
    this.sites = serving.sites();
    this.limits = new LinkLimits(serving.max(), MAX_PER_VM);
    this.isViscos = serving.isViscos();
    this.isBehindProxy = serving.isBehindProxy();
    this.clock = serving.clock();
    this.silence = serving.silence();
    this.isStarted = isStarted;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Optional<LinkSite> site = sites.site(request.getHeaders().get(HttpHeader.HOST));
    if (site.isEmpty()) {
      return super.handle(request, response, callback);
    }
    var exchange = new Exchange(request, response, callback);
    try {
      if (isStarted.getAsBoolean()) {
        serve(site.get(), request, response, callback);
      } else {
        LinkPages.tell(request, exchange, Problems.starting());
      }
    } catch (Refused | Busy | GuestUnreachable | LinkVisit.NoAnswer | GuestConnection.NotOpened e) {
      response.reset();
      if (e instanceof Refused || e instanceof Busy) {
        exchange.withHeader("Retry-After", "2");
      }
      LinkPages.tell(request, exchange, problem(site.get(), e));
    } catch (Exception | Error e) {
      String reference = Router.reference();
      LOG.error("a visit to {} failed ({})", site.get().origin(), reference, e);
      exchange.problem(Problems.fault(reference), e);
    }
    return true;
  }

  private void serve(LinkSite site, Request request, Response response, Callback callback)
      throws Exception {
    List<String> secrets = LinkSecret.all(request, site);
    boolean isByCookie =
        LinkSecret.inQuery(request).isEmpty() && !request.getHeaders().contains(LinkSecret.HEADER);
    Shown shown = shown(site, secrets);
    if (isByCookie && isForeign(site, request)) {
      throw new Refused(
          new Refusal.Forbidden(
              "This request came from a page of another site.",
              "Open the link itself; programs send its secret as " + LinkSecret.HEADER + "."));
    }
    if (isFirstOfBrowser(request)) {
      response.getHeaders().put("Referrer-Policy", "no-referrer");
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      response.getHeaders().put(HttpHeader.LOCATION, site.origin() + LinkSecret.target(request));
      response
          .getHeaders()
          .put(
              HttpHeader.SET_COOKIE,
              LinkSecret.setCookie(site, shown.link(), shown.secret(), clock.instant()));
      new Exchange(request, response, callback).empty(303);
      return;
    }
    visit(site, shown.link(), request, response, callback);
  }

  /** A link and its secret, as it was shown. */
  private record Shown(PortLink link, String secret) {}

  /** Of several cookies one may be the link's, and others a neighbour's. */
  private Shown shown(LinkSite site, List<String> secrets) {
    Refused last = null;
    for (String secret : secrets) {
      try {
        return new Shown(links.open(site.vm(), site.port(), secret), secret);
      } catch (Refused e) {
        if (last == null || !(e.refusal() instanceof Refusal.Unauthorized)) {
          last = e;
        }
      }
    }
    if (last != null) {
      throw last;
    }
    links.open(site.vm(), site.port(), null);
    throw new IllegalStateException("a link without a secret was opened");
  }

  /** A browser goes on without the secret in its address, and with a cookie. */
  private static boolean isFirstOfBrowser(Request request) {
    return request.getMethod().equals("GET")
        && LinkPages.isForPeople(request)
        && LinkSecret.inQuery(request).isPresent()
        && !LinkHeaders.asksForUpgrade(request);
  }

  /**
   * Whether a page of another site has made a browser send its cookie: of other VMs above all,
   * whose names are of the same domain, so that SameSite does not keep them out. To follow a link
   * to a page is allowed to everybody.
   */
  private boolean isForeign(LinkSite site, Request request) {
    HttpFields headers = request.getHeaders();
    String origin = headers.get(HttpHeader.ORIGIN);
    if (origin != null && !origin.equals("null")) {
      return !sites.isOfSameVm(origin, site.vm());
    }
    String from = Optional.ofNullable(headers.get("Sec-Fetch-Site")).orElse("");
    if (origin != null) {
      return !from.equals("same-origin");
    }
    boolean isAnothers = from.equals("cross-site") || from.equals("same-site");
    boolean isNavigation =
        "navigate".equals(headers.get("Sec-Fetch-Mode"))
            && "document".equals(headers.get("Sec-Fetch-Dest"))
            && (request.getMethod().equals("GET") || request.getMethod().equals("HEAD"));
    return isAnothers && !isNavigation;
  }

  private void visit(
      LinkSite site, PortLink link, Request request, Response response, Callback callback)
      throws Exception {
    var exchange = new Exchange(request, response, callback);
    LinkLimits.Place place = limits.take(site.vm());
    Streams.Stream stream = null;
    GuestSession session = null;
    GuestConnection guest = null;
    try {
      boolean isQuiet = !LinkHeaders.hasContent(request) && !LinkHeaders.asksForUpgrade(request);
      stream = exchange.visiting("link", isQuiet, () -> links.isCurrent(link));
      session = vms.session(site.vm(), CONNECT);
      guest = session.dial("localhost", site.port(), DIAL);
    } finally {
      if (guest == null) {
        if (session != null) {
          session.close();
        }
        if (stream != null) {
          stream.close();
        }
        place.close();
      }
    }
    new LinkVisit(request, response, callback, site, stream, place, session, guest, silence)
        .run(LinkHeaders.head(request, site, isViscos, isBehindProxy));
  }

  private static ProblemDocument problem(LinkSite site, Exception e) {
    return switch (e) {
      case Refused refused when refused.refusal() instanceof Refusal.Conflict it ->
          document("not-running", "The VM is not running", 503, it.detail(), RemedyCommands.of(it));
      case Refused refused -> Problems.of(refused.refusal());
      case Busy busy -> Problems.of(busy);
      case GuestUnreachable unreachable -> Problems.of(unreachable);
      case GuestConnection.NotOpened not when not.isProhibited() ->
          document(
              "guest-unreachable",
              "The guest opens no connections",
              502,
              "The guest's sshd forwards no connections.",
              "Set AllowTcpForwarding yes in its sshd_config.");
      case GuestConnection.NotOpened _ ->
          document(
              "nothing-listens",
              "Nothing listens on port " + site.port(),
              502,
              "No program in the VM " + site.vm() + " listens on port " + site.port() + ".",
              Advice.of(
                      "Start it there, and reload. What listens: {}",
                      new Remedy.RunInGuest(site.vm().value(), "ss -ltn"))
                  .text(RemedyCommands::of));
      case LinkVisit.NoAnswer no when no.isSlow() ->
          document(
              "guest-slow",
              "No answer",
              504,
              "The program on port " + site.port() + " did not answer in time.",
              "Look what it does, and reload.");
      default ->
          document(
              "bad-answer",
              "No answer that can be shown",
              502,
              "The program on port "
                  + site.port()
                  + " gave no answer of HTTP: "
                  + e.getMessage()
                  + ".",
              "Links are for HTTP; any other protocol passes through a forwarded port.");
    };
  }

  private static ProblemDocument document(
      String type, String title, int status, String detail, String remedy) {
    return new ProblemDocument(ABOUT + type, title, status, detail, remedy, null, null);
  }
}
