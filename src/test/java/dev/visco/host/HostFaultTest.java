package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A fault is told in words: the classes of exceptions are no one's message. */
class HostFaultTest {
  private static final Pattern RAW = Pattern.compile("(HostFault|invalid|Conflict)\\(.*\\+ e[,)]");

  @Test
  void exceptionsAreToldInWords() {
    List<Throwable> all =
        List.of(
            new NoSuchFileException("/a/b"),
            new FileAlreadyExistsException("/a/b"),
            new AccessDeniedException("/a/b"),
            new DirectoryNotEmptyException("/a/b"),
            new NotDirectoryException("/a/b"),
            new FileSystemException("/a/b", null, "No space left on device"),
            new UncheckedIOException(new NoSuchFileException("/a/b")));
    for (Throwable one : all) {
      assertThat(HostFault.words(one))
          .startsWith("/a/b")
          .hasSizeGreaterThan(5)
          .doesNotContain("Exception");
    }
    assertThat(HostFault.words(new IOException())).isNotBlank().doesNotContain("null", "Exception");
    assertThat(HostFault.words(new IOException("Connection reset"))).isEqualTo("Connection reset");
  }

  @Test
  void noFaultQuotesAnExceptionWithItsClass() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
        assertThat(Files.readAllLines(file))
            .as(file.toString())
            .noneMatch(line -> RAW.matcher(line).find());
      }
    }
  }
}
