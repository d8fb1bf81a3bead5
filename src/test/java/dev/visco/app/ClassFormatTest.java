package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Objects;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Picocli in the newer format is the same, and verifies. */
class ClassFormatTest {
  @TempDir private Path folder;

  private static Path picocli() throws Exception {
    return Path.of(
        Objects.requireNonNull(CommandLine.class.getProtectionDomain().getCodeSource())
            .getLocation()
            .toURI());
  }

  private Path copy(String name) throws Exception {
    return Files.copy(picocli(), folder.resolve(name));
  }

  /** The format of each class, and the length of each other file, by name. */
  private static TreeMap<String, Integer> entries(Path jar) throws IOException {
    var all = new TreeMap<String, Integer>();
    try (var open = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(open.entries())) {
        try (InputStream in = open.getInputStream(entry)) {
          byte[] content = in.readAllBytes();
          all.put(
              entry.getName(),
              entry.getName().endsWith(".class") ? (int) content[7] : content.length);
        }
      }
    }
    return all;
  }

  @Test
  void allOldClassesAreOfJava8AndEverythingElseStays() throws Exception {
    Path jar = copy("picocli.jar");
    TreeMap<String, Integer> before = entries(jar);
    long old = before.entrySet().stream().filter(ClassFormatTest::isOld).count();
    assertThat(old).isPositive();

    assertThat(ClassFormat.update(jar)).isEqualTo((int) old);
    before.replaceAll(
        (name, number) -> name.endsWith(".class") && number <= 49 ? Integer.valueOf(52) : number);
    assertThat(entries(jar)).isEqualTo(before);
    assertThat(ClassFormat.update(jar)).isZero();
  }

  private static boolean isOld(java.util.Map.Entry<String, Integer> entry) {
    return entry.getKey().endsWith(".class") && entry.getValue() <= 49;
  }

  @Test
  void theJvmVerifiesThemAll() throws Exception {
    Path jar = copy("picocli.jar");
    assertThat(ClassFormat.update(jar)).isPositive();
    try (var loader =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      int loaded = 0;
      for (String name : entries(jar).keySet()) {
        if (name.startsWith("picocli/") && name.endsWith(".class") && !name.contains("groovy")) {
          Class.forName(name.substring(0, name.length() - 6).replace('/', '.'), true, loader);
          loaded++;
        }
      }
      assertThat(loaded).isGreaterThan(100);
    }
  }

  @Test
  void twoUpdatesAreTheSame() throws Exception {
    Path first = copy("first.jar");
    Path second = copy("second.jar");
    ClassFormat.update(first);
    Files.setLastModifiedTime(
        second, java.nio.file.attribute.FileTime.fromMillis(1_600_000_000_000L));
    ClassFormat.update(second);
    assertThat(first).hasSameBinaryContentAs(second);
  }
}
