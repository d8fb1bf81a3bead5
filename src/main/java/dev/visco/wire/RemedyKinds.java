package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonSubTypes.Type;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.visco.model.Remedy;

/** The {@code kind} of each remedy in JSON, beside its parameters. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @Type(value = Remedy.StartDaemon.class, name = "start-daemon"),
  @Type(value = Remedy.StopDaemon.class, name = "stop-daemon"),
  @Type(value = Remedy.PrepareHost.class, name = "prepare-host"),
  @Type(value = Remedy.RestoreBackup.class, name = "restore-backup"),
  @Type(value = Remedy.RebuildStore.class, name = "rebuild-store"),
  @Type(value = Remedy.RestoreStore.class, name = "restore-store"),
  @Type(value = Remedy.ResumeUpgrade.class, name = "resume-upgrade"),
  @Type(value = Remedy.ListVms.class, name = "list-vms"),
  @Type(value = Remedy.RemoveVm.class, name = "remove-vm"),
  @Type(value = Remedy.ResumeVm.class, name = "resume-vm"),
  @Type(value = Remedy.StartVm.class, name = "start-vm"),
  @Type(value = Remedy.SleepVm.class, name = "sleep-vm"),
  @Type(value = Remedy.RestartVm.class, name = "restart-vm"),
  @Type(value = Remedy.ReadConsole.class, name = "read-console"),
  @Type(value = Remedy.DiagnoseVm.class, name = "diagnose-vm"),
  @Type(value = Remedy.RunExperiment.class, name = "run-experiment"),
  @Type(value = Remedy.OpenDesktop.class, name = "open-desktop"),
  @Type(value = Remedy.RunInGuest.class, name = "run-in-guest"),
  @Type(value = Remedy.RunOnHost.class, name = "run-on-host"),
  @Type(value = Remedy.CreateVm.class, name = "create-vm"),
  @Type(value = Remedy.ListTypes.class, name = "list-types"),
  @Type(value = Remedy.ListProviders.class, name = "list-providers"),
  @Type(value = Remedy.ListLinks.class, name = "list-links"),
  @Type(value = Remedy.OpenPort.class, name = "open-port"),
  @Type(value = Remedy.GiveMemory.class, name = "give-memory"),
  @Type(value = Remedy.AddArgument.class, name = "add-argument"),
  @Type(value = Remedy.ChooseTransport.class, name = "choose-transport"),
  @Type(value = Remedy.ListLeftovers.class, name = "list-leftovers"),
  @Type(value = Remedy.ListImages.class, name = "list-images"),
  @Type(value = Remedy.InspectImage.class, name = "inspect-image"),
  @Type(value = Remedy.BuildImage.class, name = "build-image"),
  @Type(value = Remedy.ImportImage.class, name = "import-image"),
  @Type(value = Remedy.RemoveImage.class, name = "remove-image"),
  @Type(value = Remedy.ListSnapshots.class, name = "list-snapshots"),
  @Type(value = Remedy.RemoveSnapshot.class, name = "remove-snapshot"),
  @Type(value = Remedy.ListVolumes.class, name = "list-volumes"),
  @Type(value = Remedy.RemoveVolume.class, name = "remove-volume"),
  @Type(value = Remedy.LeaveOutHome.class, name = "leave-out-home"),
  @Type(value = Remedy.ListReleases.class, name = "list-releases"),
  @Type(value = Remedy.AddRelease.class, name = "add-release"),
  @Type(value = Remedy.UseRelease.class, name = "use-release"),
  @Type(value = Remedy.RemoveRelease.class, name = "remove-release"),
  @Type(value = Remedy.ListUsers.class, name = "list-users"),
  @Type(value = Remedy.CreateUser.class, name = "create-user"),
  @Type(value = Remedy.UpdateUser.class, name = "update-user"),
  @Type(value = Remedy.SuspendUser.class, name = "suspend-user"),
  @Type(value = Remedy.ResumeUser.class, name = "resume-user"),
  @Type(value = Remedy.ListTokens.class, name = "list-tokens"),
  @Type(value = Remedy.CreateToken.class, name = "create-token"),
  @Type(value = Remedy.ShowVault.class, name = "show-vault"),
  @Type(value = Remedy.InitVault.class, name = "init-vault"),
  @Type(value = Remedy.ListCredentials.class, name = "list-credentials"),
  @Type(value = Remedy.PutCredential.class, name = "put-credential"),
  @Type(value = Remedy.SignIn.class, name = "sign-in"),
  @Type(value = Remedy.ListSignIns.class, name = "list-sign-ins"),
  @Type(value = Remedy.CancelSignIn.class, name = "cancel-sign-in")
})
interface RemedyKinds {}
