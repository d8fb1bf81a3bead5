package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs the commands of documents one after the other, as somebody would who types them: each must
 * succeed, and print what is shown where the document shows something. One that is shown with an
 * error must fail with it. {@code $ID} is what an earlier command gave, and other words may stand
 * for something that is another one at each run.
 */
final class DocumentRun {
  private static final Pattern VARIABLE = Pattern.compile("\\$([A-Z_]+)");
  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, String> placeholders = new HashMap<>();
  private final Function<List<String>, Outcome> visco;
  private final List<String> ran = new ArrayList<>();

  /** What a command came to. */
  record Outcome(int code, String out, String err) {}

  /**
   * @param visco runs a command of ours
   */
  DocumentRun(Function<List<String>, Outcome> visco) {
    this.visco = visco;
  }

  /** From now on this word, or this beginning of a word, of a document stands for another text. */
  DocumentRun with(String word, String meaning) {
    placeholders.put(word, meaning);
    return this;
  }

  /** Runs all commands of ours in a block; others are left out. */
  void run(FencedBlock block) {
    block.commands().stream().filter(ShownCommand::isVisco).forEach(this::run);
  }

  private void run(ShownCommand command) {
    List<String> words = command.arguments().stream().map(this::filled).toList();
    Outcome outcome = visco.apply(words);
    boolean isRefusal =
        !command.output().isEmpty() && command.output().getFirst().startsWith("visco: ");
    assertThat(outcome.code() != 0)
        .as("%s: visco %s%n%s%s", command.place(), words, outcome.out(), outcome.err())
        .isEqualTo(isRefusal);
    if (command.variable() != null) {
      variables.put(command.variable(), outcome.out().strip());
    }
    if (!command.output().isEmpty()) {
      assertThat(isRefusal ? outcome.err() : outcome.out())
          .as(command.place() + " visco " + words)
          .matches(pattern(command.output()));
    }
    ran.add(command.place());
  }

  /** Where the commands are that were run. */
  List<String> ran() {
    return List.copyOf(ran);
  }

  /** The word with what its variables and placeholders stand for. */
  String filled(String word) {
    String text = VARIABLE.matcher(word).replaceAll(this::variable);
    for (var one : placeholders.entrySet()) {
      text =
          text.startsWith(one.getKey())
              ? one.getValue() + text.substring(one.getKey().length())
              : text;
    }
    return text;
  }

  private String variable(java.util.regex.MatchResult found) {
    String value = variables.get(found.group(1));
    assertThat(value).as("$" + found.group(1) + " was set before").isNotNull();
    return Matcher.quoteReplacement(value + "");
  }

  /** The output with any text for {@code …}, and for what is another one at each run. */
  static Pattern pattern(List<String> output) {
    var text = new StringBuilder();
    for (String line : output) {
      String quoted = Pattern.quote(line.stripTrailing());
      text.append(quoted.replace("…", "\\E.*\\Q")).append("\\h*\\n");
    }
    return Pattern.compile(text.toString());
  }
}
