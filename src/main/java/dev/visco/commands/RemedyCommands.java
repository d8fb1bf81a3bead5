package dev.visco.commands;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import org.jspecify.annotations.Nullable;

/** The command of each kind of remedy. */
public final class RemedyCommands {
  private RemedyCommands() {}

  /** The command to type on Visco's host. */
  public static String of(Remedy remedy) {
    return switch (remedy) {
      case Remedy.StartDaemon _ -> "visco up --no-vm";
      case Remedy.StopDaemon _ -> "visco daemon stop";
      case Remedy.PrepareHost _ -> "visco up";
      case Remedy.RestoreBackup _ -> "visco restore FILE";
      case Remedy.RebuildStore _ -> "visco store rebuild";
      case Remedy.ResumeUpgrade _ -> "visco upgrade --resume";
      case Remedy.RestoreStore(String copy) -> "visco store restore " + copy;
      case Remedy.ListVms(boolean all) -> all ? "visco ps --all" : "visco ps";
      case Remedy.RemoveVm(String vm) -> "visco rm " + name(vm, "VM");
      case Remedy.ResumeVm(String vm) -> "visco resume " + vm;
      case Remedy.StartVm(String vm) -> "visco start " + vm;
      case Remedy.SleepVm(String vm) -> "visco sleep " + vm;
      case Remedy.RestartVm(String vm) -> "visco restart " + vm;
      case Remedy.ReadConsole(String vm) -> "visco logs " + vm;
      case Remedy.DiagnoseVm(String vm) -> "visco diagnose " + vm;
      case Remedy.RunExperiment(String vm) -> "visco diagnose " + vm + " --experiment";
      case Remedy.OpenDesktop(String vm) -> "visco open " + vm;
      case Remedy.RunInGuest(String vm, String command) -> "visco exec " + vm + " -- " + command;
      case Remedy.RunOnHost(String command) -> command;
      case Remedy.CreateVm(String type) -> "visco create --type " + type;
      case Remedy.ListTypes _ -> "visco type ls";
      case Remedy.ListProviders _ -> "visco provider ls";
      case Remedy.ListLinks(String vm) -> "visco links ls " + vm;
      case Remedy.OpenPort(String vm, int port) -> "visco update " + vm + " --port " + port;
      case Remedy.GiveMemory(String type, int memoryMib) ->
          "visco create" + (type == null ? "" : " --type " + type) + " --memory " + memoryMib;
      case Remedy.AddArgument(String argument) -> "visco create --boot-arg " + argument;
      case Remedy.ChooseTransport _ -> "visco create --transport";
      case Remedy.ListLeftovers _ -> "visco sweep --plan";
      case Remedy.ListImages _ -> "visco image ls";
      case Remedy.InspectImage _ -> "visco image inspect";
      case Remedy.BuildImage(String name) -> "visco image build " + name(name, "NAME");
      case Remedy.ImportImage _ -> "visco image import";
      case Remedy.RemoveImage(String name) ->
          name == null ? "visco image rm" : "visco image rm " + name;
      case Remedy.ListSnapshots _ -> "visco snapshot ls";
      case Remedy.RemoveSnapshot(String name) ->
          name == null ? "visco snapshot rm" : "visco snapshot rm " + name;
      case Remedy.ListVolumes _ -> "visco volume ls";
      case Remedy.RemoveVolume(String name) -> "visco volume rm " + name(name, "NAME");
      case Remedy.LeaveOutHome _ -> "visco create --no-home";
      case Remedy.ListReleases _ -> "visco vmm ls";
      case Remedy.AddRelease _ -> "visco vmm add";
      case Remedy.UseRelease(String name) -> "visco vmm use " + name(name, "RELEASE");
      case Remedy.RemoveRelease(String name) -> "visco vmm rm " + name;
      case Remedy.ListUsers _ -> "visco user ls";
      case Remedy.CreateUser(String user) -> "visco user create " + user;
      case Remedy.UpdateUser(String user) -> "visco user update " + user;
      case Remedy.SuspendUser(String user) -> "visco user suspend " + user;
      case Remedy.ResumeUser(String user) -> "visco user resume " + user;
      case Remedy.ListTokens _ -> "visco token ls";
      case Remedy.CreateToken _ -> "visco token create";
      case Remedy.ShowVault _ -> "visco vault status";
      case Remedy.InitVault _ -> "visco vault init";
      case Remedy.ListCredentials _ -> "visco credentials ls";
      case Remedy.PutCredential(String provider) -> "visco credentials put " + provider;
      case Remedy.SignIn(String provider, String user) ->
          "visco login " + provider + " --user " + user;
      case Remedy.ListSignIns _ -> "visco logins ls";
      case Remedy.CancelSignIn(String session) -> "visco logins cancel " + session;
    };
  }

  /** The advice of a refusal, with commands to type. */
  public static String of(Refusal refusal) {
    return refusal.advice().text(RemedyCommands::of);
  }

  /** The message of an exception; for a refusal with the commands to type. */
  public static String message(Exception e) {
    return e instanceof Refused refused
        ? refused.refusal().detail() + " " + of(refused.refusal())
        : String.valueOf(e.getMessage());
  }

  private static String name(@Nullable String name, String placeholder) {
    return name == null ? placeholder : name;
  }
}
