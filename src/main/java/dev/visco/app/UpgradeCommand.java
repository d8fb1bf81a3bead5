package dev.visco.app;

import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.ProgressPrinter;
import dev.visco.host.ChildEnvironment;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.host.Waiting;
import dev.visco.model.Durations;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import dev.visco.upgrade.DebianPackages;
import dev.visco.upgrade.Upgrade;
import dev.visco.upgrade.UpgradeFolder;
import dev.visco.upgrade.UpgradeRecord;
import dev.visco.upgrade.UpgradeRecord.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code visco upgrade}. */
@Command(
    name = "upgrade",
    mixinStandardHelpOptions = true,
    description = {
      "Installs another version of Visco's package. VMs go on running. The store and the settings",
      "are copied first; when the new daemon does not serve within the deadline, the old program is",
      "put back, and the store with it. An upgrade goes on when the terminal is closed, and one that",
      "was cut off otherwise is brought to its end by the same command once more."
    },
    footer = {
      "",
      "Exit codes: 0 the new version serves, 1 it does not and was rolled back (or the upgrade was",
      "cut off), 3 refused with nothing changed.",
      "Example: visco upgrade ./visco_1.2.0_amd64.deb"
    })
final class UpgradeCommand implements Callable<Integer> {
  private static final String PACKAGE = "visco";
  private static final String RESUME = "resume";
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final CommandContext context;
  private final Program program;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "the package's file, as dist/build-deb makes it")
  private @Nullable Path file;

  @Option(names = "--allow-downgrade", description = "installs an older version, too")
  private boolean mayBeOlder;

  @Option(names = "--resume", description = "brings an upgrade to its end that was cut off")
  private boolean resumes;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "until the new daemon must serve, from its start; 3m unless given")
  private String deadline = "3m";

  @Option(names = "--finish", hidden = true, description = "for the process that carries it out")
  private @Nullable Path finishes;

  UpgradeCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  @Override
  public Integer call() throws IOException {
    HostChecks.requireRoot("upgrade");
    Settings settings = program.settings(context.flags());
    Host host = program.host();
    try (var progress = ProgressPrinter.onError()) {
      var packages =
          new DebianPackages(host, names -> new HostPackages(host).installNamed(names, progress));
      requirePackaged(packages, settings, host);
      var upgrade =
          new Upgrade(
              packages,
              PACKAGE,
              PackagedDaemon.HOME,
              settings.data(),
              program.configuration(),
              progress,
              InstantSource.system());
      if (finishes != null) {
        finish(upgrade, new UpgradeFolder(finishes), settings, progress);
        return CommandExitCode.OK;
      }
      UpgradeFolder folder = begin(upgrade, settings, progress);
      progress.close();
      return carryOut(upgrade, folder, settings, host);
    }
  }

  private void requirePackaged(DebianPackages packages, Settings settings, Host host) {
    if (!program.home().equals(PackagedDaemon.HOME) || packages.installed(PACKAGE).isEmpty()) {
      throw new Refused(
          new Refusal.Conflict(
              "The program in " + program.home() + " was not installed from a package.",
              "From source: git pull && ./visco up --no-vm; VMs go on running through that, too."));
    }
    if (SystemdUnit.installed(host, program.home()).isPresent()
        && !SystemdUnit.settings(program).equals(settings)) {
      throw ServiceDaemon.otherSettings();
    }
  }

  /** A new one, or the one that was cut off where that is meant. */
  private UpgradeFolder begin(Upgrade upgrade, Settings settings, Progress progress)
      throws IOException {
    if (resumes == (file != null)) {
      throw new CommandLine.ParameterException(
          spec == null ? new CommandLine(this) : spec.commandLine(),
          "Give either a package's FILE or --resume.");
    }
    try (UpLock lock = UpLock.ofUpgrades(settings.data(), progress)) {
      Optional<UpgradeFolder> unfinished = UpgradeFolder.unfinished(settings.data());
      if (file == null) {
        return unfinished.orElseThrow(() ->
            new Refused(
                new Refusal.Conflict("No upgrade was cut off.", "Begin one: visco upgrade FILE.")));
      }
      if (unfinished.isPresent() && isSame(file, unfinished.get().newPackage())) {
        return unfinished.get();
      }
      UpgradeFolder folder =
          upgrade.prepare(file, mayBeOlder, Durations.of("--deadline", deadline), context.flags());
      DurableFiles.write(
          folder.path().resolve(RESUME),
          script(folder).getBytes(StandardCharsets.UTF_8),
          "rwx------");
      return folder;
    }
  }

  /** For a host whose installed program does not start: the old one takes it from there. */
  private String script(UpgradeFolder folder) {
    return "#!/bin/sh\nexec "
        + String.join(" ", java(folder))
        + " --resume "
        + flags(folder).stream()
            .map(flag -> "'" + flag.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "))
        + "\n";
  }

  private static boolean isSame(Path one, Path other) throws IOException {
    return Files.isRegularFile(one) && Files.mismatch(one, other) < 0;
  }

  private void finish(Upgrade upgrade, UpgradeFolder folder, Settings settings, Progress progress) {
    HostChecks.loadNativeLibraries(settings.data());
    try (UpLock lock = UpLock.ofUpgrades(settings.data(), progress);
        var daemon =
            new PackagedDaemon(
                program, settings, folder.read().flags(), program.host(), progress)) {
      upgrade.finish(folder, daemon);
    }
  }

  /** In a process of its own that goes on when this one ends, with its terminal or before. */
  private int carryOut(Upgrade upgrade, UpgradeFolder folder, Settings settings, Host host)
      throws IOException {
    upgrade.ensureProgram(folder);
    var command = java(folder);
    command.addAll(List.of("--finish", folder.path().toString()));
    command.addAll(flags(folder));
    long from = Files.exists(folder.log()) ? Files.size(folder.log()) : 0;
    ProcessRef process =
        host.start(
            new Detached(command, folder.log(), null, null, settings.data())
                .withEnvironment(ChildEnvironment.forDaemon(program.environment())));
    follow(host, process, folder.log(), from);
    UpgradeRecord record = folder.read();
    UpgradeFolder.clean(settings.data());
    return tell(folder, record);
  }

  /** The old program's own command. */
  private List<String> java(UpgradeFolder folder) {
    Path copy = folder.program().resolve(Path.of("/").relativize(PackagedDaemon.HOME));
    var command = new ArrayList<>(List.of("env", "VISCO_HOME=" + program.home()));
    command.add(copy.resolve("runtime/bin/java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-jar", copy.resolve("app/visco.jar").toString(), "upgrade"));
    return command;
  }

  private static List<String> flags(UpgradeFolder folder) {
    return folder.read().flags().entrySet().stream()
        .flatMap(flag -> Stream.of("--set", flag.getKey() + "=" + flag.getValue()))
        .toList();
  }

  private void follow(Host host, ProcessRef process, Path log, long from) throws IOException {
    try (var said = Files.newInputStream(log)) {
      said.skipNBytes(from);
      boolean runs = true;
      while (runs) {
        runs = host.isAlive(process);
        context.err().print(new String(said.readAllBytes(), StandardCharsets.UTF_8));
        if (runs) {
          Waiting.pause(PAUSE);
        }
      }
    }
  }

  private int tell(UpgradeFolder folder, UpgradeRecord record) {
    if (record.stage() == Stage.DONE) {
      context
          .out()
          .println(
              "visco "
                  + record.to()
                  + " serves; what was before is in "
                  + folder.path()
                  + " ("
                  + record.from()
                  + ")");
      return CommandExitCode.OK;
    }
    context
        .err()
        .println(
            record.stage() == Stage.WENT_BACK
                ? "visco: "
                    + record.from()
                    + " serves again, with the store of before. "
                    + record.to()
                    + " was not well: "
                    + record.failure()
                : "visco: the upgrade to "
                    + record.to()
                    + " has not come to an end. Go on with it: visco upgrade --resume (where the"
                    + " program does not start: "
                    + folder.path().resolve(RESUME)
                    + ")");
    return CommandExitCode.FAILED;
  }
}
