package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.FakeServices;
import dev.visco.api.http.Route;
import dev.visco.app.WholeCommandLine;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/**
 * What documents say to type is there: every command of ours with its options, and every route with
 * its parameters. Whether it does what is said, {@link DocumentExamplesTest} and the tests with
 * real guests show.
 */
class DocumentedCommandsTest {
  /** What may stand behind a fence. */
  private static final Set<String> LANGUAGES = Set.of("sh", "console", "toml", "java", "text");

  /** A command in a document's text; {@code …} and brackets are for people. */
  private static final Pattern IN_TEXT = Pattern.compile("`(?:\\./)?visco ([a-z][^`]*)`");

  @TempDir private Path folder;

  static Stream<Path> documents() {
    return FencedBlock.documents().stream();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyBlockSaysWhatItIsIn(Path document) {
    assertThat(FencedBlock.of(document))
        .allSatisfy(block -> assertThat(block.language()).as(block.place()).isIn(LANGUAGES));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyCommandOfABlockIsOneOfOurs(Path document) {
    for (FencedBlock block : FencedBlock.of(document)) {
      if (block.hasCommands()) {
        block.commands().stream()
            .filter(ShownCommand::isVisco)
            .filter(command -> !isOfTheLauncher(command.arguments()))
            .forEach(command ->
                assertThatCode(() -> parse(command.arguments()))
                    .as(command.place() + " " + command.words())
                    .doesNotThrowAnyException());
      }
    }
  }

  /** What is done before there is a command line, with options of its own. */
  private static boolean isOfTheLauncher(List<String> arguments) {
    return Set.of("test", "maven", "firecracker-compatible").contains(arguments.getFirst());
  }

  private static void parse(List<String> arguments) {
    List<String> plain =
        arguments.stream()
            .filter(word -> !word.equals("…"))
            .map(word -> word.replaceAll("^\\[|]$", ""))
            .toList();
    WholeCommandLine.of().parseArgs(plain.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyCommandInTheTextIsOneOfOurs(Path document) {
    CommandLine line = WholeCommandLine.of();
    var unknown = new ArrayList<String>();
    Matcher shown = IN_TEXT.matcher(String.join(" ", FencedBlock.lines(document)));
    while (shown.find()) {
      List<String> words = List.of(shown.group(1).split("[\\s\\[\\]|=]+"));
      if (!isOfTheLauncher(words) && !isKnown(line, words)) {
        unknown.add("visco " + shown.group(1));
      }
    }
    assertThat(unknown).as(document.toString()).isEmpty();
  }

  /** One option, or several short ones in a word, like {@code -it}. */
  private static boolean isOption(CommandLine command, String word) {
    return command.getCommandSpec().findOption(word) != null
        || (word.matches("-[a-z]{2,}")
            && word.chars()
                .skip(1)
                .allMatch(
                    letter -> command.getCommandSpec().findOption("-" + (char) letter) != null));
  }

  /** Its first word and those of its commands, and all of its options. */
  private static boolean isKnown(CommandLine line, List<String> words) {
    CommandLine command = line;
    boolean isPast = false;
    for (String word : words) {
      if (word.equals("--")) {
        return true; // What follows is the guest's.
      }
      CommandLine next = command.getSubcommands().get(word);
      if (word.startsWith("-")) {
        isPast = true;
        if (!isOption(command, word)) {
          return false;
        }
      } else if (!isPast && next != null) {
        command = next;
      } else if (command.isStopAtPositional()) {
        return true; // So is what follows the VM.
      } else if (!isPast && command == line) {
        return false;
      } else {
        isPast = true;
      }
    }
    return true;
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyRequestIsOneThatIsAnswered(Path document) {
    var requests = new ArrayList<>(ShownRequest.of(document));
    for (FencedBlock block : FencedBlock.of(document)) {
      if (block.hasCommands()) {
        block.commands().stream()
            .flatMap(one -> Stream.ofNullable(one.request()))
            .forEach(requests::add);
      }
    }
    List<Route> routes = new FakeServices(folder).routes();
    for (ShownRequest request : requests) {
      if (Set.of("/api", "/openapi.json").contains(request.path())) {
        continue; // They describe the others.
      }
      Route route =
          routes.stream()
              .filter(one -> one.method().equals(request.method()))
              .filter(one -> one.match(request.path()).isPresent())
              .findFirst()
              .orElseThrow(() -> new AssertionError(request.place() + ": no route " + request));
      assertThat(route.description().names(request.isVersioned()))
          .as(request.place())
          .containsAll(request.parameters());
      if (request.body() != null) {
        assertThatCode(() -> Json.read(request.body(), JsonNode.class))
            .as(request.place())
            .doesNotThrowAnyException();
      }
    }
  }

  /** The reader itself. */
  @Test
  void aBlockIsReadAsAShellReadsIt() {
    var text =
        List.of(
            "# A heading",
            "   ```console",
            "   $ ID=$(./visco create)   # the id",
            "   $ curl -X POST 'http://127.0.0.1:3000/api/vms?wait=ready' \\",
            "     -d '{\"a\": \"b\"}'",
            "   {\"vmId\": \"…\"}",
            "   ```");
    FencedBlock block = FencedBlock.of(Path.of("a.md"), text).getFirst();
    assertThat(block.section()).isEqualTo("A heading");
    ShownCommand first = block.commands().getFirst();
    assertThat(first.variable()).isEqualTo("ID");
    assertThat(first.arguments()).containsExactly("create");
    assertThat(first.place()).isEqualTo("a.md:3");
    ShownCommand second = block.commands().getLast();
    assertThat(second.request())
        .isEqualTo(new ShownRequest("a.md:4", "POST", "/api/vms?wait=ready", "{\"a\": \"b\"}"));
    assertThat(second.output()).containsExactly("   {\"vmId\": \"…\"}");
    assertThatThrownBy(() -> FencedBlock.of(Path.of("a.md"), text.subList(0, 4)))
        .hasMessage("a.md:2: a block without end");
    assertThat(ShownCommand.words("exec vm -- sh -c 'echo # no comment' # one"))
        .containsExactly("exec", "vm", "--", "sh", "-c", "echo # no comment");
  }

  /** What would be wrong is found. */
  @Test
  void whatIsNotThereIsFound() {
    assertThatThrownBy(() -> parse(List.of("user", "create", "alice", "--vmz", "3")))
        .isInstanceOf(CommandLine.ParameterException.class);
    CommandLine line = WholeCommandLine.of();
    assertThat(isKnown(line, List.of("user", "ls"))).isTrue();
    assertThat(isKnown(line, List.of("user", "create", "--vms", "N"))).isTrue();
    assertThat(isKnown(line, List.of("user", "create", "--vmz", "N"))).isFalse();
    assertThat(isKnown(line, List.of("usr", "ls"))).isFalse();
  }
}
