package dev.visco.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A command as a document shows it.
 *
 * @param place of it, for people
 * @param variable the shell variable that gets its output, as in {@code ID=$(visco create)}; null
 *     for none
 * @param words without quotes; a comment is none of them
 * @param output the lines that are shown below it; none in a block of commands alone
 */
record ShownCommand(
    String place, @Nullable String variable, List<String> words, List<String> output) {
  private static final Pattern CAPTURE = Pattern.compile("([A-Z_]+)=\\$\\((.*)\\)\\s*(#.*)?");

  ShownCommand {
    words = List.copyOf(words);
    output = List.copyOf(output);
  }

  static List<ShownCommand> of(FencedBlock block) {
    boolean hasOutput = block.language().equals("console");
    var found = new ArrayList<ShownCommand>();
    for (int at = 0; at < block.lines().size(); at++) {
      String line = block.lines().get(at).strip();
      int began = at;
      if (hasOutput && !line.startsWith("$ ")) {
        throw new IllegalArgumentException(block.place() + ": begins with output: " + line);
      }
      line = hasOutput ? line.substring(2) : line;
      while (line.endsWith("\\")) {
        at++;
        line = line.substring(0, line.length() - 1) + block.lines().get(at).strip();
      }
      var output = new ArrayList<String>();
      while (hasOutput
          && at + 1 < block.lines().size()
          && !block.lines().get(at + 1).strip().startsWith("$ ")) {
        at++;
        output.add(block.lines().get(at));
      }
      String place = block.document() + ":" + (block.line() + began + 1);
      if (!line.isEmpty() && !line.startsWith("#")) {
        for (String one : line.split(" && ", -1)) {
          found.add(of(place, one, output));
        }
      }
    }
    return found;
  }

  private static ShownCommand of(String place, String line, List<String> output) {
    var capture = CAPTURE.matcher(line);
    return capture.matches() // A command whose output is kept.
        ? new ShownCommand(place, capture.group(1), words(capture.group(2)), output)
        : new ShownCommand(place, null, words(line), output);
  }

  /** The words of a line as a shell splits it, up to a comment or the {@code &} at its end. */
  static List<String> words(String line) {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    boolean isWord = false;
    char quote = 0;
    for (int at = 0; at < line.length(); at++) {
      char one = line.charAt(at);
      if (quote != 0) {
        if (one == quote) {
          quote = 0;
        } else {
          word.append(one);
        }
      } else if (one == '\'' || one == '"') {
        quote = one;
        isWord = true;
      } else if (one == '#' && !isWord) {
        break;
      } else if (Character.isWhitespace(one)) {
        if (isWord) {
          words.add(word.toString());
          word.setLength(0);
          isWord = false;
        }
      } else {
        word.append(one);
        isWord = true;
      }
    }
    if (isWord) {
      words.add(word.toString());
    }
    if (!words.isEmpty() && words.getLast().equals("&")) {
      words.removeLast();
    }
    return words;
  }

  /** Whether it is one of ours. */
  boolean isVisco() {
    return words.getFirst().equals("visco") || words.getFirst().equals("./visco");
  }

  /** What stands behind the program's name. */
  List<String> arguments() {
    return words.subList(1, words.size());
  }

  /** What a {@code curl} of this API asks for; null where it is another command, or another API. */
  @Nullable ShownRequest request() {
    if (!words.getFirst().equals("curl") || words.contains("--unix-socket")) {
      return null;
    }
    String method = after("-X");
    String body = after("-d");
    String url =
        words.stream().filter(one -> one.matches("https?://.*")).findFirst().orElse("http:///");
    return new ShownRequest(
        place,
        method == null
            ? (body == null && !words.contains("--data-binary") ? put() : "POST")
            : method,
        url.replaceFirst("^https?://[^/]*", ""),
        body);
  }

  private String put() {
    return words.contains("-T") ? "PUT" : "GET";
  }

  private @Nullable String after(String option) {
    int at = words.indexOf(option);
    return at < 0 || at + 1 >= words.size() ? null : words.get(at + 1);
  }
}
