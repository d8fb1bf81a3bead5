package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a process that Visco starts knows of whoever started Visco. */
@Timeout(60)
class ChildEnvironmentTest {
  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;

  /** Runs as a process of its own, so that its environment can hold secrets. */
  static final class Parent {
    public static void main(String[] arguments) throws Exception {
      var host = new LinuxHost();
      System.out.print(host.check(Command.of("cat", "/proc/self/environ")).output() + "\0");
      Path log = Path.of(arguments[0]).resolve("detached");
      ProcessRef detached =
          host.start(
              new Detached(List.of("cat", "/proc/self/environ"), log)
                  .withEnvironment(Map.of("VISCO_HOME", "/opt/visco")));
      while (host.isAlive(detached)) {
        Thread.sleep(5);
      }
      System.out.print(Files.readString(log) + "\0");
      File child = Path.of(arguments[0]).resolve("child").toFile();
      try (var process =
          ChildProcess.start(
              List.of("cat", "/proc/self/environ"),
              Redirect.from(new File("/dev/null")),
              Redirect.to(child),
              line -> {})) {
        process.await(Duration.ofSeconds(20));
      }
      System.out.print(Files.readString(child.toPath()));
    }
  }

  @Test
  void noChildHasTheSecretsOfWhoeverStartedVisco() {
    String java = System.getProperty("java.home") + "/bin/java";
    String classes = System.getProperty("java.class.path");
    String said =
        host.check(
                Command.of(
                        List.of(
                            java,
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            classes,
                            Parent.class.getName(),
                            folder.toString()))
                    .withEnvironment(
                        Map.of(
                            "VISCO_TOKEN", "visco-secret",
                            "AWS_SECRET_ACCESS_KEY", "aws-secret",
                            "HOME", "/home/operator",
                            "http_proxy", "http://user:password@proxy:3128")))
            .output();
    List<String> variables =
        Arrays.stream(said.split("\0", -1)).filter(line -> !line.isEmpty()).toList();
    assertThat(variables)
        .as("three kinds of children, PATH and LC_ALL each, and what was asked for")
        .hasSize(7)
        .allMatch(line -> line.matches("(PATH|LC_ALL|VISCO_HOME)=.*"))
        .contains("VISCO_HOME=/opt/visco");
  }

  @Test
  void theDaemonGetsSettingsAndProxiesAndNoToken() {
    Map<String, String> own =
        Map.of(
            "VISCO_DATA", "/srv/visco",
            "VISCO_TOKEN", "secret",
            "HTTPS_PROXY", "http://proxy:3128",
            "TZ", "Europe/Vienna",
            "LD_PRELOAD", "/tmp/evil.so",
            "AWS_SECRET_ACCESS_KEY", "secret");
    assertThat(ChildEnvironment.forDaemon(own)).containsOnlyKeys("VISCO_DATA", "HTTPS_PROXY", "TZ");
    assertThat(ChildEnvironment.proxies(own)).containsOnlyKeys("HTTPS_PROXY");
  }
}
