package dev.visco.signin.channel;

import dev.visco.model.GuestText;
import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.link.LinkScanner;
import dev.visco.signin.link.LoginLink;
import dev.visco.signin.link.LoginLink.LinkRefused;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.regex.Pattern;

/**
 * A tool's login in a guest, from its start until the tool says how it ended. {@link #run} is
 * called once; {@link #paste} and {@link #close} by other threads meanwhile.
 */
public abstract class ToolLogin implements AutoCloseable {
  /** For one answer of a tool: under software emulation some need twenty seconds to start. */
  static final Duration ANSWER = Duration.ofMinutes(2);

  /** Links of one login; a tool opens one or two. */
  private static final int MAX_LINKS = 32;

  private static final Pattern CODE = Pattern.compile("[A-Za-z0-9-]{4,32}");

  final Provider provider;
  final LoginMethod method;
  final LoginTools tools;
  final LoginListener listener;
  private final Set<String> seen = new HashSet<>();
  private final ConcurrentLinkedDeque<GuestProcess> processes = new ConcurrentLinkedDeque<>();
  private volatile boolean isClosed;

  ToolLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    this.provider = provider;
    this.method = method;
    this.tools = tools;
    this.listener = listener;
  }

  /**
   * Starts the tool and waits until it says how the login ended.
   *
   * @throws IOException when it ended before, said nothing in time, or the guest is gone
   */
  public final LoginOutcome run() throws IOException, InterruptedException {
    try {
      if (method.link().contains(LinkSource.BROWSER)) {
        running(tools.links(links(LinkSource.BROWSER)));
      }
      return drive();
    } catch (IOException e) {
      if (isClosed) {
        throw new IOException("the login was ended", e);
      }
      throw e;
    } finally {
      close();
    }
  }

  abstract LoginOutcome drive() throws IOException, InterruptedException;

  /**
   * Gives the tool the code that the provider's page has shown.
   *
   * @throws IOException when it takes none
   */
  public abstract void paste(String code) throws IOException;

  /** What the tool asked of its terminal; empty on other channels. */
  public SortedSet<String> asked() {
    return new TreeSet<>();
  }

  /** A process that ends with the login. */
  final GuestProcess running(GuestProcess process) {
    processes.add(process);
    if (isClosed) {
      endAll();
    }
    return process;
  }

  final List<String> command() {
    return provider.filled(method.command());
  }

  final String parameter(String name) {
    return provider.filled(method.parameters().getOrDefault(name, ""));
  }

  /** Links in text without control sequences. */
  private OutputStream links(LinkSource source) {
    var scanner = new LinkScanner();
    return new OutputStream() {
      @Override
      public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int count) {
        // A link is ASCII: any other byte ends it.
        scanner
            .accept(new String(bytes, from, count, StandardCharsets.ISO_8859_1))
            .forEach(link -> found(link, source));
      }
    };
  }

  /** A link that the tool gave. */
  final void found(String text, LinkSource source) {
    synchronized (seen) {
      if (seen.size() >= MAX_LINKS || !seen.add(source + text)) {
        return;
      }
    }
    try {
      listener.link(LoginLink.of(text, provider, method), source);
    } catch (LinkRefused e) {
      listener.refused(e.getMessage() + "", source);
    }
  }

  /** A device code that the tool gave in a field of its own. */
  final void foundCode(String code) throws IOException {
    if (!CODE.matcher(code).matches()) {
      throw new IOException("the tool gave a code that is none: " + GuestText.line(code, 40));
    }
    listener.code(code);
  }

  @Override
  public void close() {
    isClosed = true;
    endAll();
  }

  /** Without a terminal a closed channel alone ends nothing in the guest. */
  private void endAll() {
    for (GuestProcess one = processes.poll(); one != null; one = processes.poll()) {
      try {
        one.signal("KILL");
      } catch (IOException _) {
        // It has ended, or the guest has.
      }
      one.close();
    }
  }
}
