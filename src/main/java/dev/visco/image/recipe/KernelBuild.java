package dev.visco.image.recipe;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Builds a kernel of a distribution's source. Compiler and source are in a root of their own, which
 * is made as an image's is and removed afterwards; what is compiled there runs as a user who owns
 * nothing else, without network. The kernel is an ELF file, which needs no unpacking.
 *
 * @param recipe of the kernel
 * @param version the package with its source, and its version, {@code name=version}
 */
public record KernelBuild(KernelRecipe recipe, String version) {
  /** What it takes besides an image: the root 0.5 GiB, the source 0.8, and what comes of it. */
  public static final long BYTES = 2L << 30;

  /** The version of this class, raised when it makes another kernel of the same recipe. */
  private static final int BUILDER = 1;

  private static final Duration UNPACKING = Duration.ofMinutes(30);

  /** A kernel takes ten minutes of two processors. */
  private static final Duration COMPILING = Duration.ofHours(3);

  private static final int FILES_BETWEEN_REPORTS = 25;
  private static final int LAST_LINES = 5;

  /** Drivers and documents that no configuration of guests has, a third of the source. */
  private static final String UNPACK =
      """
      set -f
      top=$1
      tar -x --anchored --wildcards \
        --exclude=$top/arch/[a-wyz]*.[chS] --exclude=$top/*.dts --exclude=$top/*.dtsi \
        --exclude=$top/Documentation/*.rst --exclude=$top/drivers/gpu/drm/*.[ch] \
        --exclude=$top/sound/*.[ch] --exclude=$top/tools/testing/* \
        -f /usr/src/$top.tar.xz
      mv $top linux
      """;

  /**
   * A build of this host's source as it is now.
   *
   * @throws Refused when its packages are in none of the host's sources
   */
  public static KernelBuild of(Host host, KernelRecipe recipe) {
    var wanted = new TreeSet<>(recipe.packages());
    wanted.add(recipe.sourcePackage());
    for (String name : new Bootstrap(host, Progress.SILENT).missing(wanted)) {
      throw Refused.invalid(
          name.equals(recipe.sourcePackage()) ? "source-package" : "packages",
          name,
          "is in none of this host's package sources, and the kernel "
              + recipe.name()
              + " is built of it",
          "Leave the kernel out for the distribution's own, or name a package that it has.");
    }
    return new KernelBuild(recipe, KernelPackage.sourceVersion(host, recipe.sourcePackage()));
  }

  /** The digest of all that it is built of. */
  public Digest identity() {
    String text = Json.canonical(Map.of("builder", BUILDER, "recipe", recipe, "version", version));
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Builds it, or takes it from those that were built.
   *
   * @param work a folder for this build
   */
  KernelPackage build(Host host, BuiltKernels built, Path work, Progress progress)
      throws IOException {
    var there = built.find(identity());
    if (there.isPresent()) {
      return there.get();
    }
    Path folder = Files.createDirectory(work.resolve("kernel"));
    Path root = folder.resolve("root");
    var packages = new TreeSet<>(recipe.packages());
    packages.add(recipe.sourcePackage());
    new Bootstrap(host, progress).make(List.copyOf(packages), List.of(), root);
    Path build = Files.createDirectory(root.resolve("build"));
    Files.setAttribute(build, "unix:uid", VmmUsers.TOOLS);
    progress.report("unpack the kernel's source", -1);
    run(host, root, UNPACKING, progress, "sh", "-c", UNPACK, "sh", source(root));
    Files.writeString(build.resolve("options"), recipe.configuration());
    String make = "cd linux && exec make \"$@\"";
    run(
        host,
        root,
        UNPACKING,
        progress,
        "sh",
        "-c",
        make,
        "sh",
        "-s",
        "KCONFIG_ALLCONFIG=/build/options",
        "allnoconfig");
    String configuration = Files.readString(regular(build.resolve("linux/.config")));
    refuseOtherwise(configuration);
    run(
        host,
        root,
        COMPILING,
        progress,
        "sh",
        "-c",
        make,
        "sh",
        "--jobs=" + Runtime.getRuntime().availableProcessors(),
        "vmlinux");
    run(host, root, UNPACKING, progress, "strip", "-s", "-o", "vmlinux", "linux/vmlinux");
    String release =
        Files.readString(regular(build.resolve("linux/include/config/kernel.release"))).strip();
    Path made = folder.resolve("made");
    BuiltKernels.write(made, regular(build.resolve("vmlinux")), configuration, release, version);
    progress.report("keep the kernel", -1);
    KernelPackage kept = built.keep(identity(), made);
    DurableFiles.deleteTree(folder);
    return kept;
  }

  /** Before hours of compiling: what the source does not take would be missing in guests. */
  void refuseOtherwise(String configuration) {
    List<String> otherwise = KernelOptions.of(recipe.configuration()).otherwise(configuration);
    if (!otherwise.isEmpty()) {
      throw Refused.invalid(
          "configuration",
          String.join(", ", otherwise),
          "is not what " + version + " makes of it",
          "Correct the options of the kernel "
              + recipe.name()
              + ": one may have another name in this source, or need a further one.");
    }
  }

  /** The name of the source's archive, without its end. */
  private String source(Path root) throws IOException {
    var found = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(root.resolve("usr/src"), "linux-source-*.tar.xz")) {
      files.forEach(
          file -> found.add(file.getFileName().toString().replaceFirst("\\.tar\\.xz$", "")));
    }
    if (found.size() != 1) {
      throw Refused.invalid(
          "source-package",
          recipe.sourcePackage(),
          "brings " + found.size() + " files /usr/src/linux-source-*.tar.xz",
          "Name a package that brings one, as Debian's linux-source does.");
    }
    return found.getFirst();
  }

  /**
   * A command in the root, as a user who owns nothing else there but the folder {@code build}. It
   * ends with the process of root's that has the root in its arguments, by which {@code
   * ImageLeftovers} finds what a daemon that was killed has left running.
   *
   * @param folder of the root, in which it runs
   */
  static List<String> inside(Path root, Path folder, String... command) {
    var words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                "--net",
                "--ipc",
                "--mount-proc=" + root.resolve("proc"),
                "--",
                "chroot",
                root.toString()));
    words.addAll(Unprivileged.aloneWithItsParent(VmmUsers.TOOLS));
    words.addAll(List.of("nice", "-n", "10", "env", "-C", folder.toString(), "--"));
    words.addAll(List.of(command));
    return words;
  }

  private void run(Host host, Path root, Duration deadline, Progress progress, String... command) {
    var compiled = new AtomicInteger();
    CommandResult result =
        host.run(
            Command.of(inside(root, Path.of("/build"), command))
                .withEnvironment(
                    Map.of(
                        "HOME",
                        "/build",
                        "LC_ALL",
                        "C",
                        "KBUILD_BUILD_USER",
                        "visco",
                        "KBUILD_BUILD_HOST",
                        "visco",
                        "KBUILD_BUILD_VERSION",
                        "1",
                        "KBUILD_BUILD_TIMESTAMP",
                        "@" + RootDisk.EPOCH))
                .within(deadline)
                .makingPublicFiles()
                .tellingLines(line -> {
                  if (line.startsWith("  CC ")
                      && compiled.incrementAndGet() % FILES_BETWEEN_REPORTS == 0) {
                    progress.report("compile the kernel: " + compiled + " files", -1);
                  }
                }));
    if (!result.succeeded()) {
      List<String> said = result.error().lines().filter(line -> !line.isBlank()).toList();
      throw new HostFault(
          "building the kernel "
              + recipe.name()
              + " ended with "
              + result.exitCode()
              + ": "
              + String.join(
                  "; ", said.subList(Math.max(0, said.size() - LAST_LINES), said.size())));
    }
  }

  private static Path regular(Path file) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new HostFault("the build of a kernel made no file " + file);
    }
    return file;
  }
}
