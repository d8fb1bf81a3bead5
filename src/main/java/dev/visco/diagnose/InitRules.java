package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.HALT;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_NO_INIT;
import static dev.visco.diagnose.ConsoleMessage.INIT_ENDED;
import static dev.visco.diagnose.ConsoleMessage.INIT_LACKS_A_PROGRAM;
import static dev.visco.diagnose.ConsoleMessage.KERNEL_BUG;
import static dev.visco.diagnose.ConsoleMessage.LIBRARY_MISSING;
import static dev.visco.diagnose.ConsoleMessage.MEMORY_DEADLOCK;
import static dev.visco.diagnose.ConsoleMessage.NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.NO_WORKING_INIT;
import static dev.visco.diagnose.ConsoleMessage.OOM_KILL;
import static dev.visco.diagnose.ConsoleMessage.OOM_KILLER_INVOKED;
import static dev.visco.diagnose.ConsoleMessage.OUT_OF_MEMORY_KILLED;
import static dev.visco.diagnose.ConsoleMessage.OUT_OF_MEMORY_NOBODY_TO_KILL;
import static dev.visco.diagnose.ConsoleMessage.POWER_DOWN;
import static dev.visco.diagnose.ConsoleMessage.REQUESTED_INIT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.RESTART;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
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
              "init-missing",
              seen -> seen.line(INITRAMFS_NO_INIT, NO_WORKING_INIT, REQUESTED_INIT_FAILED),
              true,
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
              "init-ended",
              seen -> seen.line(INIT_ENDED),
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
              "guest-powered-off",
              seen ->
                  all(
                      fact(seen.ended(), "the machine has ended"),
                      seen.line(POWER_DOWN, RESTART, HALT)),
              true,
              "The guest shut itself down or rebooted, and a microVM ends then.",
              "Look for what called it in the guest.",
              new Remedy.ReadConsole("%vm"),
              "Linux kernel/reboot.c"));

  private InitRules() {}
}
