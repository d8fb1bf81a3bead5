package dev.visco.signin.terminal;

import dev.visco.signin.terminal.TerminalAnswers.TerminalAnswer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A terminal without a screen, for a program in a guest: the stream to which the program's output
 * goes. It answers queries, without which some programs wait for ever, and passes text and
 * hyperlinks on. The work is linear in the length of the output, and the memory bounded.
 */
public final class GuestTerminal extends OutputStream {
  /** Characters of a string (OSC, DCS) that are kept; a longer one is ignored. */
  public static final int MAX_STRING = 16 << 10;

  /** Characters of a control sequence; a longer one is none. */
  private static final int MAX_SEQUENCE = 64;

  /** Answers after which it is silent: a program asks some dozens of times. */
  private static final int MAX_ANSWERS = 10_000;

  private static final int CHUNK = 8 << 10;

  /** Where the next character stands; ECMA-48, 5.4 and 5.6. */
  private enum Place {
    TEXT,
    ESCAPE,
    /** After an intermediate character, as in the choice of a character set. */
    INTERMEDIATE,
    SEQUENCE,
    COMMAND,
    DEVICE_STRING,
    /** A string that nobody here obeys. */
    OTHER_STRING
  }

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  private final TerminalAnswers answers;
  private final CursorPosition cursor;
  private final TerminalWatcher watcher;
  private final StringBuilder shown = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private final SortedSet<String> asked = Collections.synchronizedSortedSet(new TreeSet<>());
  private ByteBuffer rest = ByteBuffer.allocate(0);
  private Place place = Place.TEXT;
  private boolean isStringEscape;
  private int answered;

  /** A program may ask before whoever has started it knows its input. */
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();

  private @Nullable OutputStream input;

  public GuestTerminal(int columns, int rows, TerminalWatcher watcher) {
    this.answers = new TerminalAnswers(columns, rows);
    this.cursor = new CursorPosition(columns, rows);
    this.watcher = watcher;
  }

  /** Answers go there, those to what was asked before first. */
  public synchronized void answerTo(OutputStream program) throws IOException {
    input = program;
    program.write(waiting.toByteArray());
    program.flush();
    waiting.reset();
  }

  /** The names of all queries so far, for people. */
  public SortedSet<String> asked() {
    synchronized (asked) {
      return new TreeSet<>(asked);
    }
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    for (int at = from; at < from + count; at += CHUNK) {
      decode(bytes, at, Math.min(CHUNK, from + count - at));
    }
    if (!shown.isEmpty()) {
      watcher.text(shown.toString());
      shown.setLength(0);
    }
  }

  private void decode(byte[] bytes, int from, int count) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(rest.remaining() + count);
    all.put(rest).put(bytes, from, count).flip();
    CharBuffer chars = CharBuffer.allocate(all.remaining() + 1);
    decoder.decode(all, chars, false);
    rest = all.slice();
    chars.flip();
    while (chars.hasRemaining()) {
      accept(chars.get());
    }
  }

  private void accept(char next) throws IOException {
    switch (place) {
      case TEXT -> text(next);
      case ESCAPE -> escape(next);
      case INTERMEDIATE -> {
        if (next < ' ' || next > '/') {
          place = Place.TEXT;
        }
      }
      case SEQUENCE -> sequence(next);
      case COMMAND, DEVICE_STRING, OTHER_STRING -> string(next);
    }
  }

  private void text(char next) {
    switch (next) {
      case '\u001b' -> place = Place.ESCAPE;
      case '\u009b' -> begin(Place.SEQUENCE);
      case '\u009d' -> begin(Place.COMMAND);
      case '\u0090' -> begin(Place.DEVICE_STRING);
      default -> {
        if (next >= ' ' && next != '\u007f' && !(next >= '\u0080' && next <= '\u009f')) {
          cursor.print();
          shown.append(next);
        } else {
          cursor.control(next);
          moved(next == '\r' || next == '\n' || next == '\b' || next == '\t');
        }
      }
    }
  }

  /** What stands after a movement does not belong to the word before it. */
  private void moved(boolean isMoved) {
    if (isMoved) {
      shown.append('\n');
    }
  }

  private void begin(Place string) {
    body.setLength(0);
    isStringEscape = false;
    place = string;
  }

  private void escape(char next) {
    switch (next) {
      case '[' -> begin(Place.SEQUENCE);
      case ']' -> begin(Place.COMMAND);
      case 'P' -> begin(Place.DEVICE_STRING);
      case 'X', '^', '_' -> begin(Place.OTHER_STRING);
      case '\u001b' -> place = Place.ESCAPE;
      default -> {
        if (next == '7') {
          cursor.save();
        } else if (next == '8') {
          cursor.restore();
          moved(true);
        }
        place = next >= ' ' && next <= '/' ? Place.INTERMEDIATE : Place.TEXT;
      }
    }
  }

  private void sequence(char next) throws IOException {
    if (next == '\u001b') {
      place = Place.ESCAPE;
    } else if (next >= '@' && next <= '~') {
      place = Place.TEXT;
      obey(body.toString(), next);
    } else if (next < ' ' || body.length() >= MAX_SEQUENCE) {
      place = Place.TEXT;
    } else {
      body.append(next);
    }
  }

  private void obey(String parameters, char last) throws IOException {
    Optional<TerminalAnswer> answer = answers.toSequence(parameters, last, cursor);
    if (answer.isPresent()) {
      answer(answer.get());
    } else if (parameters.isEmpty() || Character.isDigit(parameters.charAt(0))) {
      String[] numbers = parameters.split(";", -1);
      moved(cursor.move(last, number(numbers, 0), number(numbers, 1)));
    }
  }

  private static int number(String[] numbers, int at) {
    return at < numbers.length && numbers[at].matches("\\d{1,5}")
        ? Integer.parseInt(numbers[at])
        : 0;
  }

  /** A string ends with BEL or ST; ESC and anything else than a backslash ends it as well. */
  private void string(char next) throws IOException {
    if (isStringEscape) {
      Place ended = place;
      place = Place.TEXT;
      if (next == '\\') {
        ended(ended);
      } else {
        escape(next);
      }
    } else if (next == '\u001b') {
      isStringEscape = true;
    } else if (next == '\u0007' || next == '\u009c') {
      Place ended = place;
      place = Place.TEXT;
      ended(ended);
    } else if (body.length() <= MAX_STRING) {
      body.append(next); // One more than may be: then it is too long.
    }
  }

  private void ended(Place string) throws IOException {
    String text = body.toString();
    if (text.length() > MAX_STRING) {
      return;
    }
    if (string == Place.COMMAND && text.startsWith("8;")) {
      int target = text.indexOf(';', 2);
      if (target >= 0 && target + 1 < text.length()) {
        watcher.hyperlink(text.substring(target + 1));
      }
    } else if (string == Place.COMMAND) {
      Optional<TerminalAnswer> answer = answers.toCommand(text);
      if (answer.isPresent()) {
        answer(answer.get());
      }
    } else if (string == Place.DEVICE_STRING) {
      Optional<TerminalAnswer> answer = answers.toDeviceString(text);
      if (answer.isPresent()) {
        answer(answer.get());
      }
    }
  }

  private synchronized void answer(TerminalAnswer answer) throws IOException {
    if (asked.size() < MAX_SEQUENCE) {
      asked.add(answer.query());
    }
    OutputStream to = input == null ? waiting : input;
    if (answered < MAX_ANSWERS) {
      answered++;
      to.write(answer.text().getBytes(StandardCharsets.US_ASCII));
      to.flush();
    }
  }
}
