package dev.visco.snapshot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.image.Images;
import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotDetails;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.UserId;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.vmm.SnapshotParts.SnapshotPart;
import dev.visco.wire.SpecJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of snapshots, as their owners see them, on this host's disk. */
public final class SnapshotContents implements SnapshotContentService {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotContents.class);
  private final SnapshotRows rows;
  private final SnapshotUses uses;
  private final SnapshotKeys keys;
  private final SnapshotExport exports;
  private final SnapshotImport imports;

  /**
   * @param program the version that is written into exports
   * @param hostMemoryMib no snapshot of a larger machine is taken in
   */
  public SnapshotContents(
      SnapshotRows rows,
      SnapshotUses uses,
      SnapshotFiles files,
      SnapshotKeys keys,
      Images images,
      String program,
      long hostMemoryMib,
      InstantSource clock,
      RandomGenerator random) {
    this.rows = rows;
    this.uses = uses;
    this.keys = keys;
    this.exports = new SnapshotExport(files, keys, images, program, clock);
    this.imports =
        new SnapshotImport(rows, uses, files, keys, images, hostMemoryMib, clock, random);
  }

  private SnapshotRow found(String owner, String name) {
    return rows.find(owner, name)
        .filter(one -> !one.isInternal())
        .orElseThrow(() -> SnapshotRows.unknown(name));
  }

  @Override
  public SnapshotDetails inspect(UserId owner, String name) {
    SnapshotRow row = found(owner.value(), name);
    var users = uses.of(row);
    String digest = row.digest();
    SnapshotPlace place = row.place();
    return new SnapshotDetails(
        Snapshots.snapshot(row, users.size()),
        SpecJson.read(row.spec()).machine(),
        row.format(),
        row.processor(),
        digest == null ? null : new Digest(digest),
        place != null && keys.of(place).exist(),
        parts(row).stream()
            .map(part -> new SnapshotDetails.Part(part.name(), part.bytes(), part.digest()))
            .toList(),
        users);
  }

  /** None while it is being written, and where the lists themselves are damaged. */
  private static List<SnapshotPart> parts(SnapshotRow row) {
    if (!row.isWhole() || row.digest() == null) {
      return List.of();
    }
    try {
      return SnapshotFiles.parts(row.path());
    } catch (HostFault e) {
      LOG.warn("the snapshot {} of {}: {}", row.id(), row.owner(), e.getMessage());
      return List.of();
    }
  }

  @Override
  public SnapshotCheck verify(UserId owner, String name) {
    try (var _ = uses.hold(owner.value(), name, "its check")) {
      return verified(found(owner.value(), name));
    }
  }

  private SnapshotCheck verified(SnapshotRow row) {
    String digest = row.digest();
    if (digest == null) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot "
                  + row.id()
                  + " has no digests: an early version took it, and only its sizes are known.",
              "Take another one."));
    }
    List<String> damage = SnapshotFiles.damage(row.path(), new Digest(digest));
    if (!damage.isEmpty()) {
      rows.damaged(row, String.join("; ", damage));
    }
    List<SnapshotPart> parts = parts(row);
    return new SnapshotCheck(
        parts.size(), parts.stream().mapToLong(SnapshotPart::bytes).sum(), damage);
  }

  @Override
  public Export export(UserId owner, String name) {
    SnapshotUses.Hold hold = uses.hold(owner.value(), name, "an export");
    try {
      SnapshotRow row = found(owner.value(), name);
      requireWhole(row, verified(row));
      return exports.of(row, hold);
    } catch (RuntimeException | Error e) {
      hold.close();
      throw e;
    }
  }

  private static void requireWhole(SnapshotRow row, SnapshotCheck check) {
    if (!check.isWhole()) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot "
                  + row.id()
                  + " is damaged: "
                  + String.join("; ", check.damage())
                  + ".",
              Advice.of("Remove it: {}", new Remedy.RemoveSnapshot(row.id()))));
    }
  }

  @Override
  public void checkImport(UserId owner, String name) {
    imports.requireName(owner, name);
  }

  @Override
  public Snapshot importFrom(UserId owner, String name, InputStream in) {
    imports.requireName(owner, name);
    imports.take(owner, name, in);
    return Snapshots.snapshot(found(owner.value(), name), 0);
  }

  /** Removes copies of disks that a killed daemon was exporting. */
  public void recover() {
    for (SnapshotRow row : rows.list()) {
      if (row.place() != null && Files.isDirectory(row.path())) {
        try (var entries = Files.newDirectoryStream(row.path(), ".root.*")) {
          entries.forEach(SnapshotContents::removeHalf);
        } catch (IOException e) {
          LOG.error("what is left of exports of {} could not be removed", row.id(), e);
        }
      }
    }
  }

  private static void removeHalf(Path entry) {
    if (DurableFiles.halfOf(entry.getFileName().toString()).isPresent()) {
      DurableFiles.deleteTree(entry);
    }
  }
}
