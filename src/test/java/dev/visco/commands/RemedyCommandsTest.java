package dev.visco.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Remedy;
import dev.visco.wire.Json;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Each kind of remedy as a command, and as fields. */
class RemedyCommandsTest {
  static Stream<Arguments> each() {
    return Stream.of(
        Arguments.of(new Remedy.StartDaemon(), "visco up --no-vm", "start-daemon"),
        Arguments.of(new Remedy.StopDaemon(), "visco daemon stop", "stop-daemon"),
        Arguments.of(new Remedy.PrepareHost(), "visco up", "prepare-host"),
        Arguments.of(new Remedy.RebuildStore(), "visco store rebuild", "rebuild-store"),
        Arguments.of(new Remedy.ListVms(false), "visco ps", "list-vms"),
        Arguments.of(new Remedy.ListVms(true), "visco ps --all", "list-vms"),
        Arguments.of(new Remedy.RemoveVm("vm-1"), "visco rm vm-1", "remove-vm"),
        Arguments.of(new Remedy.RemoveVm(null), "visco rm VM", "remove-vm"),
        Arguments.of(new Remedy.ResumeVm("vm-1"), "visco resume vm-1", "resume-vm"),
        Arguments.of(new Remedy.StartVm("vm-1"), "visco start vm-1", "start-vm"),
        Arguments.of(new Remedy.SleepVm("vm-1"), "visco sleep vm-1", "sleep-vm"),
        Arguments.of(new Remedy.RestartVm("vm-1"), "visco restart vm-1", "restart-vm"),
        Arguments.of(new Remedy.RestoreBackup(), "visco restore FILE", "restore-backup"),
        Arguments.of(new Remedy.ReadConsole("vm-1"), "visco logs vm-1", "read-console"),
        Arguments.of(new Remedy.DiagnoseVm("vm-1"), "visco diagnose vm-1", "diagnose-vm"),
        Arguments.of(
            new Remedy.RunExperiment("vm-1"), "visco diagnose vm-1 --experiment", "run-experiment"),
        Arguments.of(new Remedy.OpenDesktop("vm-1"), "visco open vm-1", "open-desktop"),
        Arguments.of(
            new Remedy.RunInGuest("vm-1", "ps -ef"), "visco exec vm-1 -- ps -ef", "run-in-guest"),
        Arguments.of(new Remedy.RunOnHost("ip route; df -h"), "ip route; df -h", "run-on-host"),
        Arguments.of(new Remedy.CreateVm("browser"), "visco create --type browser", "create-vm"),
        Arguments.of(new Remedy.ListTypes(), "visco type ls", "list-types"),
        Arguments.of(new Remedy.ListProviders(), "visco provider ls", "list-providers"),
        Arguments.of(new Remedy.ListLinks("vm-1"), "visco links ls vm-1", "list-links"),
        Arguments.of(
            new Remedy.OpenPort("vm-1", 8080), "visco update vm-1 --port 8080", "open-port"),
        Arguments.of(new Remedy.GiveMemory(null, 512), "visco create --memory 512", "give-memory"),
        Arguments.of(
            new Remedy.GiveMemory("browser", 2048),
            "visco create --type browser --memory 2048",
            "give-memory"),
        Arguments.of(
            new Remedy.AddArgument("net.ifnames=0"),
            "visco create --boot-arg net.ifnames=0",
            "add-argument"),
        Arguments.of(new Remedy.ChooseTransport(), "visco create --transport", "choose-transport"),
        Arguments.of(new Remedy.ListLeftovers(), "visco sweep --plan", "list-leftovers"),
        Arguments.of(new Remedy.ListImages(), "visco image ls", "list-images"),
        Arguments.of(new Remedy.InspectImage(), "visco image inspect", "inspect-image"),
        Arguments.of(new Remedy.BuildImage("own"), "visco image build own", "build-image"),
        Arguments.of(new Remedy.BuildImage(null), "visco image build NAME", "build-image"),
        Arguments.of(new Remedy.ImportImage(), "visco image import", "import-image"),
        Arguments.of(new Remedy.RemoveImage("own"), "visco image rm own", "remove-image"),
        Arguments.of(new Remedy.RemoveImage(null), "visco image rm", "remove-image"),
        Arguments.of(new Remedy.ListVolumes(), "visco volume ls", "list-volumes"),
        Arguments.of(new Remedy.RemoveVolume("own"), "visco volume rm own", "remove-volume"),
        Arguments.of(new Remedy.RemoveVolume(null), "visco volume rm NAME", "remove-volume"),
        Arguments.of(new Remedy.LeaveOutHome(), "visco create --no-home", "leave-out-home"),
        Arguments.of(new Remedy.ListSnapshots(), "visco snapshot ls", "list-snapshots"),
        Arguments.of(new Remedy.RemoveSnapshot("own"), "visco snapshot rm own", "remove-snapshot"),
        Arguments.of(new Remedy.RemoveSnapshot(null), "visco snapshot rm", "remove-snapshot"),
        Arguments.of(new Remedy.ListReleases(), "visco vmm ls", "list-releases"),
        Arguments.of(new Remedy.AddRelease(), "visco vmm add", "add-release"),
        Arguments.of(new Remedy.UseRelease("own"), "visco vmm use own", "use-release"),
        Arguments.of(new Remedy.UseRelease(null), "visco vmm use RELEASE", "use-release"),
        Arguments.of(new Remedy.RemoveRelease("own"), "visco vmm rm own", "remove-release"),
        Arguments.of(new Remedy.ListUsers(), "visco user ls", "list-users"),
        Arguments.of(new Remedy.CreateUser("ada"), "visco user create ada", "create-user"),
        Arguments.of(new Remedy.ResumeUpgrade(), "visco upgrade --resume", "resume-upgrade"),
        Arguments.of(
            new Remedy.RestoreStore("copies/one.db"),
            "visco store restore copies/one.db",
            "restore-store"),
        Arguments.of(new Remedy.UpdateUser("ada"), "visco user update ada", "update-user"),
        Arguments.of(new Remedy.SuspendUser("ada"), "visco user suspend ada", "suspend-user"),
        Arguments.of(new Remedy.ResumeUser("ada"), "visco user resume ada", "resume-user"),
        Arguments.of(new Remedy.ListTokens(), "visco token ls", "list-tokens"),
        Arguments.of(new Remedy.CreateToken(), "visco token create", "create-token"),
        Arguments.of(new Remedy.ShowVault(), "visco vault status", "show-vault"),
        Arguments.of(new Remedy.InitVault(), "visco vault init", "init-vault"),
        Arguments.of(new Remedy.ListCredentials(), "visco credentials ls", "list-credentials"),
        Arguments.of(
            new Remedy.PutCredential("qwen"), "visco credentials put qwen", "put-credential"),
        Arguments.of(
            new Remedy.SignIn("codex", "alice"), "visco login codex --user alice", "sign-in"),
        Arguments.of(new Remedy.ListSignIns(), "visco logins ls", "list-sign-ins"),
        Arguments.of(
            new Remedy.CancelSignIn("signin-0123456789ab"),
            "visco logins cancel signin-0123456789ab",
            "cancel-sign-in"));
  }

  @ParameterizedTest
  @MethodSource("each")
  void oneIsTypedAndReadBackByItsKind(Remedy remedy, String command, String kind) {
    assertThat(RemedyCommands.of(remedy)).isEqualTo(command);
    JsonNode fields = Json.mapper().valueToTree(remedy);
    assertThat(fields.path("kind").asString()).isEqualTo(kind);
    assertThat(Json.read(Json.line(remedy), Remedy.class)).isEqualTo(remedy);
  }

  @Test
  void everyKindIsHere() {
    Object[] kinds = Remedy.class.getPermittedSubclasses();
    assertThat(
            each()
                .<Object>map(arguments -> Objects.requireNonNull(arguments.get()[0]).getClass())
                .distinct())
        .containsExactlyInAnyOrder(kinds);
  }

  @Test
  void placeholdersAreReplacedWhereverTheyStand() {
    for (Remedy remedy :
        List.of(
            new Remedy.RemoveVm("%vm"),
            new Remedy.ResumeVm("%vm"),
            new Remedy.ReadConsole("%vm"),
            new Remedy.RunExperiment("%vm"),
            new Remedy.RunInGuest("%vm", "ls %vm"),
            new Remedy.RunOnHost("ls %vm"))) {
      Remedy filled = remedy.filled(text -> text.replace("%vm", "vm-1"));
      assertThat(RemedyCommands.of(filled))
          .contains("vm-1")
          .isEqualTo(RemedyCommands.of(remedy).replace("%vm", "vm-1"));
    }
  }

  @Test
  void anAdviceNamesEachRemedyInItsPlaceByWhoeverAsks() {
    Advice advice =
        Advice.of(
            "Destroy one ({}), or raise {} ({}).",
            new Remedy.RemoveVm(null),
            new Remedy.RunOnHost("{}"),
            new Remedy.ListVms(false));
    assertThat(advice.text(RemedyCommands::of))
        .isEqualTo("Destroy one (visco rm VM), or raise {} (visco ps).");
    assertThat(advice).hasToString("Destroy one (remove the VM), or raise {} (the list of VMs).");
    assertThat(RemedyCommands.of(new Refusal.Conflict("It is so.", advice))).contains("visco rm");
    assertThat(Advice.words("{} and %s")).hasToString("{} and %s");
    assertThatThrownBy(() -> Advice.of("none", new Remedy.ListVms(false)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
