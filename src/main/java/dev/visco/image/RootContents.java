package dev.visco.image;

import dev.visco.model.RootProblem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found in an image's root file system without mounting it.
 *
 * @param init the program that starts first, links followed; null when none can be started
 * @param sshd the SSH server, null when there is none in the usual folders
 * @param sshdStartedBy the file that has it started at the boot, like a link in {@code
 *     multi-user.target.wants}; null when there is none, or that is not known
 * @param modules those of the drivers of VMs that are modules for the image's kernel there; null
 *     when that is not known
 * @param freeMib unused space in MiB; 0 for a file system that cannot be written to
 * @param freeFiles number of files that can still be made; null for a file system without a limit
 * @param problems what keeps guests from working
 * @param notices what may keep guests from working, a sentence each
 */
public record RootContents(
    @Nullable String init,
    @Nullable String sshd,
    @Nullable String sshdStartedBy,
    @Nullable List<String> modules,
    long freeMib,
    @Nullable Long freeFiles,
    List<RootProblem> problems,
    List<String> notices) {
  public RootContents {
    modules = modules == null ? null : List.copyOf(modules);
    problems = List.copyOf(problems);
    notices = List.copyOf(notices);
  }
}
