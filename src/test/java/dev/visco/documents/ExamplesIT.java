package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import dev.visco.api.tls.TestCertificate;
import dev.visco.chromium.Chromium;
import dev.visco.chromium.Visitor;
import dev.visco.clients.NodePackage;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs in {@code examples}, as they are, against the real program, which speaks HTTPS by
 * files, and real guests. While one of them shows its user a desktop, the client's own tests use
 * the same guest.
 */
@ExtendWith(OuterNetwork.Extension.class)
class ExamplesIT {
  private static final Path EXAMPLES = Path.of("examples");
  private static final Pattern SHOWN = Pattern.compile("VM: (\\S+)[\\s\\S]*Desktop: (\\S+)\n");

  /** Two desktops that boot at the same time, under software emulation. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir private Path folder;
  private final List<Example> started = new ArrayList<>();

  /** A program that runs. */
  private record Example(Process process, Path printed) {
    String output() {
      try {
        return Files.readString(printed);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Its VM and the link to its desktop, once it shows it. */
    Matcher shown() {
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> SHOWN.matcher(output()).find() || !process.isAlive());
      Matcher shown = SHOWN.matcher(output());
      assertThat(shown.find()).as(output()).isTrue();
      return shown;
    }

    int ended() throws InterruptedException {
      assertThat(process.waitFor(PATIENCE)).as(output()).isTrue();
      return process.exitValue();
    }
  }

  @AfterEach
  void end() {
    started.forEach(one -> one.process().destroyForcibly());
  }

  private Path copied() throws IOException {
    Path copy = folder.resolve("examples");
    try (Stream<Path> files = Files.walk(EXAMPLES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(EXAMPLES.relativize(file));
        Files.createDirectories(to.resolve("..").normalize());
        Files.copy(file, to);
      }
    }
    return copy;
  }

  private Example start(Path directory, Map<String, String> environment, String... words)
      throws IOException {
    Path printed = Files.createTempFile(folder, "printed", ".txt");
    var builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile());
    builder.environment().putAll(environment);
    var example = new Example(builder.start(), printed);
    started.add(example);
    return example;
  }

  private static Map<String, String> environment(ViscoUnderTest visco, Path certificate)
      throws IOException {
    String port = Files.readString(visco.data().resolve("port")).strip();
    String token = Files.readString(visco.data().resolve("admin-token")).strip();
    return Map.of(
        "VISCO_HOST",
        "https://127.0.0.1:" + port,
        "VISCO_TOKEN",
        token,
        "NODE_EXTRA_CA_CERTS",
        certificate.toString(),
        "SSL_CERT_FILE",
        certificate.toString());
  }

  @Test
  void eachGivesItsUserAVmAFileAnAnswerAndADesktop() throws Exception {
    Path examples = copied();
    Path node = examples.resolve("node");
    Path python = examples.resolve("python");
    NodePackage client = NodePackage.built(node);
    TestCertificate tls = TestCertificate.in(folder.resolve("tls"));
    Map<String, String> settings =
        Map.of(
            "VISCO_TLS_CERTIFICATE", tls.certificate().toString(),
            "VISCO_TLS_KEY", tls.key().toString());
    try (var visco = ViscoUnderTest.withImages(settings).up()) {
      assertThat(visco.ok("config", "check")).contains("Certificate: localhost, visco.example");
      Map<String, String> environment = environment(visco, tls.certificate());
      Map<String, String> stranger = with(environment, "VISCO_TOKEN", "visco-unknown");
      refused(start(node, stranger, "node", "main.mjs"));
      refused(start(python, stranger, "python3", "main.py"));
      List<Example> both =
          List.of(
              start(node, environment, "node", "main.mjs", "anna", "what is größer"),
              start(python, environment, "python3", "main.py", "bert", "what is größer"));
      try (Chromium chromium = Chromium.start()) {
        for (Example one : both) {
          Matcher shown = one.shown();
          assertThat(one.output()).contains("You asked: what is größer");
          assertThat(shown.group(2)).startsWith("https://127.0.0.1:");
          Visitor user =
              chromium.visitor(new Browser.NewContextOptions().setIgnoreHTTPSErrors(true));
          user.open(shown.group(2));
          user.awaitState("Connected");
        }
      }
      String vm = both.getFirst().shown().group(1);
      assertThat(visco.ok("exec", vm, "uname")).isEqualTo("Linux\n");
      client.test("guest.test.mjs", with(environment, "VISCO_VM", vm));
      for (Example one : both) {
        one.process().getOutputStream().write('\n');
        one.process().getOutputStream().close();
      }
      for (Example one : both) {
        assertThat(one.ended()).as(one.output()).isZero();
        assertThat(one.output()).endsWith("Destroyed.\n");
      }
      assertThat(visco.json("ps")).isEmpty();
    }
  }

  private static Map<String, String> with(Map<String, String> some, String name, String value) {
    var all = new HashMap<>(some);
    all.put(name, value);
    return all;
  }

  /** A token that nobody knows: the example says so, and what to do. */
  private static void refused(Example example) throws InterruptedException {
    assertThat(example.ended()).as(example.output()).isEqualTo(1);
    assertThat(example.output()).startsWith("Status 401: ").contains("oken").doesNotContain("VM: ");
  }
}
