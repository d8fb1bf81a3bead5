package dev.visco.diagnose;

import static dev.visco.diagnose.Seen.all;
import static dev.visco.diagnose.Seen.fact;
import static dev.visco.diagnose.Seen.with;

import java.util.List;
import java.util.regex.Pattern;

/** The guest's memory, its init and its kernel. */
final class InitRules {
  private static final Pattern MISSING_PROGRAM =
      Pattern.compile("Attempted to kill init! exitcode=0x00007[ef]00");
  private static final Pattern KERNEL_BUG =
      Pattern.compile("kernel BUG at|BUG: unable to handle|Oops: |general protection fault");

  /** In the order of the chain of cause. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "desktop-out-of-memory",
              seen ->
                  seen.facts().desktop() == null || seen.isDesktop("SEEN")
                      ? Seen.NO
                      : seen.line("Out of memory: Killed process", "invoked oom-killer"),
              true,
              "The guest has not enough memory for its desktop: its kernel ended one program after the other.",
              "Give it at least what its type does. | visco create --type browser --memory 2048",
              "Linux mm/oom_kill.c"),
          new BootRule(
              "guest-out-of-memory",
              seen ->
                  seen.line(
                      "Out of memory: Killed process",
                      "Out of memory and no killable processes",
                      "deadlocked on memory",
                      "invoked oom-killer",
                      "oom-kill:"),
              true,
              "The guest ran out of memory.",
              "Give it more memory. | visco create --memory 512",
              "Linux mm/oom_kill.c"),
          new BootRule(
              "init-missing",
              seen ->
                  seen.line(
                      "the root file system has no /", "No working init found", "Requested init "),
              true,
              "The root file system holds no program that init= names.",
              "Leave init= out of the boot arguments; an imported root file system needs its own /sbin/init.",
              "Linux init/main.c, kernel_init"),
          new BootRule(
              "init-lacks-a-library",
              seen ->
                  with(
                      seen.matching(MISSING_PROGRAM),
                      seen.lines("error while loading shared libraries", "not found")),
              true,
              "Init ended at once because a program or a shared library that it needs is not in the image.",
              "Add the package that brings it to the image's recipe, and build it again.",
              "exit code 127: dash(1), ld.so(8)"),
          new BootRule(
              "init-ended",
              seen -> seen.line("Attempted to kill init"),
              false,
              "Init ended, which a kernel answers with a panic; a reboot after it makes the VMM end with exit code 0.",
              "Read what init said before the panic. | visco logs %vm",
              "Linux kernel/exit.c, do_exit"),
          new BootRule(
              "kernel-bug",
              seen -> seen.matching(KERNEL_BUG),
              true,
              "The guest's kernel failed by itself.",
              "Use another kernel release.",
              "Linux lib/bug.c"),
          new BootRule(
              "guest-powered-off",
              seen ->
                  all(
                      fact(seen.ended(), "the machine has ended"),
                      seen.line(
                          "reboot: Power down",
                          "reboot: Restarting system",
                          "reboot: System halted")),
              true,
              "The guest shut itself down or rebooted, and a microVM ends then.",
              "Look for what called it in the guest. | visco logs %vm",
              "Linux kernel/reboot.c"));

  private InitRules() {}
}
