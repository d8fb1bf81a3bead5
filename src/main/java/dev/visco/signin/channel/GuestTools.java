package dev.visco.signin.channel;

import dev.visco.image.Manifest.SignInHelper;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Tools by a guest's sign-in helper (docs/recipes/add-an-image.md). */
public final class GuestTools implements LoginTools {
  private static final String TERM = "xterm-256color";
  private static final String LINKS = "/run/sign-in/links";
  private static final Duration SHORT = Duration.ofSeconds(30);

  /** Has a file for each tool, named by the id of the process with which all of the tool's end. */
  private static final String STARTED = "/run/sign-in-tools";

  private static final String START = "mkdir -p \"$1\" && : >\"$1/$$\" && shift && exec \"$@\"";
  private static final String END =
      "for one in \"$1\"/*; do [ -e \"$one\" ] && kill -KILL \"${one##*/}\" 2>/dev/null;"
          + " rm -f \"$one\"; done; true";

  private final GuestSession session;
  private final SignInHelper helper;

  public GuestTools(GuestSession session, SignInHelper helper) {
    this.session = session;
    this.helper = helper;
  }

  private GuestCommand command(List<String> command, Map<String, String> environment) {
    var all =
        new ArrayList<>(
            List.of(
                "sh", "-c", START, "sh", STARTED, helper.program(), "run", helper.user(), "env"));
    new TreeMap<>(environment).forEach((name, value) -> all.add(name + "=" + value));
    all.addAll(command);
    return GuestCommand.of(all);
  }

  /** Ends all tools of this guest, those of an earlier session too. */
  public void endAll() throws IOException {
    session.exec(List.of("sh", "-c", END, "sh", STARTED), new byte[0], SHORT).close();
  }

  /**
   * Runs a command as the desktop's user; one that takes longer is ended.
   *
   * @param maxOutput bytes
   */
  public GuestSession.GuestOutput run(
      List<String> command,
      Map<String, String> environment,
      byte[] input,
      Duration max,
      int maxOutput)
      throws IOException {
    return session.execLimited(command(command, environment), input, max, maxOutput);
  }

  /** Opens a page in the desktop's browser. */
  public void open(URI page) throws IOException {
    List<String> opening = List.of(helper.program(), "open", helper.user(), page.toString());
    try (var opened = session.exec(opening, new byte[0], SHORT)) {
      if (opened.exitCode() != 0) {
        throw new IOException("the desktop's browser was not started: " + opened.exitCode());
      }
    }
  }

  @Override
  public GuestProcess start(
      List<String> command, Map<String, String> environment, OutputStream out, OutputStream error)
      throws IOException {
    return session.start(command(command, environment), out, error);
  }

  @Override
  public GuestProcess terminal(
      List<String> command, Map<String, String> environment, OutputStream out) throws IOException {
    return session.terminal(command(command, environment), TERM, COLUMNS, ROWS, out);
  }

  /** By its name: the helper makes the file anew when it starts a tool. */
  @Override
  public GuestProcess links(OutputStream out) throws IOException {
    session.exec(List.of("rm", "-f", LINKS), new byte[0], SHORT).close();
    return session.start(
        GuestCommand.of(List.of("tail", "-n", "+1", "-F", LINKS)),
        out,
        OutputStream.nullOutputStream());
  }

  /**
   * What a tool says of its version; empty when it says nothing.
   *
   * @throws IOException when the guest cannot be asked, or the tool does not end
   */
  public String version(String tool) throws IOException {
    GuestCommand ask = command(List.of(tool, "--version"), Map.of());
    try (var said = session.execLimited(ask, new byte[0], SHORT, GuestSession.MAX_OUTPUT)) {
      return said.exitCode() == 0 ? LastLine.of(said.output()) : "";
    }
  }

  @Override
  public GuestConnection dial(int port) throws IOException {
    return session.dial("127.0.0.1", port, SHORT);
  }
}
