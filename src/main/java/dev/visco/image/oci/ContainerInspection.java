package dev.visco.image.oci;

import dev.visco.host.Host;
import dev.visco.image.ContainerConfig;
import dev.visco.image.RootContents;
import dev.visco.image.probe.EntryPoint;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.model.RootProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what a container image starts: whether its program is there and can be started by its
 * user, and whether it can be in its folder. A program that is the guest's init must be; of others
 * it is said, since a volume or a file of the VM may bring them.
 */
record ContainerInspection(ContainerConfig config, ContainerUser user, RootTree tree) {
  private static final String SSHD = "/.visco/usr/sbin/sshd";
  private static final int EXECUTE = 1;

  /**
   * Looks into its disk.
   *
   * @param folder for copies of programs
   */
  RootContents of(Host host, Path disk, RootProbe root, Path folder) throws IOException {
    var problems = new ArrayList<RootProblem>();
    var notices = new ArrayList<String>();
    folder().ifPresent(notices::add);
    String program = null;
    if (!config.words().isEmpty()) {
      EntryPoint entry =
          EntryPoint.of(
              host, disk, root, folder, config.words().getFirst(), config.folder(), path());
      program = entry.path();
      RootProblem problem = entry.problem() == null ? right(program) : entry.problem();
      if (problem != null && GuestScripts.isInit(config)) {
        problems.add(ofInit(problem));
      } else if (problem != null) {
        notices.add(
            "the image's program cannot be started: "
                + problem.cause().replaceFirst("\\.$", "")
                + ". "
                + problem.remedy());
      }
    }
    var room = RootInspection.room(disk, root);
    return new RootContents(
        program, SSHD, null, null, room.freeMib(), room.freeFiles(), problems, notices);
  }

  private static RootProblem ofInit(RootProblem problem) {
    String rule =
        problem.rule().equals(EntryPoint.MISSING)
            ? RootInspection.INIT_MISSING
            : RootInspection.INIT_NOT_EXECUTABLE;
    return new RootProblem(rule, problem.path(), problem.cause(), problem.remedy());
  }

  private List<String> path() {
    String path = config.environment().getOrDefault("PATH", GuestScripts.PATH);
    return Arrays.stream(path.split(":")).filter(one -> one.startsWith("/")).toList();
  }

  /** Docker makes a folder that is missing, and so does a guest; what is no folder stays. */
  private Optional<String> folder() {
    return tree.find(config.folder())
        .filter(node -> !node.isFolder())
        .map(_ ->
            "the image's program cannot be in its folder: "
                + OciRefusal.printable(config.folder())
                + " is no folder (WORKDIR)");
  }

  /** Whether the image's user may execute what can be executed by somebody. */
  private @Nullable RootProblem right(@Nullable String path) {
    if (path == null || user.uid() == 0) {
      return null;
    }
    for (Path at = Path.of(path); at != null; at = at.getParent()) {
      Optional<TreeNode> node = tree.find(at.toString()).map(found -> found.original);
      if (node.isPresent() && !mayExecute(node.get())) {
        boolean isItself = at.toString().equals(path);
        return new RootProblem(
            EntryPoint.NOT_EXECUTABLE,
            path,
            "The user "
                + OciRefusal.printable(config.user())
                + " may not "
                + (isItself ? "execute " : "pass through ")
                + OciRefusal.printable(at.toString())
                + " (mode "
                + Integer.toOctalString(node.get().mode & 07777)
                + ", owner "
                + node.get().uid
                + ").",
            "In the image: chmod 755 " + OciRefusal.printable(at.toString()));
      }
    }
    return null;
  }

  private boolean mayExecute(TreeNode node) {
    int mode = node.mode;
    boolean isOwn = node.uid == user.uid();
    boolean isGroups = node.gid == user.gid() || user.groups().contains((long) node.gid);
    return ((isOwn ? mode >> 6 : isGroups ? mode >> 3 : mode) & EXECUTE) != 0;
  }
}
