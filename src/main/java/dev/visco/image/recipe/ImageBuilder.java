package dev.visco.image.recipe;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes the files of an image from its recipe, within one private folder. */
public final class ImageBuilder {
  private final Host host;
  private final BuiltKernels kernels;

  /**
   * @param kernels those that were built of their source, and where further ones are kept
   */
  public ImageBuilder(Host host, BuiltKernels kernels) {
    this.host = host;
    this.kernels = kernels;
  }

  /**
   * The finished files and their properties.
   *
   * @param initrd null when the kernel has all that it needs built in
   * @param modules those in the initramfs; null without one
   * @param tools null when the image has no disk of tools
   */
  public record Built(
      Path kernel,
      @Nullable Path initrd,
      RootDisk.Made root,
      KernelPackage kernelPackage,
      @Nullable List<String> modules,
      List<String> packages,
      ToolsDisk.@Nullable Made tools) {}

  /**
   * Builds one.
   *
   * @param kernelBuild what builds its kernel; null for the distribution's
   * @param storedTools the digest of a disk of tools that is in the store already, by its identity
   */
  public Built build(
      RecipeFile recipeFile,
      @Nullable KernelBuild kernelBuild,
      Path work,
      Function<Digest, Optional<Digest>> storedTools,
      Progress progress)
      throws IOException {
    Recipe recipe = recipeFile.recipe();
    requireFiles(recipeFile);
    requirePackages(recipe);
    ToolsDisk.Made tools = tools(recipe, work, storedTools, progress);
    KernelPackage kernel = kernel(recipe, kernelBuild, work, progress);
    Path root = work.resolve("root");
    new Bootstrap(host, progress).make(recipe.everyPackage(), recipe.excludeList(), root);
    progress.report("write users, services and files", -1);
    var made = new NewRoot(root);
    new Accounts(made).add(recipe.userList());
    copyFiles(recipeFile, made);
    if (tools != null) {
      ToolsDisk.name(recipe.toolsOnDisk(), made);
    }
    init(recipe, made);
    List<String> packages = packages(root);
    removeTraces(made);
    Map<String, Path> modules = null;
    Path initrd = null;
    if (kernelBuild == null) {
      progress.report("make the initramfs", -1);
      var needed = Initramfs.modules(kernel, recipe.vsockPort() != null);
      var overlay = Initramfs.overlay(kernel, needed);
      initrd = work.resolve("initrd.img");
      Files.write(
          initrd, Initramfs.make(Files.readAllBytes(busybox(made)), kernel, needed, overlay));
      needed.putAll(overlay);
      modules = needed;
    }
    progress.report("write the root disk", -1);
    String identity = RecipeIdentity.of(recipeFile).digest() + " " + String.join(" ", packages);
    var disk = new RootDisk(host).make(root, work.resolve("root.img"), recipe.sizeMib(), identity);
    var all = new ArrayList<>(packages);
    all.add(kernel.version());
    Path file = work.resolve("kernel-of-image");
    Files.copy(kernel.kernel(), file);
    return new Built(
        file,
        initrd,
        disk,
        kernel,
        modules == null ? null : List.copyOf(modules.keySet()),
        all,
        tools);
  }

  private KernelPackage kernel(
      Recipe recipe, @Nullable KernelBuild build, Path work, Progress progress) throws IOException {
    if (build != null) {
      return build.build(host, kernels, work, progress);
    }
    progress.report("download the kernel", -1);
    return KernelPackage.download(host, recipe.kernelPackage(), work);
  }

  private ToolsDisk.@Nullable Made tools(
      Recipe recipe, Path work, Function<Digest, Optional<Digest>> stored, Progress progress)
      throws IOException {
    List<Tool> tools = recipe.toolsOnDisk();
    if (tools.isEmpty()) {
      return null;
    }
    Digest identity = ToolsDisk.identity(tools);
    Optional<Digest> there = stored.apply(identity);
    return there.isPresent()
        ? new ToolsDisk.Made(identity, ToolsDisk.fileSystemUuid(identity), null, there.get())
        : new ToolsDisk(host).make(tools, work, progress);
  }

  private static void requireFiles(RecipeFile file) {
    for (Recipe.FileEntry entry : file.recipe().fileList()) {
      if (!Files.isRegularFile(file.source(entry))) {
        throw Refused.invalid(
            "files.source",
            entry.source(),
            "is no file: " + file.source(entry),
            "Correct the recipe.");
      }
    }
  }

  /**
   * Refuses unknown packages before anything is downloaded; updates the package lists when one is
   * not in them.
   */
  private void requirePackages(Recipe recipe) {
    var wanted = new ArrayList<>(recipe.everyPackage());
    if (recipe.kernel() == null) {
      wanted.add(recipe.kernelPackage());
    }
    for (String name : new Bootstrap(host, Progress.SILENT).missing(wanted)) {
      throw Refused.invalid(
          name.equals(recipe.kernelPackage()) ? "kernel-package" : "packages",
          name,
          "is in none of this host's package sources",
          "Name a package that this host's distribution has; apt-cache search finds them.");
    }
  }

  private static Path busybox(NewRoot root) throws IOException {
    return root.find("/usr/bin/busybox")
        .orElseThrow(() -> new HostFault("the new root has no /usr/bin/busybox"));
  }

  private static void copyFiles(RecipeFile file, NewRoot root) throws IOException {
    for (Recipe.FileEntry entry : file.recipe().fileList()) {
      root.write(entry.target(), Files.readAllBytes(file.source(entry)), mode(entry.mode()));
    }
  }

  private static String mode(String octal) {
    int bits = Integer.parseInt(octal, 8) & 0777;
    var text = new StringBuilder();
    for (int shift = 8; shift >= 0; shift--) {
      text.append((bits >> shift & 1) == 1 ? "xwr".charAt(shift % 3) : '-');
    }
    return text.toString();
  }

  /**
   * Installs busybox as init, with a line for each service, and checks that the services' programs
   * exist.
   */
  private static void init(Recipe recipe, NewRoot root) throws IOException {
    var programs = new RootPrograms(root);
    programs.require(recipe.serviceList());
    if (recipe.signIn() != null) {
      programs.requireSignIn(recipe.signIn());
    }
    root.write("/etc/inittab", Inittab.of(recipe).getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    for (String name : List.of("init", "reboot", "poweroff", "halt")) {
      Path link = root.makeFolder("/usr/sbin").resolve(name);
      // A package may have installed another init as a dependency.
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, Path.of("../bin/busybox"));
    }
  }

  private List<String> packages(Path root) {
    return host.check(
            Command.of(
                "dpkg-query",
                "--admindir=" + root.resolve("var/lib/dpkg"),
                "-W",
                "-f",
                "${Package}=${Version}\\n"))
        .output()
        .lines()
        .sorted()
        .toList();
  }

  /** Removes what belongs to one machine or one build, and what packages' scripts leave behind. */
  private static void removeTraces(NewRoot root) throws IOException {
    for (String name :
        List.of(
            "etc/machine-id",
            "var/lib/dbus/machine-id",
            "var/log",
            "var/cache",
            "var/lib/apt/lists",
            "tmp",
            "run",
            "dev",
            "etc/hostname",
            "etc/resolv.conf",
            "var/lib/systemd",
            "etc/.pwd.lock",
            "root/.bash_history",
            "etc/ssh/ssh_host_ed25519_key",
            "etc/ssh/ssh_host_ed25519_key.pub",
            "etc/ssh/ssh_host_rsa_key",
            "etc/ssh/ssh_host_rsa_key.pub",
            "etc/ssh/ssh_host_ecdsa_key",
            "etc/ssh/ssh_host_ecdsa_key.pub",
            "var/lib/dpkg/status-old",
            "var/lib/dpkg/lock",
            "var/lib/dpkg/lock-frontend",
            "var/lib/dpkg/triggers/Lock")) {
      DurableFiles.deleteTree(root.folder().resolve(name));
    }
    for (String name :
        Arrays.asList(
            "var/log",
            "var/cache/apt/archives/partial",
            "var/lib/apt/lists/partial",
            "tmp",
            "run",
            "dev",
            "proc",
            "sys")) {
      root.makeFolder(name);
    }
    // With the sticky bit, so that nobody can remove another user's files; Java's permissions lack
    // it.
    Files.setAttribute(root.makeFolder("/tmp"), "unix:mode", 01777);
    root.write("/etc/hostname", "visco\n".getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    // A regular file: a link to the file of a missing resolver would make DNS fail.
    root.write("/etc/resolv.conf", new byte[0], "rw-r--r--");
    root.write("/etc/machine-id", new byte[0], "rw-r--r--");
  }
}
