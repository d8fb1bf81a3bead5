package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tests that there are, by the names that documents call them: {@code Class.method}. */
public final class NamedTests {
  private static final Pattern NAME =
      Pattern.compile("((?=\\w*[a-z])[A-Z]\\w+(?:Test|IT|Contract))(?:\\.(\\w+)(…)?)?");

  private final Map<String, String> sources = new TreeMap<>();

  public NamedTests() {
    try (var files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it looks like a test's name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Fails where there is no such class, or no such method in it.
   *
   * @param name like {@code BootTest}, {@code BootTest.aKernelIsFound} or {@code BootTest.aKernel…}
   * @param place where it was named
   */
  public void requireTest(String name, String place) {
    Matcher parts = NAME.matcher(name);
    assertThat(parts.matches()).as(place + ": " + name).isTrue();
    assertThat(sources.containsKey(parts.group(1))).as(place + ": " + name).isTrue();
    if (parts.group(2) != null) {
      String method = "void " + parts.group(2) + (parts.group(3) == null ? "(" : "");
      assertThat(sources.get(parts.group(1)).contains(method)).as(place + ": " + name).isTrue();
    }
  }
}
