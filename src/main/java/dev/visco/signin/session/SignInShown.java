package dev.visco.signin.session;

import dev.visco.model.GuestText;
import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.LoginMethod.DeviceCode;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.channel.LoginListener;
import dev.visco.signin.link.LoginLink;
import dev.visco.signin.link.LoginLink.LinkEnding;
import dev.visco.store.EventKind;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRows.SignInNote;
import dev.visco.store.SignInState;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the tool of a sign-in shows: recorded, and the page opened in the VM's browser. */
final class SignInShown implements LoginListener {
  private static final Logger LOG = LoggerFactory.getLogger(SignInShown.class);
  private static final int MAX_REFUSALS = 4;

  private final SignIns all;
  private final String id;
  private final LoginMethod method;
  private final SignInClock clock;
  private final List<String> refusals = new ArrayList<>();
  private @Nullable SignInGuest guest;
  private @Nullable GuestProcess connection;
  private @Nullable URI page;
  private @Nullable LinkEnding ending;
  private @Nullable URI pastePage;
  private @Nullable String code;
  private boolean isElsewhere;

  SignInShown(SignIns all, String id, LoginMethod method, SignInClock clock) {
    this.all = all;
    this.id = id;
    this.method = method;
    this.clock = clock;
  }

  /** The tool is about to be started in this guest. */
  synchronized void begins(SignInGuest in, boolean elsewhere) {
    guest = in;
    isElsewhere = elsewhere;
    page = null;
    ending = null;
    pastePage = null;
    code = null;
  }

  /** The tool has ended. */
  synchronized void ends() {
    guest = null;
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  /** Why links were refused, for people; empty for none. */
  synchronized String refusals() {
    return refusals.isEmpty() ? "" : " " + String.join("; ", refusals) + ".";
  }

  @Override
  public void link(LoginLink link, LinkSource source) {
    synchronized (this) {
      if (link.ending() == LinkEnding.PASTE) {
        pastePage = pastePage == null ? link.address() : pastePage;
      }
      // One that comes back by itself is better than one that ends with a code to paste.
      boolean isBetter = ending == LinkEnding.PASTE && link.ending() != LinkEnding.PASTE;
      if (page != null && !isBetter) {
        return;
      }
      page = link.address();
      ending = link.ending();
    }
    URI redirect = link.redirect();
    Integer port =
        link.ending() == LinkEnding.REDIRECT && redirect != null ? redirect.getPort() : null;
    waits(
        SignInState.WAITING.word(),
        port,
        "The provider's page at " + link.address().getHost() + " waits for the user.");
    if (port != null) {
      awaitConnection(port);
    }
    open(link.address());
  }

  /** What the tool has shown so far is recorded, and its user is told. */
  private void waits(String kind, @Nullable Integer port, String text) {
    String address;
    String paste;
    String typed;
    synchronized (this) {
      address = page == null ? null : page.toString();
      paste = pastePage == null ? null : pastePage.toString();
      typed = code;
    }
    clock.begins();
    all.change(
        id,
        row -> waiting(row).showing(address, paste, typed, port == null ? row.port() : port),
        new SignInNote(
            kind,
            text,
            SignIns.note(SignInState.WAITING, text, EventKind.SIGN_IN_WAITING).event()));
  }

  private static SignInRow waiting(SignInRow row) {
    return row.state() == SignInState.STARTING ? row.in(SignInState.WAITING) : row;
  }

  private synchronized void awaitConnection(int port) {
    if (guest == null) {
      return;
    }
    try {
      GuestProcess waiting = guest.awaitConnection(port);
      connection = waiting;
      Thread.ofVirtual().name("connection of " + id).start(() -> connected(waiting));
    } catch (IOException e) {
      LOG.warn("the sign-in {}: its port {} cannot be watched: {}", id, port, e.getMessage());
    }
  }

  private void connected(GuestProcess waiting) {
    try {
      if (waiting.waitFor() == 0) {
        clock.begins();
        all.change(
            id,
            row -> row.state() == SignInState.WAITING ? row.in(SignInState.EXCHANGING) : row,
            SignInNote.of(
                SignInState.EXCHANGING.word(), "The provider's page has come back to the tool."));
      }
    } catch (IOException e) {
      // The tool has ended, which is told otherwise.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On a thread of its own: the one that brings the tool's output must not wait. */
  private synchronized void open(URI address) {
    SignInGuest in = guest;
    if (in == null || isElsewhere) {
      return;
    }
    Thread.ofVirtual()
        .name("browser of " + id)
        .start(() -> {
          try {
            in.open(address);
            all.change(
                id,
                row -> row,
                SignInNote.of("opened", "The page is open in the browser of the VM's desktop."));
          } catch (IOException e) {
            String why = GuestText.line(e.getMessage() + "").value();
            all.change(
                id,
                row -> row,
                SignInNote.of("not-opened", "The VM's browser did not open the page: " + why));
          }
        });
  }

  @Override
  public void refused(String why, LinkSource source) {
    synchronized (this) {
      if (refusals.size() >= MAX_REFUSALS) {
        return;
      }
      refusals.add(why);
    }
    all.change(
        id,
        row -> row,
        SignInNote.of("refused-link", "A link of the tool is not shown: " + why + "."));
  }

  @Override
  public void code(String shown) {
    DeviceCode device = method.device();
    URI opened = null;
    synchronized (this) {
      if (code != null) {
        return;
      }
      code = shown;
      if (page == null && device != null && device.page() != null) {
        page = URI.create(device.page());
        ending = LinkEnding.DEVICE;
        opened = page;
      }
    }
    waits(
        "code", null, "The tool waits until the user has typed its code into the provider's page.");
    if (opened != null) {
      open(opened);
    }
  }

  @Override
  public void answered(String question) {
    String text = GuestText.line(question).value();
    all.change(
        id, row -> row, SignInNote.of("answered", "The tool's question was answered: " + text));
  }
}
