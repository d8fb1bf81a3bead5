package dev.visco.model;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Something that a caller can do, by kind, with its parameters. The API gives it as fields and the
 * command line as a command to type; the floors below know neither. A null name is for the reader
 * to choose.
 */
public sealed interface Remedy {
  /** A few words for it, to be used in a sentence. */
  default String words() {
    return switch (this) {
      case StartDaemon _ -> "start the daemon";
      case StopDaemon _ -> "end the daemon";
      case PrepareHost _ -> "the preparation of the host";
      case RestoreBackup _ -> "restore the backup";
      case RebuildStore _ -> "rebuild the store";
      case ResumeUpgrade _ -> "resume the upgrade";
      case RestoreStore(String copy) -> named("restore the store from", copy);
      case ListVms(boolean _) -> "the list of VMs";
      case RemoveVm(String vm) -> named("remove the VM", vm);
      case ResumeVm(String vm) -> named("resume the VM", vm);
      case RestartVm(String vm) -> named("restart the VM", vm);
      case StartVm(String vm) -> named("start the VM", vm);
      case SleepVm(String vm) -> named("put the VM to sleep", vm);
      case ReadConsole(String vm) -> named("read the console of", vm);
      case DiagnoseVm(String vm) -> named("the diagnosis of", vm);
      case RunExperiment(String vm) -> named("experiments with", vm);
      case OpenDesktop(String vm) -> named("open the desktop of", vm);
      case RunInGuest(String vm, String command) -> named("run in", vm) + ": " + command;
      case RunOnHost(String command) -> command;
      case CreateVm(String type) -> named("create a VM of type", type);
      case ListTypes _ -> "the list of VM types";
      case ListProviders _ -> "the list of providers";
      case ListLinks(String vm) -> named("the links of", vm);
      case OpenPort(String vm, int port) -> named("open port " + port + " of", vm);
      case GiveMemory(String _, int memoryMib) -> "give it " + memoryMib + " MiB";
      case AddArgument(String argument) -> named("add the boot argument", argument);
      case ChooseTransport _ -> "use the other transport";
      case ListLeftovers _ -> "the list of leftovers";
      case ListImages _ -> "the list of images";
      case InspectImage _ -> "inspect the image";
      case BuildImage(String name) -> named("build the image", name);
      case ImportImage _ -> "an import";
      case RemoveImage(String name) -> named("remove the image", name);
      case ListSnapshots _ -> "the list of snapshots";
      case RemoveSnapshot(String name) -> named("remove the snapshot", name);
      case ListVolumes _ -> "the list of volumes";
      case RemoveVolume(String name) -> named("remove the volume", name);
      case LeaveOutHome _ -> "create the VM without its type's home volume";
      case ListReleases _ -> "the list of VMM releases";
      case AddRelease _ -> "add a VMM release";
      case UseRelease(String name) -> named("use the release", name);
      case RemoveRelease(String name) -> named("remove the release", name);
      case ListUsers _ -> "the list of users";
      case CreateUser(String user) -> named("create the user", user);
      case UpdateUser(String user) -> named("change the user", user);
      case SuspendUser(String user) -> named("suspend the user", user);
      case ResumeUser(String user) -> named("resume the user", user);
      case ListTokens _ -> "the list of tokens";
      case CreateToken _ -> "create a token";
      case ShowVault _ -> "the state of the vault";
      case InitVault _ -> "give the vault its first master key";
      case ListCredentials _ -> "the list of credentials";
      case PutCredential(String provider) -> named("put a credential for", provider);
      case SignIn(String provider, String _) -> named("sign in to", provider);
      case ListSignIns _ -> "the list of sign-ins";
      case CancelSignIn(String session) -> named("cancel the sign-in", session);
    };
  }

  /** The same with placeholders (like {@code %vm}) replaced. */
  default Remedy filled(UnaryOperator<String> fill) {
    return this;
  }

  private static String named(String what, @Nullable String name) {
    return name == null ? what : what + " " + name;
  }

  /** Start the daemon. */
  record StartDaemon() implements Remedy {}

  /** Stop the daemon; VMs keep running. */
  record StopDaemon() implements Remedy {}

  /** Install the packages that this host lacks, and start the daemon. */
  record PrepareHost() implements Remedy {}

  /** Rebuild the store from its newest good copy and the VMs' folders. */
  record RebuildStore() implements Remedy {}

  /** Replace the store by a copy of it. */
  record RestoreStore(String copy) implements Remedy {}

  /** Bring an upgrade that was cut off to its end. */
  record ResumeUpgrade() implements Remedy {}

  /** Put a backup back. */
  record RestoreBackup() implements Remedy {}

  /** List the VMs; with {@code all} also those that failed or are destroyed. */
  record ListVms(boolean all) implements Remedy {}

  /** Destroy a VM. */
  record RemoveVm(@Nullable String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new RemoveVm(vm == null ? null : fill.apply(vm));
    }
  }

  /** Put a VM to sleep. */
  record SleepVm(String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new SleepVm(fill.apply(vm));
    }
  }

  /** Resume a paused VM. */
  record ResumeVm(String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new ResumeVm(fill.apply(vm));
    }
  }

  /** Boot a VM that is stopped or has failed. */
  record StartVm(String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new StartVm(fill.apply(vm));
    }
  }

  /** Boot a VM from its disk, whatever it does now. */
  record RestartVm(String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new RestartVm(fill.apply(vm));
    }
  }

  /** Read a VM's console. */
  record ReadConsole(String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new ReadConsole(fill.apply(vm));
    }
  }

  /** Diagnose a VM. */
  record DiagnoseVm(String vm) implements Remedy {}

  /** Boot copies of a VM, each with one change applied. */
  record RunExperiment(String vm) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new RunExperiment(fill.apply(vm));
    }
  }

  /** Open a new link to a VM's desktop. */
  record OpenDesktop(String vm) implements Remedy {}

  /** Run a command in a guest; blanks separate its words. */
  record RunInGuest(String vm, String command) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new RunInGuest(fill.apply(vm), fill.apply(command));
    }
  }

  /** Run commands on the host as root, given as text for a shell. */
  record RunOnHost(String command) implements Remedy {
    @Override
    public Remedy filled(UnaryOperator<String> fill) {
      return new RunOnHost(fill.apply(command));
    }
  }

  /** Create a VM of this type. */
  record CreateVm(String type) implements Remedy {}

  /** List the VM types. */
  record ListTypes() implements Remedy {}

  /** List the tools that users sign in to. */
  record ListProviders() implements Remedy {}

  /** List the links to ports of a VM. */
  record ListLinks(String vm) implements Remedy {}

  /** Open a port of a VM for links. */
  record OpenPort(String vm, int port) implements Remedy {}

  /** Create the VM with this memory, and of this type unless it is null. */
  record GiveMemory(@Nullable String type, int memoryMib) implements Remedy {}

  /** Create the VM with one more argument on the kernel's command line. */
  record AddArgument(String argument) implements Remedy {}

  /** Create the VM with the other virtio transport. */
  record ChooseTransport() implements Remedy {}

  /** List what on this host belongs to no VM. */
  record ListLeftovers() implements Remedy {}

  /** List the images. */
  record ListImages() implements Remedy {}

  /** Inspect an image. */
  record InspectImage() implements Remedy {}

  /** Build an image from its recipe. */
  record BuildImage(@Nullable String name) implements Remedy {}

  /** Import an image. */
  record ImportImage() implements Remedy {}

  /** Remove an image. */
  record RemoveImage(@Nullable String name) implements Remedy {}

  /** List the snapshots. */
  record ListSnapshots() implements Remedy {}

  /** Remove a snapshot. */
  record RemoveSnapshot(@Nullable String name) implements Remedy {}

  /** List the volumes. */
  record ListVolumes() implements Remedy {}

  /** Remove a volume, and all that is in it. */
  record RemoveVolume(@Nullable String name) implements Remedy {}

  /** Create the VM without the home that its type gives its users. */
  record LeaveOutHome() implements Remedy {}

  /** List the VMM releases. */
  record ListReleases() implements Remedy {}

  /** Add a VMM release. */
  record AddRelease() implements Remedy {}

  /** Use another VMM release for new VMs. */
  record UseRelease(@Nullable String name) implements Remedy {}

  /** Remove a VMM release. */
  record RemoveRelease(String name) implements Remedy {}

  /** List the users. */
  record ListUsers() implements Remedy {}

  /** Create a user. */
  record CreateUser(String user) implements Remedy {}

  /** Change a user's quota or labels. */
  record UpdateUser(String user) implements Remedy {}

  /** Stop a user's VMs, and let it have nothing new. */
  record SuspendUser(String user) implements Remedy {}

  /** Let a suspended user have VMs again. */
  record ResumeUser(String user) implements Remedy {}

  /** List the tokens. */
  record ListTokens() implements Remedy {}

  /** Create a token. */
  record CreateToken() implements Remedy {}

  /** Show how the vault is. */
  record ShowVault() implements Remedy {}

  /** Give the vault its first master key. */
  record InitVault() implements Remedy {}

  /** List the credentials in the vault. */
  record ListCredentials() implements Remedy {}

  /** Put a credential into the vault. */
  record PutCredential(String provider) implements Remedy {}

  /** Sign a user's tool in. */
  record SignIn(String provider, String user) implements Remedy {}

  /** List the sign-ins. */
  record ListSignIns() implements Remedy {}

  /** Cancel a sign-in. */
  record CancelSignIn(String session) implements Remedy {}
}
