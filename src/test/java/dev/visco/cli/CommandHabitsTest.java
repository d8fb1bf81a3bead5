package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import dev.visco.wire.Json;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Commands, ids, help and errors as hands know them from docker and kubectl. */
@Timeout(60)
class CommandHabitsTest {
  private static final String ONE = "vm-00000001";
  private static final String TWO = "vm-20000002";
  private final FakeDaemon daemon =
      new FakeDaemon()
          .answering("GET /api/vms", "[" + vm(ONE, "ready") + "," + vm(TWO, "paused") + "]")
          .answering("GET /api/vms/" + ONE, vm(ONE, "ready"))
          .answering("GET /api/vms/" + TWO, vm(TWO, "paused"));

  /** What a VM is called is known to the daemon alone. */
  CommandHabitsTest() {
    for (String text : List.of("vm-0", "0", "00000001", "web")) {
      daemon.answering("GET /api/vms/" + text, vm(ONE, "ready"));
    }
    for (String text : List.of("2", "db")) {
      daemon.answering("GET /api/vms/" + text, vm(TWO, "paused"));
    }
  }

  private static String vm(String id, String state) {
    return "{\"vmId\":\"%s\",\"name\":\"%s\",\"state\":\"%s\",\"address\":\"10.0.0.2\"}"
        .formatted(id, id.equals(ONE) ? "web" : "db", state);
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  @ParameterizedTest
  @CsvSource({"vm-0", "0", "00000001", "vm-00000001", "web"})
  void aVmIsFoundByItsNameOrAnyUniqueBeginningOfItsId(String typed) {
    Said said = daemon.run("inspect", "-f", "{{.ID}}", typed);
    assertThat(said.out()).as(said.err()).isEqualTo(ONE + "\n");
  }

  @Test
  void inspectIsJsonAnObjectForOneAndAnArrayForSeveral() {
    JsonNode one = Json.mapper().readTree(daemon.run("inspect", ONE).out());
    assertThat(one.path("vmId").asString()).isEqualTo(ONE);
    Said several = daemon.run("inspect", ONE, "vm-0000000f", "db");
    assertThat(Json.mapper().readTree(several.out()).findValuesAsString("vmId"))
        .containsExactly(ONE, TWO);
    assertThat(several.err()).startsWith("visco: vm-0000000f: There is no such thing.");
    assertThat(several.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("inspect", ONE, "--json").out().lines()).hasSize(1);
    assertThat(daemon.run("inspect", "-o", "yaml", ONE).out()).startsWith("vmId: " + ONE + "\n");
  }

  @ParameterizedTest
  @CsvSource({"pause,paused", "suspend,suspended", "resume,ready"})
  void severalArePausedAndResumed(String what, String state) {
    for (String id : List.of(ONE, TWO)) {
      daemon.answering("POST /api/vms/" + id + "/" + what, vm(id, state));
    }
    Said said = daemon.run(what, "web", "vm-0000000f", "2");
    assertThat(said.out()).isEqualTo("%s is %s\n%s is %s\n".formatted(ONE, state, TWO, state));
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void severalAreStoppedAndUpdated() {
    for (String id : List.of(ONE, TWO)) {
      daemon.answering("POST /api/vms/" + id + "/stop", vm(id, "stopped"));
      daemon.answering("PATCH /api/vms/" + id, vm(id, "ready"));
    }
    assertThat(daemon.run("stop", ONE, TWO).out()).isEqualTo(ONE + "\n" + TWO + "\n");
    assertThat(daemon.run("update", "--ttl", "2h", ONE, TWO).out())
        .isEqualTo(ONE + "\n" + TWO + "\n");
  }

  @Test
  void theEndOfALogIsAskedForByItsLines() {
    daemon.answering("GET /api/vms/" + ONE + "/console?tail=5", "five\n");
    daemon.answering("GET /api/vms/" + ONE + "/console?follow=true&tail=5", "followed\n");
    daemon.answering("GET /api/vms/" + ONE + "/console", "all\n");
    for (String option : List.of("-n 5", "-n5", "--tail 5", "--tail=5")) {
      String[] words = ("logs " + option + " web").split(" ", -1);
      assertThat(daemon.run(words).out()).as(option).isEqualTo("five\n");
    }
    assertThat(daemon.run("logs", "--tail", "5", "-f", ONE).out()).isEqualTo("followed\n");
    assertThat(daemon.run("logs", "-fn5", ONE).out()).isEqualTo("followed\n");
    assertThat(daemon.run("logs", "--tail", "all", ONE).out()).isEqualTo("all\n");
    String since = "2026-03-01T12:00:00Z";
    daemon.answering(
        "GET /api/vms/" + ONE + "/console?tail=5&timestamps=true&since=" + ApiPath.encoded(since),
        since + " five\n");
    assertThat(daemon.run("logs", "-tn5", "--since", since, ONE).out())
        .isEqualTo(since + " five\n");
    daemon.asked.clear();
    daemon.run("logs", "--since", "10m", ONE);
    assertThat(daemon.asked.getLast()).matches("GET \\S+/console\\?since=20\\S+Z");
    assertThat(daemon.run("logs", "--since", "lately", ONE).err()).contains("--since \"lately\" ");
    assertThat(daemon.run("logs", "--tail", "few", ONE).err())
        .contains("--tail \"few\" is no number of lines");
  }

  @Test
  void logsOfSeveralSayWhoseEachLineIs() {
    daemon.answering("GET /api/vms/" + ONE + "/console", "a\nb\n");
    daemon.answering("GET /api/vms/" + TWO + "/console", "c");
    assertThat(daemon.run("logs", ONE, TWO).out())
        .isEqualTo(ONE + " | a\n" + ONE + " | b\n" + TWO + " | c\n");
    daemon.answering("GET /api/vms/" + ONE + "/console?follow=true", "a\n");
    daemon.answering("GET /api/vms/" + TWO + "/console?follow=true", "c\n");
    assertThat(daemon.run("logs", "-f", ONE, TWO).out().lines())
        .containsExactlyInAnyOrder(ONE + " | a", TWO + " | c");
    assertThat(daemon.run("logs", "--json", ONE, TWO).out().lines())
        .containsExactly(
            "{\"console\":\"a\\nb\\n\",\"vmId\":\"" + ONE + "\"}",
            "{\"console\":\"c\",\"vmId\":\"" + TWO + "\"}");
  }

  @Test
  void rmByForceMissesNobody() {
    daemon.answering("DELETE /api/vms/" + ONE + "?wait=destroyed", vm(ONE, "destroyed"));
    Said said = daemon.run("rm", "-f", "vm-0000000f", ONE);
    assertThat(said.out()).isEqualTo(ONE + "\n");
    assertThat(said.err()).isEmpty();
    assertThat(said.code()).isZero();
  }

  @Test
  void rmOfAllAsksUnlessItIsToldNotTo() {
    for (String id : List.of(ONE, TWO)) {
      daemon.answering("DELETE /api/vms/" + id + "?wait=destroyed", vm(id, "destroyed"));
    }
    Said asked = daemon.run("rm", "--all");
    assertThat(asked.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(asked.err())
        .contains("This destroys 2 VMs (" + ONE + ", " + TWO + ")")
        .contains("visco rm --all --yes");
    assertThat(daemon.asked).noneMatch(one -> one.startsWith("DELETE"));
    assertThat(daemon.run("rm", "--all", "-f", "--filter", "state=paused").out())
        .isEqualTo(TWO + "\n");
    assertThat(daemon.run("rm", "--all", "-y").out()).isEqualTo(ONE + "\n" + TWO + "\n");
    for (String wrong : List.of("rm", "rm --all " + ONE, "rm --filter state=ready " + ONE)) {
      assertThat(daemon.run(wrong.split(" ", -1)).err()).as(wrong).contains("does not say what");
    }
  }

  @Test
  void anErrorForAWrongFlagIsShort() {
    Said said = daemon.run("create", "--memry", "1");
    assertThat(said.code()).isEqualTo(CommandExitCode.USAGE);
    assertThat(said.err())
        .isEqualTo(
            """
            visco: There is no option --memry.
            visco: Did you mean --memory? visco create --help lists its options.
            """);
    assertThat(daemon.run("inspect").err())
        .isEqualTo(
            """
            visco: Missing required parameter: 'VM'.
            visco: visco inspect --help lists its options.
            """);
    assertThat(daemon.run("report", ONE, "more").err())
        .startsWith("visco: \"more\" is one argument");
  }

  @Test
  void aWrongCommandNamesNearOnes() {
    Said said = daemon.run("destroy", ONE);
    assertThat(said.code()).isEqualTo(CommandExitCode.USAGE);
    assertThat(said.err())
        .isEqualTo(
            """
            visco: There is no command "destroy".
            visco: Did you mean visco rm? visco --help lists its commands.
            """);
    assertThat(daemon.run("image", "lst").err()).contains("Did you mean visco image ls?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          inspect vm-0000000f --json      | not-found | There is no such thing. | Look elsewhere.
          report vm-0000000f --json       | not-found | There is no such thing. | Look elsewhere.
          pause vm-0000000f --json        | not-found | There is no such thing. | Look elsewhere.
          ps --filter ready --json        | invalid   | is no FIELD=VALUE       | state=ready
          create --memry 1 --json         | usage     | no option --memry       | --memory
          shell --json vm-0000000f        | usage     | visco shell has no result that JSON could show | --help
          run --json cli ls               | usage     | visco run has no result that JSON could show | --help
          execs attach --json vm-1 ex-1   | usage     | visco execs attach has no result | --help
          cp --json - vm-1:/srv           | invalid   | has no result to print for an archive | Leave --json out.
          """)
  void withJsonAnErrorIsAProblemOnStandardError(
      String line, String type, String detail, String remedy) {
    Said said = daemon.run(line.split(" +", -1));
    assertThat(said.out()).isEmpty();
    JsonNode problem = Json.mapper().readTree(said.err());
    assertThat(problem.path("type").asString()).isEqualTo("urn:visco:problem:" + type);
    assertThat(problem.path("detail").asString()).contains(detail);
    assertThat(problem.path("remedy").asString()).contains(remedy);
    assertThat(said.code()).isNotZero();
  }

  @Test
  void aProblemNamesFieldAndValue() {
    JsonNode refused = Json.mapper().readTree(daemon.run("ps", "--filter", "x", "--json").err());
    assertThat(refused.path("field").asString()).isEqualTo("--filter");
    assertThat(refused.path("value").asString()).isEqualTo("x");
    JsonNode wrong = Json.mapper().readTree(daemon.run("create", "--cpus", "x", "--json").err());
    assertThat(wrong.path("field").asString()).isEqualTo("--cpus");
    assertThat(wrong.path("value").asString()).isEqualTo("x");
  }

  @Test
  void helpIsACommandToo() {
    String option = daemon.run("image", "build", "--help").out();
    assertThat(daemon.run("help", "image", "build").out()).isEqualTo(option).contains("RECIPE");
    assertThat(daemon.run("help").out()).isEqualTo(daemon.run("--help").out());
    assertThat(daemon.run().out()).isEqualTo(daemon.run("--help").out());
    Said unknown = daemon.run("help", "delete");
    assertThat(unknown.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(unknown.err()).contains("Did you mean visco rm?");
  }

  @Test
  void helpIsByTopicAndAsWideAsTheTerminal() {
    String wide = daemon.run(new Screen(true, 120, false, false), "help").out();
    assertThat(wide)
        .containsSubsequence(
            "Create and list VMs:", "create", "ps, ls, list", "Change VMs:", "Resources:");
    assertThat(wide.lines()).anySatisfy(line -> assertThat(line).hasSizeGreaterThan(80));
    assertThat(wide.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(121));
    String narrow = daemon.run(new Screen(true, 64, false, false), "help", "logs").out();
    assertThat(narrow.lines().filter(line -> line.startsWith(" ")))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(65));
  }

  @Test
  void aCommandsHelpHasItsOwnOptionsOnly() {
    assertThat(daemon.run("stop", "--help").out())
        .contains("--grace")
        .doesNotContain("--listen")
        .doesNotContain("--version");
    assertThat(daemon.run("--help").out()).contains("--listen").contains("--version");
    assertThat(daemon.run("--listen", "127.0.0.1:1", "ps").code()).isZero();
    assertThat(daemon.run("ps", "--listen", "127.0.0.1:1").code()).isZero();
  }

  @Test
  void theVersionIsThePrograms() {
    assertThat(daemon.run("-V").out()).startsWith("visco ");
    assertThat(daemon.run("stop", "-V").code()).isEqualTo(CommandExitCode.USAGE);
    assertThat(daemon.run("exec", ONE, "python3", "-V").err())
        .as("goes to the guest")
        .doesNotContain("no option");
  }
}
