package dev.visco.upgrade;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.store.DataFolder;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * The folder of one upgrade, {@code upgrades/DATE} in the data folder, for root alone: both
 * packages, the store and the settings as they were before, what the upgrade has said, and how far
 * it has come.
 *
 * @param path named by the time of its beginning, like the store's copies
 */
public record UpgradeFolder(Path path) {
  /** How many that have ended are kept for a way back by hand. */
  private static final int KEPT = 2;

  private static final String RECORD = "upgrade.json";

  /** As the store's copies are named, so that they sort together. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

  /** Makes a new one; it counts from its first {@link #write} on. */
  static UpgradeFolder make(Path data, Instant now) throws IOException {
    Path all = DataFolders.closed(data.resolve(DataFolder.UPGRADES));
    return new UpgradeFolder(DataFolders.closed(all.resolve(DATE.format(now))));
  }

  /** All of a data folder, the newest first. */
  static List<UpgradeFolder> all(Path data) {
    Path folder = data.resolve(DataFolder.UPGRADES);
    try {
      return DataFolder.entries(folder).stream()
          .filter(name -> name.matches("[0-9]{8}T[0-9]{9}Z"))
          .sorted(Comparator.reverseOrder())
          .map(name -> new UpgradeFolder(folder.resolve(name)))
          .toList();
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder + ": " + HostFault.words(e), e);
    }
  }

  /** The one that was cut off; empty when there is none. */
  public static Optional<UpgradeFolder> unfinished(Path data) {
    return all(data).stream()
        .filter(one -> one.find().filter(record -> !record.stage().isEnd()).isPresent())
        .findFirst();
  }

  /** Removes what never counted, the programs of those that have ended, and the oldest of them. */
  public static void clean(Path data) {
    var ended = new ArrayList<UpgradeFolder>();
    for (UpgradeFolder one : all(data)) {
      Optional<UpgradeRecord> record = one.find();
      if (record.isEmpty()) {
        DurableFiles.deleteTree(one.path());
      } else if (record.get().stage().isEnd()) {
        DurableFiles.deleteTree(one.program());
        ended.add(one);
      }
    }
    ended.stream().skip(KEPT).forEach(one -> DurableFiles.deleteTree(one.path()));
  }

  /** The package that is to be installed. */
  public Path newPackage() {
    return path.resolve("new.deb");
  }

  /** The package that was installed, put together again. */
  public Path oldPackage() {
    return path.resolve("old.deb");
  }

  /** The files of the old program, which carries the upgrade out. */
  public Path program() {
    return path.resolve("program");
  }

  /** The store as it was before; absent where there was none. */
  public Path store() {
    return path.resolve(DataFolder.STORE);
  }

  /** The settings, VM types and recipes of before. */
  Path settings() {
    return path.resolve("settings");
  }

  /** What the upgrade says while it works. */
  public Path log() {
    return path.resolve("log");
  }

  /** How far it has come. */
  public UpgradeRecord read() {
    return find()
        .orElseThrow(() -> new HostFault("there is no upgrade in " + path + ", or none any more"));
  }

  private Optional<UpgradeRecord> find() {
    Path file = path.resolve(RECORD);
    try {
      return Files.exists(file)
          ? Optional.of(Json.read(Files.readString(file), UpgradeRecord.class))
          : Optional.empty();
    } catch (IOException | JacksonException e) {
      throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  UpgradeRecord write(UpgradeRecord record) {
    DurableFiles.write(
        path.resolve(RECORD), Json.pretty(record).getBytes(StandardCharsets.UTF_8), "rw-------");
    return record;
  }
}
