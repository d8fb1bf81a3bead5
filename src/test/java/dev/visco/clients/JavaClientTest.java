package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.api.FakeMachinesDaemon;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client in {@code clients/java} compiles for Java 17 without a library, and does what it says:
 * its check runs in a JVM of its own against daemons of this one.
 */
@Timeout(300)
class JavaClientTest {
  private static final Path SOURCES = Path.of("clients/java/src/main/java");
  private static final Path CHECK = Path.of("clients/java/test/ClientCheck.java");
  @TempDir private static Path classes;
  @TempDir private Path folder;

  @BeforeAll
  static void compile() throws IOException {
    var words = new ArrayList<>(List.of("--release", "17", "-Xlint:all", "-Werror", "-parameters"));
    words.addAll(List.of("-proc:none", "-d", classes.toString(), CHECK.toString()));
    try (Stream<Path> files = Files.walk(SOURCES)) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(words::add);
    }
    var said = new StringWriter();
    boolean isDone =
        ToolProvider.getSystemJavaCompiler()
            .getTask(said, null, null, options(words), null, units(words))
            .call();
    assertThat(isDone).as(said.toString()).isTrue();
  }

  private static List<String> options(List<String> words) {
    return words.stream().filter(word -> !word.endsWith(".java")).toList();
  }

  private static Iterable<? extends javax.tools.JavaFileObject> units(List<String> words) {
    return ToolProvider.getSystemJavaCompiler()
        .getStandardFileManager(null, null, null)
        .getJavaFileObjectsFromStrings(
            words.stream().filter(word -> word.endsWith(".java")).toList());
  }

  private static void check(String address, String token, String... what) {
    var words = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    words.addAll(List.of("-XX:+UseSerialGC", "-cp", classes.toString(), "ClientCheck"));
    words.addAll(List.of(what));
    CommandResult result =
        new LinuxHost()
            .run(
                Command.of(words)
                    .withEnvironment(
                        Map.of("VISCO_HOST", "http://" + address, "VISCO_TOKEN", token))
                    .within(Duration.ofMinutes(2)));
    assertThat(result.output()).as(result.error()).isEqualTo("all is well\n");
  }

  @Test
  void aVmLivesWithIt() throws IOException {
    try (var daemon = FakeMachinesDaemon.start(folder)) {
      check("127.0.0.1:" + daemon.port(), daemon.adminToken(), "life");
    }
  }

  @Test
  void commandsRunWithIt() throws Exception {
    try (var api = ApiUnderTest.start(folder)) {
      String vm = api.create();
      api.vms.settle(new VmId(vm), VmState.READY, null);
      check(api.address(), ApiUnderTest.TOKEN, "exec", vm);
      Awaitility.await().until(() -> api.vms.guest.open.get() == 0);
    }
  }
}
