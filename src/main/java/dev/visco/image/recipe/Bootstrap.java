package dev.visco.image.recipe;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a root of this host's release from its own package sources. */
final class Bootstrap {
  private static final Pattern PERCENT =
      Pattern.compile("progress: \\[[^\\]]{0,200}\\]\\s{0,8}(\\d{1,3}(?:\\.\\d+)?)%");

  /** apt's message about a release file's Valid-Until and Date. */
  private static final Pattern NOT_VALID =
      Pattern.compile("(?m)^.{0,200}Release file for .{0,300} is (expired|not valid yet).*$");

  private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
  private static final Duration BOOTSTRAP = Duration.ofMinutes(30);
  private final Host host;
  private final Progress progress;

  Bootstrap(Host host, Progress progress) {
    this.host = host;
    this.progress = progress;
  }

  /**
   * Those of these packages that are in none of the host's sources; the lists of packages are
   * updated when one is not in them.
   */
  Set<String> missing(Collection<String> packages) {
    if (!unknown(packages).isEmpty()) {
      host.check(
          Command.of("apt-get", "-q", "update")
              .withEnvironment(ChildEnvironment.proxies(System.getenv()))
              .within(Duration.ofMinutes(5))
              .makingPublicFiles());
    }
    return unknown(packages);
  }

  private Set<String> unknown(Collection<String> packages) {
    Set<String> wanted = new TreeSet<>(packages);
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

  /**
   * Makes the root.
   *
   * @param packages besides a minimal system
   * @param exclude paths of packages that are left out, besides those that only people read
   * @param root a folder that is not there yet, in one that is this build's
   */
  void make(List<String> packages, List<String> exclude, Path root) throws IOException {
    String what = "install " + packages.size() + " packages and what they need";
    progress.report(what, 0);
    var arguments =
        new ArrayList<>(
            List.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                "--format=directory",
                "--include=" + String.join(",", packages)));
    for (String path : List.of("doc", "man", "locale", "info", "lintian", "bug", "gnome/help")) {
      arguments.add("--dpkgopt=path-exclude=/usr/share/" + path + "/*");
    }
    arguments.add("--dpkgopt=path-include=/usr/share/doc/*/copyright");
    exclude.forEach(path -> arguments.add("--dpkgopt=path-exclude=" + path));
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
  static RuntimeException failed(CommandResult result) {
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
}
