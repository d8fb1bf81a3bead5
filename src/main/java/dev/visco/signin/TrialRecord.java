package dev.visco.signin;

import dev.visco.host.SteadyClock;
import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.signin.LoginTrial.TrialEvent;
import dev.visco.signin.channel.LoginListener;
import dev.visco.signin.link.LoginLink;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What a login that is tried out has shown so far. */
final class TrialRecord implements LoginListener {
  /** Events of one trial; a guest could cause any number. */
  private static final int MAX_EVENTS = 100;

  /** Opened once all is there that is waited for. */
  final CountDownLatch over = new CountDownLatch(1);

  private final Provider provider;
  private final LoginMethod method;
  private final SteadyClock clock;
  private final long started;
  private final List<TrialEvent> events = new ArrayList<>();
  private @Nullable LinkSource linkFrom;
  private @Nullable String refused;
  private boolean hasCode;

  TrialRecord(Provider provider, LoginMethod method, SteadyClock clock) {
    this.provider = provider;
    this.method = method;
    this.clock = clock;
    this.started = clock.uptimeMillis();
  }

  private synchronized void add(String what, String text, @Nullable String source) {
    if (events.size() < MAX_EVENTS) {
      events.add(new TrialEvent(clock.uptimeMillis() - started, what, text, source));
    }
  }

  @Override
  public void link(LoginLink link, LinkSource source) {
    String whole = link.address().toString();
    int query = whole.indexOf('?');
    add("link", query < 0 ? whole : whole.substring(0, query), source.word());
    synchronized (this) {
      linkFrom = linkFrom == null ? source : linkFrom;
    }
    if (method.device() == null) {
      over.countDown();
    }
  }

  @Override
  public void refused(String why, LinkSource source) {
    add("refused-link", why, source.word());
    synchronized (this) {
      refused = why;
    }
  }

  @Override
  public void code(String code) {
    add("code", code, null);
    synchronized (this) {
      hasCode = true;
    }
    over.countDown();
  }

  @Override
  public void answered(String question) {
    add("answered", question, null);
  }

  /** It has ended by itself. */
  void ended(String why) {
    add("ended", why, null);
    over.countDown();
  }

  private boolean works() {
    return method.device() == null ? linkFrom != null : hasCode;
  }

  /**
   * What came of it.
   *
   * @param version what the tool says of its version; empty when it says nothing
   */
  synchronized LoginTrial result(String version, SortedSet<String> asked) {
    return new LoginTrial(
        provider.name(),
        method.channel().word(),
        version.isEmpty() ? null : version,
        works(),
        List.copyOf(events),
        List.copyOf(asked),
        differences(version));
  }

  private List<String> differences(String version) {
    var found = new ArrayList<String>();
    if (version.isEmpty()) {
      found.add(provider.tool() + " --version says nothing");
    } else if (provider.versions().stream().noneMatch(version::contains)) {
      found.add(
          "the tool says \"%s\", and the file was tried with %s"
              .formatted(version, String.join(", ", provider.versions())));
    }
    if (linkFrom != null && !method.link().contains(linkFrom)) {
      found.add("its link comes from " + linkFrom.word() + ", which the file does not name");
    }
    if (!works()) {
      found.add(
          refused != null
              ? refused
              : method.device() == null ? "it gave no link" : "it gave no device code");
    }
    return found;
  }
}
