package dev.visco.prompt;

import dev.visco.provider.PromptStream;
import dev.visco.provider.ProviderPrompt;
import dev.visco.wire.PromptEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Makes events of what a tool writes, as it comes. */
public final class PromptReading {
  /** Bytes of a line; of a longer one the rest is left out. */
  private static final int MAX_LINE = 1 << 20;

  private final ProviderPrompt prompt;
  private final PromptLines lines;
  private final String signInText;
  private final PartialLine output = new PartialLine();
  private final PartialLine errors = new PartialLine();
  private boolean hasSignInText;

  /**
   * @param prompt of the tool that answers
   */
  public PromptReading(ProviderPrompt prompt) {
    this.prompt = prompt;
    this.lines = lines(prompt.stream());
    this.signInText = Objects.requireNonNullElse(prompt.signInText(), "").toLowerCase(Locale.ROOT);
    this.hasSignInText = signInText.isEmpty();
  }

  private static PromptLines lines(PromptStream stream) {
    return switch (stream) {
      case CLAUDE -> new ClaudeLines();
      case CODEX -> new CodexLines();
      case GEMINI -> new GeminiLines();
      case OPENCODE -> new OpencodeLines();
      case COPILOT -> new CopilotLines();
      case TEXT -> new TextLines();
    };
  }

  /** What has come of a line that has not ended yet. */
  private static final class PartialLine {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void add(byte one) {
      if (bytes.size() < MAX_LINE) {
        bytes.write(one);
      }
    }

    boolean isEmpty() {
      return bytes.size() == 0;
    }

    String end() {
      String line = bytes.toString(StandardCharsets.UTF_8);
      bytes.reset();
      return line;
    }
  }

  /**
   * More of standard output.
   *
   * @param next where it goes on after these bytes
   */
  public List<PromptEvent> output(byte[] bytes, long next) {
    var events = new ArrayList<PromptEvent>();
    long at = next - bytes.length;
    for (byte one : bytes) {
      at++;
      if (one == '\n') {
        for (PromptEvent event : read(output.end())) {
          events.add(event.at(at));
        }
      } else {
        output.add(one);
      }
    }
    return events;
  }

  private List<PromptEvent> read(String line) {
    seen(line);
    return lines.events(line);
  }

  private void seen(String line) {
    hasSignInText |= line.toLowerCase(Locale.ROOT).contains(signInText);
  }

  /** More of standard error. */
  public List<PromptEvent> errors(byte[] bytes) {
    var events = new ArrayList<PromptEvent>();
    for (byte one : bytes) {
      if (one == '\n') {
        log(events);
      } else {
        errors.add(one);
      }
    }
    return events;
  }

  private void log(List<PromptEvent> events) {
    String line = errors.end();
    seen(line);
    if (!line.isBlank()) {
      events.add(PromptLines.text(PromptEvent.LOG, line));
    }
  }

  /** The tool has ended: what is left, and {@link PromptEvent#DONE}. */
  public List<PromptEvent> end(int exitCode, boolean isTimedOut) {
    var events = new ArrayList<PromptEvent>();
    if (!output.isEmpty()) {
      events.addAll(read(output.end()));
    }
    if (!errors.isEmpty()) {
      log(events);
    }
    boolean needsSignIn = prompt.signInExits().contains(exitCode) && hasSignInText;
    events.add(PromptEvent.done(exitCode, lines.usage(), isTimedOut, needsSignIn));
    return events;
  }
}
