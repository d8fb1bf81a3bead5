package dev.visco.vault;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeMachinesDaemon.Said;
import dev.visco.backup.Backup;
import dev.visco.backup.Restore;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretRows;
import dev.visco.store.Store;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A credential that is found wherever it is: it is put, replaced, validated, encrypted anew and
 * backed up, and afterwards everything is searched that a daemon leaves.
 */
@Timeout(120)
class SecretSearchTest {
  private static final String MARKER = "marker-5e1f0c7a92d4-of-a-credential";
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

  @TempDir private Path folder;
  private Path data;
  private final InputStream input = System.in;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private Level before;

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  @BeforeEach
  void listen() {
    data = folder.resolve("data");
    before = root().getLevel();
    root().setLevel(Level.DEBUG);
    log.start();
    root().addAppender(log);
  }

  @AfterEach
  void end() {
    root().detachAppender(log);
    root().setLevel(before);
    System.setIn(input);
  }

  private static String put(FakeMachinesDaemon daemon, String value, String... more) {
    System.setIn(new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8)));
    var arguments = new ArrayList<>(List.of("credentials", "put", "codex", "--user", "alice"));
    arguments.addAll(List.of(more));
    Said said = daemon.run(arguments.toArray(String[]::new));
    assertThat(said.code()).as(said.err()).isZero();
    return said.out().strip();
  }

  private static List<String> use(FakeMachinesDaemon daemon) {
    var said = new ArrayList<String>();
    said.add(daemon.run("vault", "init").out());
    String id = put(daemon, MARKER);
    put(daemon, MARKER);
    put(daemon, MARKER, "--kind", "proxy", "--name", "p");
    put(daemon, MARKER + "x".repeat(1000), "--name", "long");
    for (String[] words :
        new String[][] {
          {"credentials", "ls", "-o", "wide"},
          {"credentials", "ls", "--json"},
          {"credentials", "show", id},
          {"credentials", "validate", id},
          {"vault", "rotate"},
          {"credentials", "validate", id},
          {"events", "--limit", "1000"},
          {"audit", "--limit", "1000", "--json"},
          {"credentials", "rm", id},
          {"user", "inspect", "alice"}
        }) {
      Said one = daemon.run(words);
      said.add(one.out() + one.err());
    }
    return said;
  }

  /** Every way in which the value could stand in a text or a file. */
  private static List<byte[]> forms() {
    byte[] plain = MARKER.getBytes(StandardCharsets.UTF_8);
    var forms = new ArrayList<byte[]>(List.of(plain));
    for (int shift = 0; shift < 3; shift++) { // Base64 at each of its three places.
      byte[] shifted = new byte[shift + plain.length];
      System.arraycopy(plain, 0, shifted, shift, plain.length);
      String text = Base64.getEncoder().withoutPadding().encodeToString(shifted);
      forms.add(text.substring(4, text.length() - 4).getBytes(StandardCharsets.US_ASCII));
    }
    return forms;
  }

  private static boolean has(byte[] bytes, byte[] form) {
    for (int at = 0; at <= bytes.length - form.length; at++) {
      int same = 0;
      while (same < form.length && bytes[at + same] == form[same]) {
        same++;
      }
      if (same == form.length) {
        return true;
      }
    }
    return false;
  }

  private static List<Path> filesWith(Path root, List<byte[]> forms) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (forms.stream().anyMatch(form -> has(bytes, form))) {
          found.add(file);
        }
      }
    }
    return found;
  }

  /** Arguments and environments of all processes. */
  private static List<Path> processesWith(List<byte[]> forms) throws IOException {
    var found = new ArrayList<Path>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        for (String name : List.of("cmdline", "environ")) {
          try {
            byte[] bytes = Files.readAllBytes(process.resolve(name));
            if (forms.stream().anyMatch(form -> has(bytes, form))) {
              found.add(process.resolve(name));
            }
          } catch (IOException e) {
            continue; // It has ended.
          }
        }
      }
    }
    return found;
  }

  @Test
  void theSearchFindsWhatIsThere() throws Exception {
    Files.createDirectories(data);
    Files.writeString(data.resolve("plain"), "a " + MARKER + " b");
    for (int shift = 0; shift < 3; shift++) {
      Files.writeString(
          data.resolve("base64-" + shift),
          Base64.getEncoder()
              .encodeToString(("z".repeat(shift) + MARKER).getBytes(StandardCharsets.UTF_8)));
    }
    assertThat(filesWith(data, forms())).hasSize(4);
    Process child = new ProcessBuilder("sleep", "100").start();
    try {
      List<byte[]> its = List.of("sleep\000100".getBytes(StandardCharsets.US_ASCII));
      assertThat(processesWith(its))
          .contains(Path.of("/proc", Long.toString(child.pid()), "cmdline"));
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void aCredentialIsNowhereInPlain() throws Exception {
    List<String> said;
    try (var daemon = FakeMachinesDaemon.start(data)) {
      said = use(daemon);
      assertThat(processesWith(forms())).isEmpty();
      assertThat(filesWith(data, forms())).isEmpty();
    }
    try (var store = Store.open(data)) {
      store.copy(3, NOW);
    }
    assertThat(filesWith(data, forms())).isEmpty();
    assertThat(said).hasSizeGreaterThan(10).noneMatch(text -> text.contains(MARKER));
    assertThat(log.list)
        .isNotEmpty()
        .noneMatch(event -> event.getFormattedMessage().contains(MARKER));
  }

  @Test
  void aBackupHasNoCredentialUnlessItWasAskedForAndThenEncrypted() throws Exception {
    try (var daemon = FakeMachinesDaemon.start(data)) {
      use(daemon);
    }
    List<SecretRow> rows;
    try (var store = Store.open(data)) {
      store.installation(new java.util.Random(7));
      rows = new SecretRows(store, store.host()).ofUsers(null);
      assertThat(rows).hasSize(2);
    }
    List<byte[]> ciphertexts =
        rows.stream().map(row -> row.value().getBytes(StandardCharsets.US_ASCII)).toList();
    assertThat(filesWith(data, ciphertexts)).as("what is searched for is there").isNotEmpty();
    var host = new LinuxHost();
    Path etc = Files.createDirectories(folder.resolve("etc"));
    var backup = new Backup(host, data, etc, "0.1.0", Progress.SILENT);
    Path without = folder.resolve("without.tar.zst");
    backup.write(without, user -> true, null, NOW);
    Path with = folder.resolve("with.tar.zst");
    backup.withCredentials().write(with, user -> true, null, NOW);
    Path unpacked = Files.createDirectories(folder.resolve("unpacked"));
    for (Path file : List.of(without, with)) {
      Path to = Files.createDirectories(unpacked.resolve(file.getFileName().toString()));
      host.check(Command.of("tar", "--zstd", "-xf", file.toString(), "-C", to.toString()));
    }
    assertThat(filesWith(unpacked, forms())).isEmpty();
    assertThat(filesWith(unpacked.resolve("without.tar.zst"), ciphertexts)).isEmpty();
    assertThat(filesWith(unpacked.resolve("with.tar.zst"), ciphertexts)).isNotEmpty();
    byte[] key = Files.readAllBytes(data.resolve("vault.key"));
    assertThat(filesWith(unpacked, List.of(key))).as("the master key").isEmpty();

    assertThat(restored(without, "first")).isEmpty();
    assertThat(restored(with, "second")).hasSize(2);
  }

  /** What the vault of a restored folder has, with the master key beside it. */
  private List<SecretRow> restored(Path file, String name) throws IOException {
    Path target = folder.resolve(name);
    new Restore(
            new LinuxHost(),
            target,
            folder.resolve(name + "-etc"),
            Progress.SILENT,
            InstantSource.fixed(NOW))
        .from(file);
    var source = new MasterKeySource.KeyFile(data.resolve("vault.key"));
    try (var under = new VaultUnderTest(target, source)) {
      List<SecretRow> rows = under.vault.list("alice");
      for (SecretRow row : rows) {
        try (OpenSecret secret = under.vault.read(row.name(), "a test").orElseThrow()) {
          assertThat(new String(secret.value(), StandardCharsets.UTF_8)).startsWith(MARKER);
        }
      }
      return rows;
    }
  }
}
