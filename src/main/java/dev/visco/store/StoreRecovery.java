package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recovers a store that is damaged, or is missing although there are VMs: from its dated copies in
 * {@code copies/}, and the newer rows in the VMs' folders. A store that is replaced is never
 * deleted, but moved to {@code damaged/}.
 */
final class StoreRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRecovery.class);
  private static final Advice REBUILD =
      Advice.of(
          "Make it anew from the newest good copy and the VMs' folders: {}.",
          new Remedy.RebuildStore());

  private final Path data;
  private final Path file;

  StoreRecovery(Path data) {
    this.data = data;
    this.file = data.resolve(DataFolder.STORE);
  }

  private boolean isThere() throws IOException {
    return Files.exists(file) && Files.size(file) > 0;
  }

  /**
   * To be called before the store is opened. Replaces a damaged store by the newest good copy if
   * the folders have all newer rows; refused if they have not, and for a store of a newer version,
   * whose rows this one could not judge.
   *
   * @return what was done, empty when the store is in order
   */
  Optional<String> prepare() throws IOException, SQLException {
    List<String> folders = RowFiles.folders(data);
    if (!isThere()) {
      if (!folders.isEmpty()) {
        throw refusedNew(folders);
      }
      return Optional.empty();
    }
    int schema = StoreFile.schema(file);
    if (schema > StoreFile.SCHEMA) {
      throw StoreFile.newer(file, schema, wayBack());
    }
    List<String> problems = StoreFile.problems(file);
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    LOG.error("the store {} is damaged: {}", file, problems);
    List<String> unreadable = RowFiles.FoundRowFiles.in(data).unreadable();
    Optional<Path> copy = unreadable.isEmpty() ? goodCopy() : Optional.empty();
    if (copy.isEmpty()) {
      throw refusedDamaged(folders, problems, unreadable);
    }
    return Optional.of(
        "The store was damaged ("
            + problems.getFirst()
            + ") and is kept as "
            + useCopy(copy.get())
            + ". It was started from the copy "
            + copy.get().getFileName()
            + " and from the VMs' folders; events and desktop views since then are lost.");
  }

  /** What to do where this version is older than the store. */
  private Advice wayBack() throws IOException, SQLException {
    Advice install = Advice.words("Install that version again, ");
    for (Path copy : both()) {
      if (isOurs(copy)) {
        return install.and(
            Advice.of(
                "or go back to the newest copy of the store that this version reads: {}. What was"
                    + " changed since then is lost, and VMs that were created since are put aside with"
                    + " their disks.",
                new Remedy.RestoreStore(copy.toString())));
      }
    }
    return install.and(
        Advice.of(
            "or put a backup into an empty folder ({}): there is no copy of the store that this"
                + " version reads.",
            new Remedy.RestoreBackup()));
  }

  /** The dated copies, and those that upgrades made first; the newest first. */
  private List<Path> both() throws IOException {
    var dated = new TreeMap<String, Path>(Comparator.reverseOrder());
    for (Path copy : all()) {
      dated.put(copy.getFileName().toString().replaceAll("^visco-|\\.db$", ""), copy);
    }
    Path upgrades = data.resolve(DataFolder.UPGRADES);
    for (String date : DataFolder.entries(upgrades)) {
      Path copy = upgrades.resolve(date).resolve(DataFolder.STORE);
      if (Files.isRegularFile(copy)) {
        dated.put(date, copy);
      }
    }
    return List.copyOf(dated.values());
  }

  /** Whether a copy is good, and of a schema that this version has or makes its own from. */
  private boolean isOurs(Path copy) throws IOException, SQLException {
    // On a copy of it: the check may write to the file.
    Path half = DurableFiles.half(file);
    try {
      Files.copy(copy, half);
      return StoreFile.schema(half) <= StoreFile.SCHEMA && StoreFile.problems(half).isEmpty();
    } finally {
      deleteWithLog(half);
    }
  }

  /**
   * Replaces the store by a copy; the one that is there goes to {@code damaged/}, whatever it is.
   * Refused for a copy that is damaged or of a newer version.
   *
   * @return where the store is that was replaced; empty when there was none
   */
  Optional<Path> putBack(Path copy) throws IOException, SQLException {
    if (!Files.isRegularFile(copy) || !isOurs(copy)) {
      throw Refused.invalid(
          "COPY",
          copy.toString(),
          "is no copy of a store that is whole and that this version reads",
          "Name a file in " + copies() + ", or one of " + data.resolve(DataFolder.UPGRADES) + ".");
    }
    if (isThere()) {
      return Optional.of(useCopy(copy));
    }
    StoreFile.makePrivate(file);
    Files.copy(copy, file, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return Optional.empty();
  }

  private Refused refusedNew(List<String> folders) {
    return new Refused(
        new Refusal.Conflict(
            "There is no store "
                + file
                + ", but there are folders of VMs in "
                + data.resolve("vms")
                + ": "
                + some(folders)
                + ". A new store would know none of them.",
            Advice.words("Put a copy of it back (from " + copies() + ", as " + file + "), or ")
                .and(
                    Advice.of(
                        "make it from the folders: {}. Or move the folders away.",
                        new Remedy.RebuildStore()))));
  }

  private Refused refusedDamaged(
      List<String> folders, List<String> problems, List<String> unreadable) throws IOException {
    String what = "The store " + file + " cannot be used, it is damaged: " + problems.getFirst();
    if (folders.isEmpty() && all().isEmpty()) {
      return new Refused(
          new Refusal.HostLacks(
              "store",
              what + ". There is no VM's folder, and no copy of it.",
              "Put a copy of it back, or move it away: the next start makes a new one."));
    }
    return new Refused(
        new Refusal.HostLacks(
            "store",
            what
                + (unreadable.isEmpty()
                    ? ". No copy of it is good."
                    : ". These have no readable file of their own rows: " + some(unreadable) + "."),
            REBUILD.and(" Nothing is deleted by it, and VMs go on running meanwhile.")));
  }

  private static String some(List<String> names) {
    return String.join(", ", names.subList(0, Math.min(5, names.size())))
        + (names.size() > 5 ? " and " + (names.size() - 5) + " more" : "");
  }

  private Path copies() {
    return data.resolve("copies");
  }

  /** The copies, newest first. */
  List<Path> all() throws IOException {
    return DataFolder.entries(copies()).stream()
        .filter(name -> name.matches("visco-.*\\.db"))
        .sorted(Comparator.reverseOrder())
        .map(copies()::resolve)
        .toList();
  }

  private Optional<Path> goodCopy() throws IOException, SQLException {
    for (Path copy : all()) {
      // On a copy of it: the check may write to the file.
      Path half = DurableFiles.half(file);
      try {
        Files.copy(copy, half);
        int schema = StoreFile.schema(half);
        List<String> problems =
            schema > StoreFile.SCHEMA
                ? List.of("it is of a newer version (schema " + schema + ")")
                : StoreFile.problems(half);
        if (problems.isEmpty()) {
          return Optional.of(copy);
        }
        LOG.error("the copy {} cannot be used either: {}", copy, problems);
      } finally {
        deleteWithLog(half);
      }
    }
    return Optional.empty();
  }

  private static void deleteWithLog(Path half) throws IOException {
    for (String more : List.of("", "-wal", "-shm", "-journal")) {
      Files.deleteIfExists(half.resolveSibling(half.getFileName() + more));
    }
  }

  /** Replaces the store by a copy. */
  private Path useCopy(Path copy) throws IOException {
    Path half = DurableFiles.half(file);
    try {
      Files.copy(copy, half);
      Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rw-------"));
      Path aside = setAside();
      StoreFile.place(half, file);
      return aside;
    } finally {
      Files.deleteIfExists(half);
    }
  }

  /**
   * Moves the store's logs, which would otherwise be applied to the new store. The file itself gets
   * a second name, so that there is a store at any time.
   */
  private Path setAside() throws IOException {
    Path damaged = privateFolder("damaged");
    String date = StoreFile.date(Instant.now());
    Path aside = damaged.resolve("visco-" + date + ".db");
    Files.createLink(aside, file);
    for (String more : List.of("-wal", "-shm")) {
      Path log = data.resolve(DataFolder.STORE + more);
      if (Files.exists(log)) {
        Files.move(
            log, damaged.resolve(aside.getFileName() + more), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    DurableFiles.syncFolder(damaged);
    DurableFiles.syncFolder(data);
    return aside;
  }

  private Path privateFolder(String name) throws IOException {
    Path folder = Files.createDirectories(data.resolve(name));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return folder;
  }

  /**
   * For {@code visco store rebuild}: replaces the store by the newest good copy, or removes it when
   * there is none.
   *
   * @return the copy; empty when none is good
   */
  Optional<Path> begin() throws IOException, SQLException {
    Optional<Path> copy = goodCopy();
    if (copy.isPresent()) {
      if (isThere()) {
        useCopy(copy.get());
      } else {
        Files.copy(copy.get(), file, StandardCopyOption.REPLACE_EXISTING);
      }
    } else if (isThere()) {
      setAside();
      Files.delete(file);
    }
    return copy;
  }

  /** Whether the store exists and is intact. */
  boolean isGood() throws IOException, SQLException {
    return isThere() && StoreFile.problems(file).isEmpty();
  }

  /**
   * Makes a dated copy, and removes half-written copies and the oldest ones beyond {@code keep}.
   */
  void copy(int keep, Instant now) throws IOException, SQLException {
    Path folder = privateFolder("copies");
    for (String entry : DataFolder.entries(folder)) {
      if (DurableFiles.halfOf(entry.replaceAll("-(wal|shm|journal)$", "")).isPresent()) {
        Files.delete(folder.resolve(entry));
      }
    }
    Path made = folder.resolve("visco-" + StoreFile.date(now) + ".db");
    StoreFile.copy(file, made);
    var old = new ArrayList<>(all());
    old.remove(made); // The new copy must be the newest one, whatever the clock says.
    for (Path copy : old.subList(Math.min(keep - 1, old.size()), old.size())) {
      Files.delete(copy);
    }
  }
}
