package dev.visco;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.app.Main;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * No regular expression of the tree costs more than a time that grows with the text, whatever text
 * a guest or somebody's file makes. Characters that are looked at are counted, and no clock is
 * asked: a text of twice the length must not cost much more than twice as many.
 */
class PatternsTest {
  /**
   * Patterns that are only ever asked whether they match a text whole, by {@code matches()}:
   * searching in a text, they would begin anew at each place.
   */
  private static final Set<String> ONLY_MATCHED =
      Set.of(
          "api.http.ViewerAddress.FORM",
          "host.DurableFiles.HALF",
          "image.probe.DebugFs.SIZE",
          "image.probe.ModuleFile.NAME",
          "image.probe.NetworkFiles.ITEM",
          "image.probe.NetworkFiles.KEY",
          "sweep.LostFolders.DATED",
          "metrics.PublishedMetrics.DISK",
          "metrics.PublishedMetrics.NETWORK",
          "model.Cidr.FORM",
          "network.HostRouteTable.DESTINATION");

  private static final int LENGTH = 1 << 9;

  /** Two lengths, and what does not grow. */
  private static final double GROWTH = 2.6;

  private static final int SLACK = 4096;

  /** Counts the characters that a matcher looks at. */
  private static final class Counting implements CharSequence {
    private final String text;
    private long looks;

    Counting(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      looks++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static Map<String, Pattern> patterns() throws IOException, URISyntaxException {
    Path classes = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var found = new TreeMap<String, Pattern>();
    try (var files = Files.walk(classes)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
        String name =
            classes.relativize(file).toString().replace('/', '.').replaceAll("\\.class$", "");
        if (!name.endsWith("package-info")) {
          fields(name, found);
        }
      }
    }
    return found;
  }

  private static void fields(String name, Map<String, Pattern> found) {
    try {
      Class<?> type = Class.forName(name, false, PatternsTest.class.getClassLoader());
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == Pattern.class) {
          field.setAccessible(true);
          found.put(
              name.replace("dev.visco.", "") + "." + field.getName(), (Pattern) field.get(null));
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(name, e);
    }
  }

  /**
   * Parts of the pattern itself, from which what it would follow is made, and a character of each
   * class.
   */
  private static List<String> parts(Pattern pattern) {
    var parts = new LinkedHashSet<String>();
    Matcher literal =
        Pattern.compile("(?:[A-Za-z0-9 _:,;=@/<>\"'~%&!#-]|\\\\[.\\[\\](){}|/+*?-])+")
            .matcher(pattern.pattern().replaceAll("\\(\\?[a-zA-Z]*[:=!<]*", "("));
    while (literal.find()) {
      parts.add(literal.group().replaceAll("\\\\(.)", "$1"));
    }
    for (String one : "a A 0 . - _ / : = [ ] ( { \" ' * # , + \\ f".split(" ")) {
      parts.add(one);
    }
    parts.addAll(List.of(" ", "\t", "\n", "\u001b", "\u00e9", "\u0000"));
    return List.copyOf(parts);
  }

  private static List<String> hostile(Pattern pattern) {
    List<String> parts = parts(pattern);
    var texts = new LinkedHashSet<String>();
    for (String one : parts) {
      texts.add(one);
      for (String other : parts) {
        texts.add(one + other);
        if (one.length() > 1) {
          texts.add(one + other + other);
        }
      }
    }
    // All of its parts behind each other, as what it looks for begins.
    var all = new StringBuilder();
    for (String one : parts) {
      if (one.length() > 1) {
        texts.add(all.append(one).toString());
      }
    }
    return List.copyOf(texts);
  }

  /** Both ways of a text: the same again and again, and once at the beginning of a long run. */
  private static List<String> texts(String part, int length) {
    var texts = new ArrayList<String>();
    texts.add(part.repeat(length / part.length()) + "!");
    String last = part.substring(part.length() - 1);
    if (part.length() > 1) {
      texts.add(part + last.repeat(length) + "!");
    }
    return texts;
  }

  private static long looks(Pattern pattern, String text, boolean isMatched) {
    var counting = new Counting(text);
    Matcher matcher = pattern.matcher(counting);
    try {
      if (isMatched) {
        matcher.matches();
      } else {
        while (matcher.find()) {
          assertThat(matcher.end()).isNotNegative();
        }
      }
    } catch (StackOverflowError e) {
      return Long
          .MAX_VALUE; // Groups that repeat are walked by recursion: a longer text ends in this.
    }
    return counting.looks;
  }

  private static Optional<String> whyNot(Pattern pattern, boolean isMatched) {
    for (String part : hostile(pattern)) {
      for (int at = 0; at < texts(part, LENGTH).size(); at++) {
        Optional<String> why = growth(pattern, isMatched, part, at, LENGTH);
        // A pattern that looks ahead up to a bound pays for it at each place that lies that far
        // from the end: of a text little longer than the bound, those places more than double.
        if (why.isPresent()) {
          why = growth(pattern, isMatched, part, at, 4 * LENGTH);
        }
        if (why.isPresent()) {
          return why;
        }
      }
    }
    return Optional.empty();
  }

  /** What twice the length costs, where that is much more than twice as much. */
  private static Optional<String> growth(
      Pattern pattern, boolean isMatched, String part, int at, int length) {
    String once = texts(part, length).get(at);
    long few = looks(pattern, once, isMatched);
    long many = looks(pattern, texts(part, 2 * length).get(at), isMatched);
    return many > few * GROWTH + SLACK
        ? Optional.of(
            "\"%s\": %d characters looked at in %d, and %d in twice as many"
                .formatted(part, few, once.length(), many))
        : Optional.empty();
  }

  @TestFactory
  List<DynamicTest> costsGrowWithTheTextAlone() throws IOException, URISyntaxException {
    var tests = new ArrayList<DynamicTest>();
    patterns()
        .forEach((name, pattern) -> {
          tests.add(
              DynamicTest.dynamicTest(
                  name,
                  () ->
                      assertThat(whyNot(pattern, ONLY_MATCHED.contains(name)))
                          .as(name + ": " + pattern)
                          .isEmpty()));
        });
    return tests;
  }

  @Test
  void listsNameWhatThereIs() throws IOException, URISyntaxException {
    Set<String> names = patterns().keySet();
    assertThat(names).hasSizeGreaterThan(60).containsAll(ONLY_MATCHED);
  }

  @Test
  void aPatternOfQuadraticCostIsFound() {
    for (String quadratic :
        List.of(
            "(EXT4|XFS|BTRFS)[^:]*: mounted filesystem",
            "(?i)\\b([a-z0-9_.-]*(?:passw(?:or)?d|secret|token)[a-z0-9_.-]*)=",
            "a*b",
            "\\s+$")) {
      assertThat(whyNot(Pattern.compile(quadratic), false)).as(quadratic).isPresent();
    }
    assertThat(whyNot(Pattern.compile("Linux version \\d"), false)).isEmpty();
  }
}
