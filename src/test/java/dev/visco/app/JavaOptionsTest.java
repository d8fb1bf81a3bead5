package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  void aDaemonHasAnAotCacheOfItsOwn() {
    assertThat(
            JavaOptions.forDaemon(List.of("-XX:AOTCache=/build-1/commands.aot", "-Da=b"), Map.of()))
        .containsExactly("-XX:AOTCache=/build-1/visco.aot", "-Da=b");
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

  /** As the service of the package, or started in the background by a command. */
  @Test
  void everyDaemonRunsWithTheSameBoundsAndLetsNobodyAttach() throws Exception {
    String unit = Files.readString(Path.of("dist/visco.service"));
    String options = unit.replaceFirst("(?s).*VISCO_JAVA_OPTIONS=([^\"]*)\".*", "$1");
    var all = new ArrayList<String>(BackgroundDaemon.MEMORY);
    all.addAll(BackgroundDaemon.PRIVACY);
    assertThat(options.split(" ")).containsExactlyElementsOf(all);
    assertThat(all).contains("-XX:+DisableAttachMechanism");
    assertThat(unit).contains("\nLimitCORE=0\n");
  }
}
