package dev.visco.signin.channel;

import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginChannel;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.LoginMethod.DeviceCode;
import dev.visco.provider.LoginMethod.LoginQuestion;
import dev.visco.provider.Provider;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.link.CodeScanner;
import dev.visco.signin.link.LinkScanner;
import dev.visco.signin.terminal.GuestTerminal;
import dev.visco.signin.terminal.TerminalWatcher;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A login by what the tool prints for people, on a terminal or without one. */
final class TextLogin extends ToolLogin implements TerminalWatcher {
  /** Characters of the screen's text in which questions are searched for. */
  private static final int MAX_RECENT = 8 << 10;

  /** Questions that are answered; a tool that asks more goes round in a circle. */
  private static final int MAX_QUESTIONS = 32;

  /** Codes that are told; a guest could print any number. */
  private static final int MAX_CODES = 16;

  /**
   * Between two keys. Tools take keys that come together for something pasted, and tell nobody when
   * they have read one.
   */
  private static final long KEY_PAUSE_MILLIS = 100;

  private static final Map<String, String> KEYS =
      Map.of(
          "enter",
          "\r",
          "escape",
          "\u001b",
          "tab",
          "\t",
          "space",
          " ",
          "up",
          "\u001b[A",
          "down",
          "\u001b[B",
          "right",
          "\u001b[C",
          "left",
          "\u001b[D");

  private final LinkScanner links = new LinkScanner();
  private final @Nullable CodeScanner codes;
  private final Set<String> told = new HashSet<>();
  private final LastLine said = new LastLine();
  private final StringBuilder recent = new StringBuilder();
  private final GuestTerminal terminal =
      new GuestTerminal(LoginTools.COLUMNS, LoginTools.ROWS, this);
  private int answered;

  /** Output may come before the start has returned. */
  private final CompletableFuture<GuestProcess> process = new CompletableFuture<>();

  TextLogin(Provider provider, LoginMethod method, LoginTools tools, LoginListener listener) {
    super(provider, method, tools, listener);
    DeviceCode device = method.device();
    this.codes = device == null || device.form() == null ? null : new CodeScanner(device.form());
  }

  private boolean isTerminal() {
    return method.channel() == LoginChannel.PTY;
  }

  @Override
  LoginOutcome drive() throws IOException, InterruptedException {
    GuestProcess started = start();
    process.complete(started);
    if (isTerminal()) {
      terminal.answerTo(started.input());
    } else if (method.paste() == null) {
      started.input().close();
    }
    int code = started.waitFor();
    synchronized (this) {
      links.finish().forEach(link -> found(link, LinkSource.TEXT));
      if (codes != null) {
        codes.finish().forEach(this::tell);
      }
    }
    return code == 0
        ? new LoginOutcome.SignedIn()
        : new LoginOutcome.NotSignedIn(
            "the tool ended with " + code + (said.text().isEmpty() ? "" : ": " + said.text()));
  }

  private GuestProcess start() throws IOException {
    Map<String, String> environment = provider.environment(method);
    return running(
        isTerminal()
            ? tools.terminal(command(), environment, terminal)
            // Without a terminal both streams are read as one; each line of text is written at
            // once.
            : tools.start(command(), environment, both(terminal), both(terminal)));
  }

  private OutputStream both(OutputStream to) {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        synchronized (TextLogin.this) {
          to.write(bytes, from, count);
        }
      }
    };
  }

  @Override
  public SortedSet<String> asked() {
    return terminal.asked();
  }

  @Override
  public synchronized void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    said.write(bytes, 0, bytes.length);
    links.accept(text).forEach(link -> found(link, LinkSource.TEXT));
    if (codes != null) {
      codes.accept(text).forEach(this::tell);
    }
    if (!method.questions().isEmpty()) {
      squeeze(text);
      answerQuestions();
    }
  }

  private void tell(String code) {
    if (told.size() < MAX_CODES && told.add(code)) {
      listener.code(code);
    }
  }

  @Override
  public void hyperlink(String target) {
    found(target, LinkSource.OSC8);
  }

  private void squeeze(String text) {
    for (int at = 0; at < text.length(); at++) {
      char next = Character.isWhitespace(text.charAt(at)) ? ' ' : text.charAt(at);
      if (next != ' ' || (!recent.isEmpty() && recent.charAt(recent.length() - 1) != ' ')) {
        recent.append(next);
      }
    }
    if (recent.length() > MAX_RECENT) {
      recent.delete(0, recent.length() - MAX_RECENT / 2);
    }
  }

  private void answerQuestions() {
    for (LoginQuestion question : method.questions()) {
      if (answered < MAX_QUESTIONS && recent.indexOf(question.text()) >= 0) {
        answered++;
        recent.setLength(0);
        listener.answered(question.text());
        press(question.keys());
        return;
      }
    }
  }

  /** On a thread of its own: the one that brings the tool's output must not wait. */
  private void press(List<String> keys) {
    Thread.ofVirtual()
        .name("keys for a tool in a guest")
        .start(() -> {
          try {
            type(
                keys.stream()
                    .map(key -> KEYS.getOrDefault(key.toLowerCase(Locale.ROOT), key))
                    .toList());
          } catch (IOException _) {
            // It has ended, which its exit code tells.
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void type(List<String> keys) throws IOException, InterruptedException {
    GuestProcess to;
    try {
      to = process.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the tool was not started", e);
    }
    for (String key : keys) {
      Thread.sleep(KEY_PAUSE_MILLIS);
      to.input().write(key.getBytes(StandardCharsets.UTF_8));
      to.input().flush();
    }
  }

  @Override
  public void paste(String code) throws IOException {
    if (code.isEmpty() || code.chars().anyMatch(one -> one < ' ' || one == 0x7f)) {
      throw new IOException("the code is none: it has control characters");
    }
    try {
      type(List.of(code, isTerminal() ? "\r" : "\n"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }
}
