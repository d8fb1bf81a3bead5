package dev.visco.signin.session;

import dev.visco.image.Manifest.SignInHelper;
import dev.visco.model.GuestText;
import dev.visco.provider.SeedFile;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.channel.GuestTools;
import dev.visco.signin.channel.LoginTools;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A VM whose image has a sign-in helper (docs/recipes/add-an-image.md). */
public final class HelperGuest implements SignInGuest {
  private static final Duration SHORT = Duration.ofMinutes(1);

  /** Exit code for a file that is not there. */
  private static final int NO_FILE = 3;

  private static final String PUT =
      "umask 077 && mkdir -p \"$(dirname \"$HOME/$1\")\" && cat >\"$HOME/$1\" && chmod \"$2\" \"$HOME/$1\"";
  private static final String READ = "[ -f \"$HOME/$1\" ] || exit 3; cat \"$HOME/$1\"";

  /**
   * The kernel's tables of connections have ports in hexadecimal digits (proc_pid_net(5)). One that
   * listens has the state 0A; one that has ended is there for a minute, at the end that has closed
   * it first. The other end is in this guest too: a connection to its own address 127.0.0.1 or ::1.
   */
  private static final String CONNECTED =
      "own='0100007F|0{16}FFFF00000100007F|0{24}01000000';"
          + " until grep -Eqs -e \": [0-9A-F]+:$1 [0-9A-F]+:[0-9A-F]{4} 0[1-9B]\""
          + " -e \": [0-9A-F]+:[0-9A-F]{4} ($own):$1 0[14-9B]\""
          + " /proc/net/tcp /proc/net/tcp6; do sleep 1; done";

  private final GuestSession session;
  private final GuestTools tools;

  public HelperGuest(GuestSession session, SignInHelper helper) {
    this.session = session;
    this.tools = new GuestTools(session, helper);
  }

  @Override
  public LoginTools tools() {
    return tools;
  }

  @Override
  public void endTools() throws IOException {
    tools.endAll();
  }

  @Override
  public boolean hasTool(String tool) throws IOException {
    return shell("command -v \"$1\" >/dev/null", new byte[0], tool) == 0;
  }

  private int shell(String script, byte[] input, String... arguments) throws IOException {
    try (var ended = tools.run(script(script, arguments), Map.of(), input, SHORT, 64 << 10)) {
      return ended.exitCode();
    }
  }

  private static List<String> script(String script, String... arguments) {
    var words = new java.util.ArrayList<>(List.of("sh", "-c", script, "sh"));
    words.addAll(List.of(arguments));
    return words;
  }

  private static String belowHome(String path) {
    return path.substring(path.indexOf('/') + 1);
  }

  @Override
  public void put(SeedFile file) throws IOException {
    byte[] content = file.content().getBytes(StandardCharsets.UTF_8);
    if (shell(PUT, content, belowHome(file.path()), file.mode()) != 0) {
      throw new IOException("the file " + file.path() + " could not be written");
    }
  }

  @Override
  public Optional<byte[]> read(String path, int max) throws IOException {
    try (var read = tools.run(script(READ, belowHome(path)), Map.of(), new byte[0], SHORT, max)) {
      if (read.exitCode() == NO_FILE) {
        return Optional.empty();
      }
      if (read.exitCode() != 0) {
        throw new IOException("the file " + path + " could not be read");
      }
      return Optional.of(read.output());
    }
  }

  @Override
  public CheckResult run(List<String> command, Map<String, String> environment, Duration max)
      throws IOException {
    try (var ended = tools.run(command, environment, new byte[0], max, GuestSession.MAX_OUTPUT)) {
      String said = lastLine(ended.error());
      return new CheckResult(
          ended.exitCode(),
          ended.ending().isTimedOut()
              ? "it did not end in time"
              : said.isEmpty() ? lastLine(ended.output()) : said);
    }
  }

  private static String lastLine(byte[] output) {
    List<String> lines =
        new String(output, StandardCharsets.UTF_8)
            .lines()
            .map(line -> GuestText.line(line).value())
            .filter(line -> !line.isEmpty())
            .toList();
    return lines.isEmpty() ? "" : lines.getLast();
  }

  @Override
  public void open(URI page) throws IOException {
    tools.open(page);
  }

  @Override
  public GuestProcess awaitConnection(int port) throws IOException {
    return session.start(
        GuestCommand.of(script(CONNECTED, "%04X".formatted(port))),
        OutputStream.nullOutputStream(),
        OutputStream.nullOutputStream());
  }

  @Override
  public void close() {
    session.close();
  }
}
