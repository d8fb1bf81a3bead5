package dev.visco.app;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Refuses arguments that are not valid text. Java silently replaces bytes that its locale cannot
 * decode by U+FFFD; a command in a guest would then run with other words than were typed, and a
 * path would name another file.
 */
final class ArgumentCheck {
  private static final char REPLACEMENT = '\uFFFD';
  private static final Path OWN = Path.of("/proc/self/cmdline");

  private ArgumentCheck() {}

  /** Refuses an argument whose bytes could not be decoded. */
  static void requireText(String[] arguments) {
    for (String word : arguments) {
      if (word.indexOf(REPLACEMENT) >= 0 && !wasTyped(word)) {
        throw Refused.invalid(
            "argument",
            word,
            "is no text in UTF-8, or this login's locale is not UTF-8",
            "Write it in UTF-8, and run visco by its launcher or with LC_ALL=C.UTF-8.");
      }
    }
  }

  /**
   * Whether the argument was really typed with that character: it stands so in the process's own
   * command line.
   */
  private static boolean wasTyped(String word) {
    try {
      return words(Files.readAllBytes(OWN)).contains(word);
    } catch (IOException e) {
      return false;
    }
  }

  /** The arguments in the format of /proc/PID/cmdline, those that are UTF-8. */
  static List<String> words(byte[] commandLine) {
    var words = new ArrayList<String>();
    int begin = 0;
    for (int at = 0; at < commandLine.length; at++) {
      if (commandLine[at] == 0) {
        try {
          words.add(
              StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(commandLine, begin, at - begin))
                  .toString());
        } catch (CharacterCodingException e) {
          // Not this one.
        }
        begin = at + 1;
      }
    }
    return words;
  }
}
