package dev.visco.failures;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.vmm.ConsoleTimes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long a guest that will not come is waited for: from its last word that says
 * something new to the state {@code failed}, evidence and diagnosis included, with the ordinary
 * deadline of two minutes. {@code bench/word-to-failed} runs it; it is no part of the tests.
 */
@ExtendWith(OuterNetwork.Extension.class)
class WordToFailedBench {
  @TempDir Path folder;

  /** One of the recorded ways to fail, and the time that it took. */
  private record Waited(String name, Duration time) {}

  private static List<String> names() {
    String asked = System.getProperty("visco.cases", "").strip();
    return asked.isEmpty()
        ? FailureCase.names().stream().filter(WordToFailedBench::isBoot).toList()
        : List.of(asked.split("[ ,]+", -1));
  }

  /** Whether it fails during its boot, and its guest is none with a desktop. */
  private static boolean isBoot(String name) {
    FailureCase failure = FailureCase.read(name);
    return failure.after() == null && !failure.create().contains("hasty-browser");
  }

  @Test
  void measure() throws Exception {
    var waited = new ArrayList<Waited>();
    for (String name : names()) {
      Path files = Files.createDirectory(folder.resolve(name));
      try (var visco = ViscoUnderTest.withImages(FailingGuest.settings(files)).up()) {
        var guest = new FailingGuest(visco, name, files).patient().withImage();
        String id = guest.fail();
        Instant failed = Instant.parse(visco.json("inspect", id).path("changed").asString());
        Path console = visco.data().resolve("vms").resolve(id).resolve("console.log");
        waited.add(new Waited(name, Duration.between(lastNew(console), failed)));
        System.out.println(row(waited.getLast()));
      }
    }
    List<Duration> times = waited.stream().map(Waited::time).sorted().toList();
    System.out.println(row(new Waited("median of " + times.size(), times.get(times.size() / 2))));
    System.out.println(row(new Waited("longest", times.getLast())));
  }

  private static String row(Waited waited) {
    return String.format(
        Locale.ROOT, "| %s | %.1f |", waited.name(), waited.time().toMillis() / 1000.0);
  }

  /** When the last line was written that differs from all before it in more than numbers. */
  private static Instant lastNew(Path console) throws IOException {
    String file =
        String.valueOf(Files.readAttributes(console, BasicFileAttributes.class).fileKey());
    byte[] bytes = Files.readAllBytes(console);
    var known = new HashSet<String>();
    long last = 0;
    int begin = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == '\n') {
        String line = new String(bytes, begin, at - begin, StandardCharsets.UTF_8);
        if (known.add(line.replaceAll("[0-9 ]", ""))) {
          last = begin;
        }
        begin = at + 1;
      }
    }
    return ConsoleTimes.read(console).of(file, last);
  }
}
