package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What VMs are called, as commands. */
@Timeout(60)
class MetadataCommandsTest {
  private static final String VM =
      "{\"vmId\":\"vm-00000001\",\"name\":\"web\",\"labels\":{\"team\":\"red\",\"gpu\":\"\"}}";
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void aVmIsCreatedWithANameAndLabels() {
    daemon.answering("GET /api/me", "{}").answering("POST /api/vms", VM);
    Said said =
        daemon.run("create", "--no-wait", "--name", "web", "--label", "team=red", "--label", "gpu");
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(daemon.sent())
        .contains("\"name\":\"web\"")
        .contains("\"labels\":{\"gpu\":\"\",\"team\":\"red\"}");
  }

  @Test
  void aVmIsRenamed() {
    daemon.answering("GET /api/vms/web", VM).answering("PATCH /api/vms/vm-00000001", VM);
    Said said = daemon.run("rename", "web", "db");
    assertThat(said.code()).isZero();
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(daemon.sent()).isEqualTo("{\"name\":\"db\"}");
    assertThat(daemon.run("rename", "nothing", "db").code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(daemon.run("rename", "", "db").err()).contains("There is no VM \"\"");
  }

  @Test
  void labelsAreSetTakenAwayAndPrinted() {
    daemon.answering("GET /api/vms/vm-00000001", VM).answering("PATCH /api/vms/vm-00000001", VM);
    assertThat(daemon.run("label", "vm-00000001").out()).isEqualTo("gpu=\nteam=red\n");
    assertThat(daemon.asked).doesNotContain("PATCH /api/vms/vm-00000001");
    assertThat(daemon.run("label", "vm-00000001", "team=a=b", "gpu", "old-").code()).isZero();
    assertThat(daemon.sent())
        .isEqualTo("{\"labels\":{\"gpu\":\"\",\"old\":null,\"team\":\"a=b\"}}");
    Said twice = daemon.run("label", "vm-00000001", "team=red", "team-");
    assertThat(twice.code()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(twice.err()).contains("team-").contains("twice");
  }

  @Test
  void anUpdateNamesWhatIsToChange() {
    daemon.answering("PATCH /api/vms/vm-00000001", VM);
    assertThat(
            daemon
                .run("update", "vm-00000001", "--name", "db", "--label", "old-", "--ttl", "8h")
                .code())
        .isZero();
    assertThat(daemon.sent())
        .isEqualTo("{\"ttl\":\"8h\",\"name\":\"db\",\"labels\":{\"old\":null}}");
  }

  @Test
  void portsAreOpenedAtCreateAndChangedOneByOne() {
    daemon.answering("GET /api/me", "{}").answering("POST /api/vms", VM);
    assertThat(daemon.run("create", "--no-wait", "--port", "8080", "--port", "80").code()).isZero();
    assertThat(daemon.sent()).contains("\"ports\":[8080,80]");
    assertThat(daemon.run("create", "--no-wait", "--port", "80:8080").err())
        .contains("--port")
        .contains("80:8080")
        .contains("is no port of the guest")
        .contains("visco forward");
    String open = VM.replace("}}", "},\"ports\":[80,3000],\"revision\":7}");
    daemon
        .answering("GET /api/vms/vm-00000001", open)
        .answering("PATCH /api/vms/vm-00000001", open);
    assertThat(daemon.run("update", "vm-00000001", "--port", "8080", "--no-port", "80").code())
        .isZero();
    assertThat(daemon.sent()).isEqualTo("{\"ports\":[3000,8080]}");
    assertThat(daemon.header("If-Match")).isEqualTo("\"7\"");
    assertThat(daemon.run("update", "vm-00000001", "--no-port", "0").code())
        .isEqualTo(CommandExitCode.REFUSED);
  }

  @Test
  void typesAreListedWithTheirSizesAndShown() {
    String type =
        "{\"name\":\"desk\",\"image\":\"browser\",\"vcpus\":2,\"memoryMib\":2048,"
            + "\"emulated\":{\"vcpus\":1,\"memoryMib\":512},\"transport\":\"mmio\","
            + "\"deadline\":\"3m\",\"restart\":\"on-failure\",\"ports\":[80,8080],"
            + "\"home\":{\"size\":\"2g\",\"path\":\"/root\"}}";
    daemon.answering("GET /api/types", "[" + type + "]").answering("GET /api/types/desk", type);
    assertThat(daemon.run("types").out())
        .isEqualTo(daemon.run("type", "ls").out())
        .contains("desk", "2 (emulated 1)", "2048 (emulated 512)", "80,8080", "2g")
        .doesNotContain("mmio");
    assertThat(daemon.run("type", "ls", "-q").out()).isEqualTo("desk\n");
    assertThat(daemon.run("type", "inspect", "desk").out()).contains("\"deadline\" : \"3m\"");
    assertThat(daemon.run("type", "inspect", "none").code()).isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void providersAreListedWithTheirChannelsAndShown() {
    String provider =
        "{\"name\":\"demo\",\"title\":\"Demo\",\"tool\":\"demo-cli\",\"versions\":[\"1.2\",\"1.3\"],"
            + "\"login\":[{\"channel\":\"acp\"},{\"channel\":\"pty\"},{\"channel\":\"pty\"}],"
            + "\"credential\":{\"files\":[{\"path\":\"~/.demo/auth.json\"}],\"variables\":[\"KEY\"]}}";
    String keys = provider.replace("{\"path\":\"~/.demo/auth.json\"}", "").replace("demo", "keys");
    daemon
        .answering("GET /api/providers", "[" + provider + "," + keys + "]")
        .answering("GET /api/providers/demo", provider);
    assertThat(daemon.run("providers").out())
        .isEqualTo(daemon.run("provider", "ls").out())
        .contains("demo-cli", "1.2,1.3", "acp,pty ", "~/.demo/auth.json", "KEY")
        .doesNotContain("Demo");
    assertThat(daemon.run("provider", "ls", "-q").out()).isEqualTo("demo\nkeys\n");
    assertThat(daemon.run("provider", "inspect", "demo").out()).contains("\"channel\" : \"acp\"");
    assertThat(daemon.run("provider", "inspect", "none").code())
        .isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void aProvidersLoginIsTriedOutInAVm() {
    daemon.answering(
        "POST /api/vms/vm-00000001/provider-test",
        "{\"provider\":\"demo\",\"channel\":\"pty\",\"works\":true,\"events\":[{\"millis\":12,"
            + "\"what\":\"link\",\"text\":\"https://a.example/\",\"source\":\"osc8\"}],"
            + "\"asked\":[\"cursor position\"],\"differences\":[]}");
    Said said = daemon.run("provider", "test", "demo", "--vm", "vm-00000001", "--method", "1");
    assertThat(daemon.sent()).contains("\"provider\":\"demo\"", "\"method\":1");
    assertThat(said.code()).isZero();
    assertThat(said.out())
        .isEqualTo(
            """
                12 ms  link (osc8): https://a.example/
            asked its terminal: cursor position
            The login works.
            """);
    daemon.answering(
        "POST /api/vms/vm-00000001/provider-test",
        "{\"works\":false,\"events\":[],\"asked\":[],\"differences\":[\"it gave no link\"]}");
    Said failed = daemon.run("provider", "test", "demo", "--vm", "vm-00000001", "--timeout", "9s");
    assertThat(failed.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(failed.out()).isEqualTo("differs: it gave no link\nThe login does not work.\n");
    assertThat(daemon.run("provider", "test", "demo").code()).isEqualTo(CommandExitCode.USAGE);
  }

  @Test
  void anotherSizeTakesEffectAtTheNextStartWhichIsSaid() {
    daemon.answering(
        "PATCH /api/vms/vm-00000001",
        VM.replaceFirst(
            "\\{",
            "{\"pending\":{\"vcpus\":2,\"memoryMib\":1024,\"takesEffect\":\"at the next start\"},"));
    Said said =
        daemon.run("update", "vm-00000001", "--cpus", "2", "--memory", "1g", "--disk", "8g");
    assertThat(daemon.sent()).isEqualTo("{\"vcpus\":2,\"memory\":\"1g\",\"disk\":\"8g\"}");
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(said.err())
        .isEqualTo(
            "vm-00000001: its size takes effect at the next start: visco restart vm-00000001\n");
  }

  @Test
  void aListShowsNamesAndLabels() {
    daemon.answering("GET /api/vms", "[" + VM + "]");
    assertThat(daemon.run("ps", "-o", "wide").out())
        .contains("NAME", "LABELS", "web", "gpu=,team=red");
  }
}
