package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeMachinesDaemon.Said;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code visco user}, {@code token} and {@code audit} on a daemon with fake machines. */
@Timeout(60)
class UserCommandsTest {
  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder);
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private String ok(String... arguments) {
    Said said = daemon.run(arguments);
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.err()).isEmpty();
    return said.out();
  }

  private JsonNode json(String... arguments) {
    return Json.read(ok(arguments), JsonNode.class);
  }

  @Test
  void aUserIsMadeShownChangedAndRemoved() {
    assertThat(
            ok(
                "user",
                "create",
                "alice",
                "--vms",
                "5",
                "--type-vms",
                "browser=1",
                "--cpus",
                "8",
                "--memory",
                "8192",
                "--disk",
                "20480",
                "--creates",
                "10",
                "--label",
                "team=red"))
        .isEqualTo("alice is active\n");
    ok("user", "create", "bob");
    assertThat(ok("user", "ls"))
        .isEqualTo(
            """
            USER   STATE   VMS  VCPUS  MEMORY  DISK   CREATES  LABELS
            alice  active  5    8      8192    20480  10       team=red
            bob    active  -    -      -       -      -
            """);
    assertThat(ok("user")).as("alone it lists").isEqualTo(ok("user", "ls"));
    JsonNode all = json("user", "ls", "--json");
    assertThat(all.findValuesAsString("id")).containsExactly("alice", "bob");
    assertThat(all.get(0).path("quota"))
        .isEqualTo(
            Json.read(
                "{\"vms\":5,\"vmsPerType\":{\"browser\":1},\"vcpus\":8,\"memoryMib\":8192,"
                    + "\"diskMib\":20480,\"createsPerMinute\":10}",
                JsonNode.class));
    assertThat(json("user", "inspect", "alice").path("labels").path("team").asString())
        .isEqualTo("red");

    JsonNode changed =
        json(
            "user",
            "update",
            "alice",
            "--memory",
            "none",
            "--vms",
            "6",
            "--label",
            "team=",
            "--label",
            "site=a",
            "--type-vms",
            "browser=none",
            "--json");
    assertThat(changed.path("quota"))
        .isEqualTo(
            Json.read(
                "{\"vms\":6,\"vcpus\":8,\"diskMib\":20480,\"createsPerMinute\":10}",
                JsonNode.class));
    assertThat(changed.path("labels")).isEqualTo(Json.read("{\"site\":\"a\"}", JsonNode.class));
    assertThat(ok("user", "suspend", "alice")).isEqualTo("alice is suspended\n");
    assertThat(ok("user", "resume", "alice")).isEqualTo("alice is active\n");
    assertThat(ok("user", "rm", "alice", "bob")).isEqualTo("alice\nbob\n");
    assertThat(json("user", "ls", "--json")).isEmpty();
  }

  @Test
  void oneThatHasSomethingIsRemovedByForceAlone() {
    String secret = phone("alice");
    String vm = daemon.runAs(secret, "create").out().strip();
    daemon.runAs(secret, "snapshot", "create", vm, "--name", "first");
    daemon.runAs(secret, "volume", "create", "data", "--size", "64m");
    Said refused = daemon.run("user", "rm", "alice");
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err())
        .contains("User alice has 1 VMs, 1 snapshots and 1 volumes.", "--force", "visco rm VM");
    assertThat(daemon.runAs(secret, "ps").out()).as("nothing is gone").contains(vm);

    String other = phone("bob");
    String others = daemon.runAs(other, "create").out().strip();
    assertThat(ok("user", "rm", "--force", "alice")).isEqualTo("alice\n");
    assertThat(ok("ps")).contains(others).doesNotContain(vm);
    assertThat(ok("snapshot", "ls").lines()).hasSize(1);
    assertThat(ok("volume", "ls").lines()).hasSize(1);
    assertThat(ok("user", "ls")).contains("bob").doesNotContain("alice");
    assertThat(daemon.runAs(secret, "ps").code()).isEqualTo(3);
  }

  private String phone(String user) {
    ok("user", "create", user);
    return ok("token", "create", user + "-phone", "--user", user).strip();
  }

  private static final List<String> REFUSED =
      List.of(
          "user create taken | 3 | There is a user \"taken\" already. Change it: visco user update taken",
          "user create a/b | 3 | userId \"a/b\"",
          "user create new --vms many | 3 | --vms \"many\" is not a whole number. Give one, or none",
          "user create new --vms -1 | 3 | --vms \"-1\" is not a whole number",
          "user create new --label =x | 3 | labels \"\" is no name of a label",
          "user create new --labl a=b | 2 | There is no option --labl",
          "user create | 2 | USER",
          "user inspect absent | 4 | There is no user \"absent\". visco user ls lists them",
          "user inspect 'a b' | 3 | userId \"a b\"",
          "user update absent --vms 1 | 4 | There is no user \"absent\"",
          "user suspend absent | 4 | There is no user \"absent\"",
          "user resume absent | 4 | There is no user \"absent\"",
          "user rm --force absent | 4 | There is no user \"absent\"",
          "user rm absent | 4 | There is no user \"absent\"",
          "token create a | 3 | role \"\" is missing",
          "token create a --role king | 3 | role \"king\" is no role of a token. Give admin, operator, user.",
          "token create a --role user | 3 | user \"\" is missing",
          "token create a --role admin --user taken | 3 | does not go with the role admin",
          "token create a --user absent | 4 | There is no user \"absent\"",
          "token create a/b --role admin | 3 | name \"a/b\" is no name of a token",
          "token create a --role admin --expires soon | 3 | expires \"soon\" is not a time",
          "token create a --role admin --expires 0s | 3 | expires \"0s\"",
          "token create admin --role admin | 3 | There is a token \"admin\" already",
          "token create | 2 | NAME",
          "token revoke absent | 4 | There is no token \"absent\". visco token ls lists them",
          "token revoke admin | 3 | admin-token",
          "token revoke | 2 | NAME",
          "audit --since yesterday | 3 | since \"yesterday\" is no time",
          "audit --vm web | 4 | \"web\"",
          "audit --limit many | 2 | many");

  /** Exit code 3 is a refusal, 4 what is not there, 2 a wrong usage. */
  @Test
  void whatCannotBeIsRefusedWithItsExitCode() {
    ok("user", "create", "taken");
    var softly = new SoftAssertions();
    for (String row : REFUSED) {
      String[] cells = row.split(" \\| ", 3);
      Said said = daemon.run(split(cells[0]));
      softly.assertThat(said.code()).as(row + ": " + said).isEqualTo(Integer.parseInt(cells[1]));
      softly.assertThat(said.err()).as(row).contains(cells[2]);
      softly.assertThat(said.out()).as(row).isEmpty();
    }
    softly.assertAll();
  }

  /** A word in quotes may have blanks. */
  private static String[] split(String command) {
    return Arrays.stream(command.strip().split(" (?=(?:[^']*'[^']*')*[^']*$)", -1))
        .map(word -> word.replace("'", ""))
        .toArray(String[]::new);
  }

  @Test
  void aTokenIsPrintedOnceAndDoesWhatItMay() {
    ok("user", "create", "alice");
    String secret = ok("token", "create", "alice-phone", "--user", "alice", "--read-only").strip();
    assertThat(secret).matches("visco-[0-9a-f]{48}");
    JsonNode made =
        json("token", "create", "build", "--role", "operator", "--expires", "30d", "--json");
    assertThat(made.path("secret").asString()).matches("visco-[0-9a-f]{48}");
    assertThat(made.path("role").asString()).isEqualTo("operator");

    String table = ok("token", "ls");
    assertThat(table.lines().map(line -> line.split("  +", 5)))
        .extracting(cells -> String.join(" ", cells[0], cells[1], cells[2], cells[3]))
        .containsExactly(
            "TOKEN ROLE USER ACCESS",
            "admin admin - full",
            "alice-phone user alice read-only",
            "build operator - full");
    assertThat(table).doesNotContain(secret).contains("never");
    assertThat(ok("token")).as("alone it lists").startsWith("TOKEN  ").contains("alice-phone");
    assertThat(json("token", "ls", "--json").toString()).doesNotContain("secret");

    assertThat(daemon.runAs(secret, "ps").code()).isZero();
    Said refused = daemon.runAs(secret, "create");
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err()).contains("The token \"alice-phone\" may read only.");
    assertThat(daemon.runAs(made.path("secret").asString(), "token", "ls").code())
        .as("an operator knows no tokens")
        .isEqualTo(3);
    assertThat(ok("token", "ls").lines().filter(line -> line.startsWith("alice-phone")))
        .as("its last use")
        .singleElement(org.assertj.core.api.InstanceOfAssertFactories.STRING)
        .doesNotEndWith("never");

    JsonNode revoked = json("token", "revoke", "alice-phone", "build", "--json");
    assertThat(revoked.findValuesAsString("removed")).containsExactly("alice-phone", "build");
    Said gone = daemon.runAs(secret, "ps");
    assertThat(gone.code()).isEqualTo(3);
    assertThat(gone.err()).contains("No known bearer token");
  }

  @Test
  void theAuditTellsWhoDidWhat() {
    ok("user", "create", "alice");
    String secret = ok("token", "create", "alice-phone", "--user", "alice").strip();
    String vm = daemon.runAs(secret, "create").out().strip();
    assertThat(daemon.runAs(secret, "user", "ls").code()).isEqualTo(3);
    ok("user", "suspend", "alice");

    String table = ok("audit");
    assertThat(table.lines().map(line -> line.replaceAll("  +", "|")))
        .extracting(
            line -> line.replaceFirst("^[^|]*\\|", "").replaceFirst("127\\.0\\.0\\.1:\\d+", "HERE"))
        .containsExactly(
            "CALLER|USER|FROM|REQUEST|VM|STATUS",
            "admin|-|HERE|POST /api/users|-|201",
            "admin|-|HERE|POST /api/tokens|-|201",
            "alice-phone|alice|HERE|POST /api/vms|" + vm + "|202",
            "admin|-|HERE|POST /api/users/alice/suspend|-|200");
    JsonNode newest = json("audit", "--limit", "1", "--json");
    assertThat(newest).hasSize(1);
    assertThat(newest.get(0).path("path").asString()).isEqualTo("/api/users/alice/suspend");
    assertThat(ok("audit", "--vm", vm)).contains(vm).doesNotContain("suspend");
    assertThat(ok("audit", "--user", "alice")).contains("POST /api/vms").doesNotContain("suspend");
    assertThat(ok("audit", "--user", "nobody").lines()).hasSize(1);
    assertThat(ok("audit", "--since", "1h")).isEqualTo(ok("audit"));
    assertThat(ok("audit", "--since", "2999-01-01T00:00:00Z").lines()).hasSize(1);
  }
}
