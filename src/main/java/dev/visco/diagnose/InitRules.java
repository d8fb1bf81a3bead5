package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.BTRFS_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.BUSYBOX_SHELL;
import static dev.visco.diagnose.ConsoleMessage.HALT;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_NO_INIT;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_REBOOTS;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_SHELL;
import static dev.visco.diagnose.ConsoleMessage.INIT_ENDED;
import static dev.visco.diagnose.ConsoleMessage.INIT_LACKS_A_PROGRAM;
import static dev.visco.diagnose.ConsoleMessage.INIT_NOT_EXECUTABLE;
import static dev.visco.diagnose.ConsoleMessage.INIT_NOT_THERE;
import static dev.visco.diagnose.ConsoleMessage.INIT_WRONG_FORMAT;
import static dev.visco.diagnose.ConsoleMessage.KERNEL_BUG;
import static dev.visco.diagnose.ConsoleMessage.LIBRARY_MISSING;
import static dev.visco.diagnose.ConsoleMessage.MEMORY_DEADLOCK;
import static dev.visco.diagnose.ConsoleMessage.NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.NO_WORKING_INIT;
import static dev.visco.diagnose.ConsoleMessage.OOM_KILL;
import static dev.visco.diagnose.ConsoleMessage.OOM_KILLER_INVOKED;
import static dev.visco.diagnose.ConsoleMessage.OUT_OF_MEMORY_KILLED;
import static dev.visco.diagnose.ConsoleMessage.OUT_OF_MEMORY_NOBODY_TO_KILL;
import static dev.visco.diagnose.ConsoleMessage.PANIC;
import static dev.visco.diagnose.ConsoleMessage.POWER_DOWN;
import static dev.visco.diagnose.ConsoleMessage.REQUESTED_INIT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.RESTART;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.SWITCH_ROOT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.SWITCH_ROOT_NO_FILE;
import static dev.visco.diagnose.ConsoleMessage.SWITCH_ROOT_UNIT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.SYSTEMD_SWITCH_FAILED;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import java.util.List;

/** Causes in the guest's memory, its init and its kernel. */
final class InitRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "desktop-out-of-memory",
              seen ->
                  seen.facts().desktop() == null || seen.isDesktop("SEEN")
                      ? EvidenceView.NO
                      : seen.line(OUT_OF_MEMORY_KILLED, OOM_KILLER_INVOKED),
              true,
              "The guest has not enough memory for its desktop: its kernel ended one program after the other.",
              "Give it at least what its type does.",
              new Remedy.GiveMemory("browser", 2048),
              "Linux mm/oom_kill.c"),
          new BootRule(
              "guest-out-of-memory",
              seen ->
                  seen.line(
                      OUT_OF_MEMORY_KILLED,
                      OUT_OF_MEMORY_NOBODY_TO_KILL,
                      MEMORY_DEADLOCK,
                      OOM_KILLER_INVOKED,
                      OOM_KILL),
              true,
              "The guest ran out of memory.",
              "Give it more memory.",
              new Remedy.GiveMemory(null, 512),
              "Linux mm/oom_kill.c"),
          new BootRule(
              "subvolume-not-named",
              InitRules::otherSubvolume,
              false,
              "The root file system is btrfs, and its default subvolume holds no init: the system is in another one, as the installers of Fedora and openSUSE make it.",
              "Name it in the boot arguments, as /etc/fstab in the image does: rootflags=subvol=root (Fedora), rootflags=subvol=@ (openSUSE, Ubuntu).",
              new Remedy.AddArgument("rootflags=subvol=root"),
              "btrfs(5), subvol="),
          new BootRule(
              "init-not-executable",
              seen ->
                  with(
                      seen.console().has(INIT_NOT_THERE)
                          ? seen.line(SWITCH_ROOT_FAILED)
                          : seen.line(
                              SWITCH_ROOT_FAILED,
                              INIT_NOT_EXECUTABLE,
                              INIT_WRONG_FORMAT,
                              SYSTEMD_SWITCH_FAILED,
                              SWITCH_ROOT_NO_FILE),
                      seen.lines(INIT_NOT_THERE, PANIC)),
              true,
              "The root file system's init cannot be executed. Permission denied: its file is not executable; Exec format error: it is no program, or has no #! line; No such file: it is not there, or the interpreter behind its #! or the loader of its libraries is not.",
              "Give the root file system an executable /sbin/init with its interpreter, or name another one by init= in the boot arguments.",
              new Remedy.InspectImage(),
              "execve(2); busybox util-linux/switch_root.c; klibc run-init"),
          new BootRule(
              "switch-root-refused",
              seen -> with(seen.line(SWITCH_ROOT_UNIT_FAILED), seen.lines(INITRAMFS_SHELL)),
              false,
              "systemd in the initramfs does not hand over to the root file system: it takes it for no operating system, as one without /etc/os-release and /usr/lib/os-release, or it holds no init.",
              "Put /etc/os-release and /sbin/init into the root file system.",
              new Remedy.InspectImage(),
              "systemctl(1), switch-root; os-release(5)"),
          new BootRule(
              "init-missing",
              seen ->
                  with(
                      seen.line(
                          INITRAMFS_NO_INIT,
                          INIT_NOT_THERE,
                          NO_WORKING_INIT,
                          REQUESTED_INIT_FAILED),
                      seen.lines(SWITCH_ROOT_NO_FILE)),
              seen -> seen.rootMounted() || seen.console().has(INITRAMFS_NO_INIT),
              "The root file system holds no program that init= names.",
              "Leave init= out of the boot arguments; an imported root file system needs its own /sbin/init.",
              "Linux init/main.c, kernel_init"),
          new BootRule(
              "init-lacks-a-library",
              seen -> with(seen.line(INIT_LACKS_A_PROGRAM), seen.lines(LIBRARY_MISSING, NOT_FOUND)),
              true,
              "Init ended at once because a program or a shared library that it needs is not in the image.",
              "Add the package that brings it to the image's recipe, and build it again.",
              "exit code 127: dash(1), ld.so(8)"),
          new BootRule(
              "init-is-a-shell",
              seen ->
                  all(
                      fact(
                          seen.facts().argument("init").matches("(/usr)?/bin/(ba|da|a)?sh"),
                          "init=" + seen.facts().argument("init") + " on the command line"),
                      fact(!seen.ended() && seen.rootMounted(), "and the machine runs")),
              true,
              "Init is a shell, which waits for somebody to type: nothing of the image is started.",
              "Leave init= out of the boot arguments.",
              "Linux Documentation/admin-guide/kernel-parameters.txt, init="),
          new BootRule(
              "initramfs-shell",
              seen ->
                  unless(
                      seen.initramfsRan()
                          ? seen.line(INITRAMFS_SHELL, BUSYBOX_SHELL)
                          : seen.line(INITRAMFS_SHELL),
                      seen.rootMounted()),
              false,
              "The initramfs gave up and opened a shell, in which nobody types.",
              "Read what it said before that.",
              new Remedy.ReadConsole("%vm"),
              "busybox shell/ash.c; initramfs-tools scripts/functions, panic; dracut-emergency"),
          new BootRule(
              "initramfs-ended",
              seen ->
                  unless(with(seen.line(INIT_ENDED), seen.beforePanic()), !endedInInitramfs(seen)),
              false,
              "The initramfs's /init ended before it had started the image's init, which the kernel answers with a panic.",
              "Read what it said before the panic: a command of it failed, or it came to its end without switch_root.",
              new Remedy.ReadConsole("%vm"),
              "Linux kernel/exit.c, do_exit"),
          new BootRule(
              "init-ended",
              seen ->
                  unless(with(seen.line(INIT_ENDED), seen.beforePanic()), endedInInitramfs(seen)),
              false,
              "Init ended, which a kernel answers with a panic; a reboot after it makes the VMM end with exit code 0.",
              "Read what init said before the panic.",
              new Remedy.ReadConsole("%vm"),
              "Linux kernel/exit.c, do_exit"),
          new BootRule(
              "kernel-bug",
              seen -> seen.line(KERNEL_BUG),
              true,
              "The guest's kernel failed by itself.",
              "Use another kernel release.",
              "Linux lib/bug.c"),
          new BootRule(
              "kernel-panicked",
              seen ->
                  unless(
                      with(seen.line(PANIC), seen.beforePanic()),
                      seen.console().has(INIT_ENDED)
                          || seen.console().has(ROOT_NOT_MOUNTED)
                          || seen.console().has(NO_WORKING_INIT)),
              false,
              "The guest's kernel panicked.",
              "Read what it said before the panic.",
              new Remedy.ReadConsole("%vm"),
              "Linux kernel/panic.c"),
          new BootRule(
              "vmm-killed",
              seen ->
                  all(
                      fact(
                          seen.ended() && seen.rootMounted(),
                          "the VMM has ended while its guest was up"),
                      fact(
                          !seen.panicked()
                              && seen.line(POWER_DOWN, RESTART, HALT).isEmpty()
                              && seen.facts().machine().log().isBlank(),
                          "and neither of them said a word of it")),
              false,
              "The VMM was killed (SIGKILL), by somebody or by the host's kernel for lack of memory: a guest that ends says so on its console, and a VMM that fails in its log.",
              "Look in the host's kernel log for the process that was killed, then start the VM again.",
              new Remedy.RunOnHost("dmesg | grep -i 'killed process'"),
              "signal(7), SIGKILL; Linux mm/oom_kill.c"),
          new BootRule(
              "guest-powered-off",
              seen ->
                  all(
                      fact(seen.ended(), "the machine has ended"),
                      with(
                          seen.line(POWER_DOWN, RESTART, HALT),
                          seen.lines(INITRAMFS_REBOOTS, INITRAMFS_SHELL))),
              false,
              "The guest shut itself down or rebooted, and a microVM ends then.",
              "Look for what called it in the guest.",
              new Remedy.ReadConsole("%vm"),
              "Linux kernel/reboot.c"));

  private InitRules() {}

  /** Of a btrfs without an init, unless the arguments name a subvolume. */
  private static List<String> otherSubvolume(EvidenceView seen) {
    boolean isBtrfs =
        "btrfs".equals(seen.facts().rootFileSystem()) || seen.console().has(BTRFS_MOUNTED);
    return unless(
        all(
            seen.line(
                INITRAMFS_NO_INIT,
                INIT_NOT_THERE,
                NO_WORKING_INIT,
                SWITCH_ROOT_NO_FILE,
                SWITCH_ROOT_UNIT_FAILED),
            with(fact(isBtrfs, "the root file system is btrfs"), seen.lines(BTRFS_MOUNTED))),
        seen.facts().argument("rootflags").contains("subvol"));
  }

  /** Whether what ended is the initramfs's own /init. */
  private static boolean endedInInitramfs(EvidenceView seen) {
    return seen.initramfsRan() && !seen.rootMounted();
  }
}
