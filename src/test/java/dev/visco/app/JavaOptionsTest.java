package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What of a command's JVM options its daemon is started with. */
class JavaOptionsTest {
  @Test
  void aDaemonHasAllCompilers() {
    assertThat(
            JavaOptions.forDaemon(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Map.of()))
        .containsExactly("-XX:+UseSerialGC");
  }

  @Test
  void whatCameFromTheEnvironmentIsNotGivenASecondTime() {
    String agent = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005";
    assertThat(
            JavaOptions.forDaemon(
                List.of(agent, "-Dname=two words", "-XX:+UseSerialGC", "-Dkeep=1"),
                Map.of(
                    "JAVA_TOOL_OPTIONS", agent + "  \"-Dname=two words\"", "JDK_JAVA_OPTIONS", "")))
        .containsExactly("-XX:+UseSerialGC", "-Dkeep=1");
  }

  @Test
  void onlyOneOfTwoIsLeftOutWhenTheLauncherGaveItToo() {
    assertThat(
            JavaOptions.forDaemon(
                List.of("-XX:+UseSerialGC", "-XX:+UseSerialGC"),
                Map.of("_JAVA_OPTIONS", "-XX:+UseSerialGC")))
        .containsExactly("-XX:+UseSerialGC");
  }

  @Test
  void wordsAreSplitAtBlanksOutsideOfQuotes() {
    assertThat(JavaOptions.words(" a  'b c'd \"\" \t e\"f\"\n"))
        .containsExactly("a", "b cd", "", "ef");
    assertThat(JavaOptions.words(" ")).isEmpty();
  }
}
