package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import dev.visco.wire.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists as the users of docker and kubectl type them. */
@Timeout(60)
class ListHabitsTest {
  private final FakeDaemon daemon = new FakeDaemon();

  @BeforeEach
  void list() {
    String created = Instant.now().minus(3, ChronoUnit.HOURS).minusSeconds(60).toString();
    daemon.answering(
        "GET /api/vms",
        """
        [{"vmId":"vm-00000001","vmType":"cli","userId":"ada","state":"ready","address":"10.0.0.2",
          "vcpus":2,"memoryMib":2048,"diskMib":8192,"image":"cli","labels":{"app":"web"},
          "created":"%s","expires":"%s"},
         {"vmId":"vm-00000002","vmType":"browser","userId":"bob","state":"failed","address":"10.0.0.3",
          "vcpus":1,"memoryMib":256,"image":"browser","created":"%s","bootArgs":["a"]},
         {"vmId":"vm-00000003","vmType":"cli","userId":"visco-pool","state":"ready","address":"10.0.0.4",
          "vcpus":1,"memoryMib":512,"image":"cli","created":"%s"}]
        """
            .formatted(created, Instant.now().plus(50, ChronoUnit.HOURS), created, created));
    daemon.answering("GET /api/vms?all=true", "[{\"vmId\":\"vm-00000009\"}]");
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private String out(String... arguments) {
    Said said = daemon.run(arguments);
    assertThat(said.err()).isEmpty();
    assertThat(said.code()).isZero();
    return said.out();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ps", "ls", "list"})
  void oneListHasTheNamesThatHandsKnow(String name) {
    assertThat(out(name)).startsWith("VM  ").contains("vm-00000001").contains("vm-00000002");
  }

  @Test
  void timesAreAgesAndFewColumnsAreEnough() {
    String table = out("ps");
    assertThat(table.lines().toList())
        .satisfiesExactly(
            heading -> assertThat(heading).doesNotContain("PID").doesNotContain("TRANSPORT"),
            line -> assertThat(line).contains("3 hours ago").contains("in 2 days"),
            line -> assertThat(line).endsWith("never"));
    assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(out("ps", "-o", "wide")).contains("PID").contains("2g").contains("8g");
  }

  @Test
  void idsAloneAreForOtherCommands() {
    assertThat(out("ps", "-q")).isEqualTo("vm-00000001\nvm-00000002\n");
    assertThat(out("ps", "-o", "name")).isEqualTo("vm-00000001\nvm-00000002\n");
    assertThat(out("ps", "-aq")).isEqualTo("vm-00000009\n");
    assertThat(out("ls", "--all", "--quiet")).isEqualTo("vm-00000009\n");
  }

  @Test
  void whatWaitsInAPoolIsListedOnlyWhereItIsAskedFor() {
    assertThat(out("ps")).doesNotContain("vm-00000003");
    assertThat(out("ps", "--filter", "user=visco-pool", "-q")).isEqualTo("vm-00000003\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          state=ready             | vm-00000001
          status=failed           | vm-00000002
          type=browser            | vm-00000002
          user=ada                | vm-00000001
          label=app               | vm-00000001
          label=app=web           | vm-00000001
          label=app=db            | ''
          memoryMib=256           | vm-00000002
          """)
  void aFilterNamesAFieldAndItsValue(String filter, String expected) {
    assertThat(out("ps", "-q", "--filter", filter).strip()).isEqualTo(expected);
  }

  @Test
  void valuesOfOneFieldAreAlternativesAndFieldsAreNot() {
    assertThat(out("ps", "-q", "--filter", "state=ready", "--filter", "state=failed").lines())
        .hasSize(2);
    assertThat(out("ps", "-q", "--filter", "state=ready", "--filter", "type=browser")).isEmpty();
  }

  @Test
  void whatIsNoFilterIsRefused() {
    Said said = daemon.run("ps", "--filter", "ready");
    assertThat(said.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(said.err()).contains("--filter \"ready\" is no FIELD=VALUE");
    assertThat(daemon.run("ps", "--filter", "stat=ready").err())
        .contains("--filter \"stat\" is no field of any of these. They have address, ");
  }

  @Test
  void aTemplateIsALineForEach() {
    assertThat(out("ps", "--format", "{{.ID}} {{.State}} {{upper .Type}}"))
        .isEqualTo("vm-00000001 ready CLI\nvm-00000002 failed BROWSER\n");
    assertThat(out("ps", "--format", "{{.Address}}\\t{{json .labels}}").lines().findFirst())
        .hasValue("10.0.0.2\t{\"app\":\"web\"}");
    assertThat(out("ps", "--format", "{{.labels.app}}")).isEqualTo("web\n<no value>\n");
    assertThat(out("ps", "--format", "table {{.ID}}\\t{{.Memory}}"))
        .isEqualTo("ID           MEMORY\nvm-00000001  2048\nvm-00000002  256\n");
  }

  @Test
  void aPlaceholderThatIsNoneIsRefusedBeforeAnythingIsAsked() {
    daemon.asked.clear();
    assertThat(daemon.run("ps", "--format", "{{range .}}").err())
        .contains("has a placeholder that is none. Write them like {{.ID}}");
    assertThat(daemon.run("ps", "-o", "xml").err())
        .contains("--output \"xml\" is no form. Give table, wide, json, yaml or name.");
    assertThat(daemon.asked).isEmpty();
  }

  @Test
  void documentsAreJsonAndYaml() {
    assertThat(out("ps", "--json").lines()).hasSize(1);
    assertThat(Json.mapper().readTree(out("ps", "-o", "json"))).hasSize(2);
    assertThat(out("ps", "--format", "json").lines())
        .allSatisfy(line -> assertThat(Json.mapper().readTree(line).has("vmId")).isTrue());
    String yaml = out("ps", "-o", "yaml");
    assertThat(yaml)
        .startsWith("- vmId: vm-00000001\n  vmType: cli\n")
        .contains("\n  address: \"10.0.0.2\"\n")
        .contains("\n  labels:\n    app: web\n")
        .contains("\n- vmId: vm-00000002\n")
        .contains("\n  bootArgs:\n    - a\n");
  }

  @Test
  void aListOfNothingIsItsHeading() {
    daemon.answering("GET /api/snapshots", "[]").answering("GET /api/vms", "[]");
    assertThat(out("snapshot", "ls"))
        .isEqualTo("SNAPSHOT  USER  VM  STATE  RETENTION  USED BY  RELEASE  MIB  CREATED\n");
    assertThat(out("ps").lines()).hasSize(1);
    assertThat(out("ps", "-q")).isEmpty();
    assertThat(out("ps", "--filter", "state=ready", "--json")).isEqualTo("[]\n");
  }

  @Test
  void everyListTakesThese() {
    daemon.answering("GET /api/volumes", "[{\"name\":\"data\",\"userId\":\"ada\",\"bytes\":1}]");
    assertThat(out("volume", "ls", "-q")).isEqualTo("data\n");
    assertThat(out("volume", "ls", "--format", "{{.Name}} of {{.User}}"))
        .isEqualTo("data of ada\n");
  }

  @Test
  void columnsFitTheTerminalAndAreWholeElsewhere() {
    String user = "0c6d1a1e-3f4c-4d5e-9a7b-1234567890ab";
    daemon.answering(
        "GET /api/vms",
        "[{\"vmId\":\"vm-00000001\",\"userId\":\"" + user + "\",\"state\":\"ready\"}]");
    var narrow = new Screen(true, 70, false, false);
    String table = daemon.run(narrow, "ps").out();
    assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(71));
    assertThat(table).contains("vm-00000001").contains("…").doesNotContain(user);
    assertThat(daemon.run(narrow, "ps", "--no-trunc").out()).contains(user);
    assertThat(daemon.run(narrow, "ps", "--format", "{{.userId}}").out()).isEqualTo(user + "\n");
    assertThat(out("ps")).contains(user);
  }

  @Test
  void statesHaveColoursOnATerminalOnly() {
    var coloured = new Screen(true, 100, true, true);
    assertThat(daemon.run(coloured, "ps").out())
        .contains("\u001b[32mready\u001b[0m")
        .contains("\u001b[31mfailed\u001b[0m");
    assertThat(daemon.run(new Screen(true, 100, false, false), "ps").out())
        .doesNotContain("\u001b");
    assertThat(daemon.run(coloured, "inspect", "vm-0000000f").err())
        .startsWith("\u001b[31mvisco:\u001b[0m There is no");
  }
}
