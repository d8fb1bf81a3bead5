package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code create} and {@code up} say of a VM, and their exit code. */
@Timeout(60)
class CreateCommandTest {
  private static final String REPORT =
      """
      {"vm":"vm-00000001","vmm":"qemu (tcg)","transport":"mmio","met":%s,"criteria":[
       {"number":1,"criterion":"root device opened","verdict":"met","evidence":"vda1"},
       {"number":2,"criterion":"PCI devices found","verdict":"not-applicable","evidence":"MMIO"},
       {"number":5,"criterion":"interface has its address","verdict":"%s","evidence":"eth0 has none"}],
       "timeline":{"kernel":812}}
      """;

  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  private static String vm(String state, int revision) {
    return """
    {"vmId":"vm-00000001","state":"%s","step":"open-network","revision":%d,"address":"10.1.2.3",
     "failure":"No luck."}
    """
        .formatted(state, revision);
  }

  private void settlesAs(String state) {
    daemon
        .answering("GET /api/me", "{\"token\":\"admin\",\"role\":\"admin\"}")
        .answering("POST /api/vms", vm("creating", 1))
        .answering("GET /api/vms/vm-00000001?timeout=30s&after=1", vm(state, 2));
  }

  @Test
  void aReadyVmIsItsIdOnStandardOutputAndWithReportItsTableBeside() {
    settlesAs("ready");
    daemon.answering("GET /api/vms/vm-00000001/report", REPORT.formatted("true", "met"));
    Said said = daemon.run("create", "--report");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(said.err()).contains("✓  5  interface has its address").doesNotContain("next:");
  }

  @Test
  void withoutReportNothingIsSaidOfCriteriaThatAreMet() {
    settlesAs("ready");
    daemon.answering("GET /api/vms/vm-00000001/report", REPORT.formatted("true", "met"));
    Said said = daemon.run("create");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(said.err()).doesNotContain("interface has its address");
    assertThat(daemon.asked).doesNotContain("GET /api/vms/vm-00000001/report");
  }

  /** What --force overruled is in the report. */
  @Test
  void whatWasForcedShowsItsTable() {
    settlesAs("ready");
    daemon.answering("GET /api/vms/vm-00000001/report", REPORT.formatted("true", "met"));
    assertThat(daemon.run("create", "--force").err()).contains("interface has its address");
  }

  @Test
  void onATerminalOneLineSaysReadyHowLongWhereAndHowToGetIn() {
    settlesAs("ready");
    Said said = daemon.runOnTerminal("create");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out())
        .matches(
            "vm-00000001 is ready after \\d+\\.\\d s at 10\\.1\\.2\\.3\\. Get in: visco shell vm-00000001\n");
  }

  @Test
  void onATerminalAVmThatFailedIsItsIdAndWhatWentWrong() {
    settlesAs("failed");
    daemon.answering("GET /api/vms/vm-00000001/report", REPORT.formatted("false", "not-met"));
    Said said = daemon.runOnTerminal("create");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(said.err()).contains("✗  5  interface has its address").contains("next:");
  }

  @Test
  void aFailedVmSaysWhichCriterionWhereItsConsoleIsAndWhatToTypeNext() {
    settlesAs("failed");
    daemon.answering("GET /api/vms/vm-00000001/report", REPORT.formatted("false", "not-met"));
    Said said = daemon.run("create");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.err())
        .contains("visco: vm-00000001 is failed: No luck.\n")
        .contains("  not met:  criterion 5 (interface has its address): eth0 has none\n")
        .contains("  console:  visco logs vm-00000001\n")
        .contains("  next:     visco diagnose vm-00000001, then visco rm vm-00000001\n");
  }

  @Test
  void aVmThatFailedBeforeItsVerificationSaysSoToo() {
    settlesAs("failed");
    Said said = daemon.run("create");
    assertThat(said.code()).isEqualTo(CommandExitCode.FAILED);
    assertThat(said.err())
        .contains("is failed: No luck.")
        .contains("no criterion was looked at; the step was open-network");
  }

  @Test
  void withJsonStandardOutputIsOneDocument() {
    settlesAs("failed");
    Said said = daemon.run("create", "--json");
    assertThat(said.out().lines()).hasSize(1);
    assertThat(said.out()).contains("\"state\":\"failed\"");
  }

  @Test
  void withoutWaitingNothingIsAskedOfTheVm() {
    daemon
        .answering("GET /api/me", "{\"token\":\"admin\",\"role\":\"admin\"}")
        .answering("POST /api/vms", vm("creating", 1));
    Said said = daemon.run("create", "--no-wait");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(daemon.asked).containsExactly("GET /api/me", "POST /api/vms");
  }

  @Test
  void halfAVcpuIsWrongUsage() {
    Said said = daemon.run("create", "--cpus", "0.5");
    assertThat(said.code()).isEqualTo(CommandExitCode.USAGE);
    assertThat(said.err()).contains("--cpus").contains("0.5");
    assertThat(daemon.asked).isEmpty();
  }

  @Test
  void aDaemonThatIsNotThereHasAnExitCodeOfItsOwn() {
    daemon.close();
    Said said = daemon.run("ps");
    assertThat(said.code()).isEqualTo(CommandExitCode.UNREACHABLE);
    assertThat(said.err()).contains("does not answer").contains("visco up");
  }

  @Test
  void whatATimeToLiveCountsFromIsSent() {
    settlesAs("ready");
    daemon.run("create", "--user", "anna", "--ttl", "2h", "--ttl-from", "used", "--no-wait");
    assertThat(daemon.sent()).contains("\"ttl\":\"2h\"").contains("\"ttlFrom\":\"used\"");
    daemon.answering("PATCH /api/vms/vm-00000001", vm("ready", 2));
    assertThat(daemon.run("update", "vm-00000001", "--ttl", "3d", "--ttl-from", "used").code())
        .isEqualTo(CommandExitCode.OK);
    assertThat(daemon.sent()).isEqualTo("{\"ttl\":\"3d\",\"ttlFrom\":\"used\"}");
  }
}
