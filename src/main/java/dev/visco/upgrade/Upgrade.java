package dev.visco.upgrade;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Advice;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.store.Store;
import dev.visco.upgrade.UpgradeRecord.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Replaces the installed package by that of a file.
 *
 * <ol>
 *   <li>{@link #prepare}: the file is checked, what it depends on installed, and the old package
 *       put together again. The daemon serves meanwhile.
 *   <li>The daemon is stopped, and the store copied as it is then.
 *   <li>The new package is installed and its daemon started. When it serves within the deadline all
 *       is done.
 *   <li>Otherwise it is stopped, the store and the settings are put back, the old package is
 *       installed, and its daemon started.
 * </ol>
 *
 * <p>Each step is recorded before it begins and safe to repeat. {@link #finish} is carried out by
 * the copy of the old program in the upgrade's folder: the new one may not even start.
 */
public final class Upgrade {
  /** Until the old daemon serves again. */
  private static final Duration OLD_START = Duration.ofMinutes(15);

  private final DebianPackages packages;
  private final String name;
  private final Path home;
  private final Path data;
  private final Path configuration;
  private final Progress progress;
  private final InstantSource clock;

  /**
   * @param name of the package
   * @param home the installed program's folder
   * @param configuration the folder of settings, VM types and recipes
   */
  public Upgrade(
      DebianPackages packages,
      String name,
      Path home,
      Path data,
      Path configuration,
      Progress progress,
      InstantSource clock) {
    this.packages = packages;
    this.name = name;
    this.home = home;
    this.data = data;
    this.configuration = configuration;
    this.progress = progress;
    this.clock = clock;
  }

  /**
   * Checks a package's file and makes all ready; nothing of the program and of the data is changed.
   * Refused is a file that is no package of Visco's for this host, an older version unless that is
   * allowed, and any while an earlier upgrade has not come to its end.
   *
   * @param flags see {@link UpgradeRecord}
   */
  public UpgradeFolder prepare(
      Path file, boolean mayBeOlder, Duration deadline, Map<String, String> flags) {
    UpgradeFolder.unfinished(data)
        .ifPresent(one -> {
          throw new Refused(
              new Refusal.Conflict(
                  "An upgrade to " + one.read().to() + " was cut off.",
                  Advice.of("Bring it to its end: {}.", new Remedy.ResumeUpgrade())));
        });
    UpgradeFolder.clean(data);
    String from =
        packages
            .installed(name)
            .orElseThrow(() -> new HostFault("dpkg knows of no package " + name));
    Instant now = clock.instant();
    UpgradeFolder folder = null;
    try {
      folder = UpgradeFolder.make(data, now);
      PackageFile wanted = checked(take(file, folder), file, from, mayBeOlder);
      progress.report("put the package " + name + " " + from + " together for the way back", -1);
      new OldPackage(packages, name, home.resolve("conffiles"))
          .write(folder.program(), folder.oldPackage());
      progress.report("check which packages " + wanted.version() + " needs", -1);
      packages.installDependencies(wanted);
      folder.write(
          new UpgradeRecord(Stage.PREPARED, from, wanted.version(), now, deadline, flags, null));
      return folder;
    } catch (IOException e) {
      throw new HostFault("cannot write the upgrade's files: " + HostFault.words(e), e);
    } finally {
      // What has no record by now is in nobody's way any more.
      UpgradeFolder.clean(data);
    }
  }

  private static Path take(Path file, UpgradeFolder folder) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw Refused.invalid(
          "FILE", file.toString(), "is no file", "Name a .deb that dist/build-deb has made.");
    }
    // Whatever becomes of the caller's file: this one is checked, and this one is installed.
    return Files.copy(file, folder.newPackage());
  }

  private PackageFile checked(Path copy, Path given, String from, boolean mayBeOlder) {
    progress.report("check " + given, -1);
    PackageFile wanted = packages.read(copy, given);
    if (!wanted.name().equals(name)) {
      throw Refused.invalid(
          "FILE",
          given.toString(),
          "is a package " + wanted.name() + ", and not " + name,
          "Name one of " + name + ".");
    }
    String architecture = packages.architecture();
    if (!wanted.architecture().equals("all") && !wanted.architecture().equals(architecture)) {
      throw Refused.invalid(
          "FILE",
          given.toString(),
          "is for " + wanted.architecture() + ", and this host is " + architecture,
          "Name one for " + architecture + ".");
    }
    if (!mayBeOlder && packages.isOlder(wanted.version(), from)) {
      throw Refused.invalid(
          "FILE",
          given.toString(),
          "is version " + wanted.version() + ", older than the installed " + from,
          "Add --allow-downgrade: a store that the installed version has brought to a newer schema"
              + " is refused by an older one, which is then rolled back.");
    }
    return wanted;
  }

  /** Unpacks the old program again where it was removed. */
  public void ensureProgram(UpgradeFolder folder) {
    if (!Files.isDirectory(folder.program())) {
      packages.unpack(folder.oldPackage(), folder.program());
    }
  }

  /**
   * Brings an upgrade to one of its two ends, from wherever it is.
   *
   * @throws HostFault when neither can be reached now; it goes on from there when this is repeated
   */
  public UpgradeRecord finish(UpgradeFolder folder, InstalledDaemon daemon) {
    UpgradeRecord record = folder.read();
    if (record.stage() == Stage.PREPARED) {
      record = copy(folder, record, daemon);
    }
    if (record.stage() == Stage.COPIED) {
      record = replace(folder, record, daemon);
    }
    if (record.stage() == Stage.GOING_BACK) {
      record = goBack(folder, record, daemon);
    }
    return record;
  }

  private UpgradeRecord copy(UpgradeFolder folder, UpgradeRecord record, InstalledDaemon daemon) {
    progress.report("stop the daemon and copy its store; VMs go on running", -1);
    try {
      daemon.stop();
      Files.deleteIfExists(folder.store());
      Store.copyClosed(data, folder.store());
      DurableFiles.deleteTree(folder.settings());
      copyTree(configuration, folder.settings());
      return folder.write(record.at(Stage.COPIED));
    } catch (IOException | RuntimeException e) {
      // Nothing was replaced, and the daemon must not stay stopped, whatever failed.
      Optional<String> dead = daemon.start(OLD_START);
      String why = "the store could not be copied: " + e.getMessage();
      if (dead.isPresent()) {
        throw new HostFault(why + "; and the daemon does not serve again: " + dead.get(), e);
      }
      return folder.write(record.failed(Stage.WENT_BACK, why));
    }
  }

  private UpgradeRecord replace(
      UpgradeFolder folder, UpgradeRecord record, InstalledDaemon daemon) {
    progress.report("install " + name + " " + record.to(), -1);
    daemon.stop();
    Optional<String> failure = packages.install(name, folder.newPackage(), home);
    if (failure.isEmpty()) {
      progress.report("wait until the daemon of " + record.to() + " serves", -1);
      failure = daemon.start(record.deadline());
    }
    return folder.write(
        failure.isEmpty() ? record.at(Stage.DONE) : record.failed(Stage.GOING_BACK, failure.get()));
  }

  /** The store first: no daemon of the old program may ever see the new one's. */
  private UpgradeRecord goBack(UpgradeFolder folder, UpgradeRecord record, InstalledDaemon daemon) {
    progress.report(
        record.to() + " is not well (" + record.failure() + "); go back to " + record.from(), -1);
    daemon.stop();
    try {
      if (Files.exists(folder.store())) {
        Store.putBack(
            data,
            folder.store(),
            "The upgrade to "
                + record.to()
                + " was rolled back, and the store with it: "
                + record.failure(),
            clock.instant());
      }
      copyTree(folder.settings(), configuration);
    } catch (IOException e) {
      throw new HostFault("the store or the settings cannot be put back: " + e.getMessage(), e);
    }
    Optional<String> failure = packages.install(name, folder.oldPackage(), home);
    if (failure.isEmpty()) {
      progress.report("wait until the daemon of " + record.from() + " serves", -1);
      failure = daemon.start(OLD_START);
    }
    if (failure.isPresent()) {
      throw new HostFault(
          "the way back to " + record.from() + " is not whole yet: " + failure.get());
    }
    return folder.write(record.at(Stage.WENT_BACK));
  }

  /** Copies files that are missing or differ, with their modes; others stay. */
  private static void copyTree(Path from, Path to) throws IOException {
    if (!Files.isDirectory(from)) {
      return;
    }
    try (var all = Files.walk(from)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        if (!Files.isRegularFile(target) || Files.mismatch(file, target) >= 0) {
          DurableFiles.write(
              target,
              Files.readAllBytes(file),
              PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause(); // A folder that cannot be read.
    }
  }
}
