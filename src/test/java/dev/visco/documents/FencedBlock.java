package dev.visco.documents;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A fenced code block of a document.
 *
 * @param line of the document in which it begins, counted from 1
 * @param section the last heading before it, without its {@code #}
 * @param language what stands behind its fence; empty for none
 */
record FencedBlock(Path document, int line, String section, String language, List<String> lines) {
  private static final String FENCE = "```";

  FencedBlock {
    lines = List.copyOf(lines);
  }

  /** All documents of the project that have examples. */
  static List<Path> documents() {
    try (Stream<Path> below = Files.walk(Path.of("docs"))) {
      return Stream.concat(Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")), below)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> lines(Path document) {
    try {
      return Files.readAllLines(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All blocks of a document, in its order. */
  static List<FencedBlock> of(Path document) {
    return of(document, lines(document));
  }

  static List<FencedBlock> of(Path document, List<String> text) {
    var found = new ArrayList<FencedBlock>();
    String section = "";
    int begin = -1;
    for (int at = 0; at < text.size(); at++) {
      String line = text.get(at).strip();
      if (line.startsWith(FENCE) && begin < 0) {
        begin = at;
      } else if (line.equals(FENCE)) {
        String language = text.get(begin).strip().substring(FENCE.length());
        found.add(
            new FencedBlock(document, begin + 1, section, language, text.subList(begin + 1, at)));
        begin = -1;
      } else if (begin < 0 && line.startsWith("#")) {
        section = line.replaceFirst("^#+ *", "");
      }
    }
    if (begin >= 0) {
      throw new IllegalArgumentException(document + ":" + (begin + 1) + ": a block without end");
    }
    return found;
  }

  /** Whether it has commands for a shell: alone ({@code sh}), or with their output. */
  boolean hasCommands() {
    return language.equals("sh") || language.equals("console");
  }

  /** Its commands, each with the output that is shown with it. */
  List<ShownCommand> commands() {
    return ShownCommand.of(this);
  }

  /** Where it is, for people. */
  String place() {
    return document + ":" + line;
  }
}
