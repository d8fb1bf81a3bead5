package dev.visco.image.recipe;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the files of an image from its recipe, within one private folder. */
public final class ImageBuilder {
  private static final Pattern PERCENT =
      Pattern.compile("progress: \\[[^\\]]{0,200}\\]\\s{0,8}(\\d{1,3}(?:\\.\\d+)?)%");

  /** apt's message about a release file's Valid-Until and Date. */
  private static final Pattern NOT_VALID =
      Pattern.compile("(?m)^.{0,200}Release file for .{0,300} is (expired|not valid yet).*$");

  private static final Logger LOG = LoggerFactory.getLogger(ImageBuilder.class);
  private static final Duration BOOTSTRAP = Duration.ofMinutes(30);
  private final Host host;

  public ImageBuilder(Host host) {
    this.host = host;
  }

  /**
   * The finished files and their properties.
   *
   * @param tools null when the image has no disk of tools
   */
  public record Built(
      Path kernel,
      Path initrd,
      RootDisk.Made root,
      KernelPackage kernelPackage,
      List<String> modules,
      List<String> packages,
      ToolsDisk.@Nullable Made tools) {}

  /**
   * @param storedTools the digest of a disk of tools that is in the store already, by its identity
   */
  public Built build(
      RecipeFile file, Path work, Function<Digest, Optional<Digest>> storedTools, Progress progress)
      throws IOException {
    Recipe recipe = file.recipe();
    requireFiles(file);
    requirePackages(recipe);
    ToolsDisk.Made tools = tools(recipe, work, storedTools, progress);
    progress.report("download the kernel", -1);
    KernelPackage kernel = KernelPackage.download(host, recipe.kernelPackage(), work);
    Path root = work.resolve("root");
    bootstrap(recipe, root, progress);
    progress.report("write users, services and files", -1);
    var made = new NewRoot(root);
    new Accounts(made).add(recipe.userList());
    copyFiles(file, made);
    if (tools != null) {
      ToolsDisk.name(recipe.toolsOnDisk(), made);
    }
    init(recipe, made);
    List<String> packages = packages(root);
    removeTraces(made);
    progress.report("make the initramfs", -1);
    var modules = Initramfs.modules(kernel, recipe.vsockPort() != null);
    var overlay = Initramfs.overlay(kernel, modules);
    Path initrd = work.resolve("initrd.img");
    Files.write(
        initrd, Initramfs.make(Files.readAllBytes(busybox(made)), kernel, modules, overlay));
    modules.putAll(overlay);
    progress.report("write the root disk", -1);
    String identity = RecipeIdentity.of(file).digest() + " " + String.join(" ", packages);
    var disk = new RootDisk(host).make(root, work.resolve("root.img"), recipe.sizeMib(), identity);
    var all = new ArrayList<>(packages);
    all.add(kernel.version());
    return new Built(
        kernel.kernel(), initrd, disk, kernel, List.copyOf(modules.keySet()), all, tools);
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
    if (!missing(recipe).isEmpty()) {
      host.check(
          Command.of("apt-get", "-q", "update")
              .withEnvironment(ChildEnvironment.proxies(System.getenv()))
              .within(Duration.ofMinutes(5))
              .makingPublicFiles());
    }
    for (String name : missing(recipe)) {
      throw Refused.invalid(
          name.equals(recipe.kernelPackage()) ? "kernel-package" : "packages",
          name,
          "is in none of this host's package sources",
          "Name a package that this host's distribution has; apt-cache search finds them.");
    }
  }

  private Set<String> missing(Recipe recipe) {
    Set<String> wanted = new TreeSet<>(recipe.everyPackage());
    wanted.add(recipe.kernelPackage());
    var arguments = new ArrayList<>(List.of("apt-cache", "show", "--no-all-versions", "--"));
    arguments.addAll(wanted);
    // Its exit code only tells whether it found any package.
    host.run(Command.of(arguments))
        .output()
        .lines()
        .filter(line -> line.startsWith("Package: "))
        .forEach(line -> wanted.remove(line.substring("Package: ".length()).strip()));
    return wanted;
  }

  private void bootstrap(Recipe recipe, Path root, Progress progress) throws IOException {
    String what = "install " + recipe.packages().size() + " packages and what they need";
    progress.report(what, 0);
    var arguments =
        new ArrayList<>(
            List.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                "--format=directory",
                "--include=" + String.join(",", recipe.everyPackage())));
    for (String path : List.of("doc", "man", "locale", "info", "lintian", "bug", "gnome/help")) {
      arguments.add("--dpkgopt=path-exclude=/usr/share/" + path + "/*");
    }
    arguments.add("--dpkgopt=path-include=/usr/share/doc/*/copyright");
    recipe.excludeList().forEach(path -> arguments.add("--dpkgopt=path-exclude=" + path));
    arguments.addAll(List.of(Distribution.ofHost().release(), root.toString()));
    Path sources = Files.createDirectory(root.resolveSibling("sources"));
    List<Path> written = AptSources.write(sources);
    written.forEach(file -> arguments.add(file.toString()));
    for (String option : AptSources.unchecked(written)) {
      progress.report("WARNING: this host's sources say " + option, -1);
      LOG.warn("an image is built from packages that apt does not check: {}", option);
    }
    // In a PID namespace of its own, so that all its processes end with it.
    var wrapped =
        new ArrayList<>(List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"));
    wrapped.addAll(arguments);
    var environment = new HashMap<>(ChildEnvironment.proxies(System.getenv()));
    environment.put("SOURCE_DATE_EPOCH", RootDisk.EPOCH);
    environment.put("TMPDIR", root.getParent() + "");
    environment.put("DEBIAN_FRONTEND", "noninteractive");
    Command command =
        Command.of(wrapped)
            .withEnvironment(environment)
            .within(BOOTSTRAP)
            .tellingLines(line -> {
              Matcher percent = PERCENT.matcher(line);
              if (percent.find()) {
                progress.report(what, Double.parseDouble(percent.group(1)) / 100);
              } else if (line.startsWith("I: ")) {
                progress.report(what + ": " + line.substring(3), -1);
              }
            });
    CommandResult result = host.run(command.makingPublicFiles());
    if (!result.succeeded()) {
      throw failed(result);
    }
  }

  /**
   * Outdated package sources are refused, for the caller to replace; any other failure is the
   * host's fault.
   */
  public static RuntimeException failed(CommandResult result) {
    Matcher old = NOT_VALID.matcher(result.error());
    if (old.find()) {
      return new Refused(
          new Refusal.HostLacks(
              "package sources",
              "apt refuses this host's package sources: " + old.group().strip(),
              "Look at the host's clock, and use a mirror that is up to date. For a mirror that is kept"
                  + " as it was on purpose, write check-valid-until=no (Check-Valid-Until: no) at that"
                  + " source in /etc/apt."));
    }
    return new HostFault(
        "mmdebstrap ended with " + result.exitCode() + ": " + result.error().strip());
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
