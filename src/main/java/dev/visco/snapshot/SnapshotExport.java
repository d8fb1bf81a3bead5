package dev.visco.snapshot;

import dev.visco.archive.ArchiveWriter;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.SparseFile;
import dev.visco.image.Images;
import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.session.VmKeys;
import dev.visco.store.SnapshotRow;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SnapshotParts.SnapshotPart;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes whole snapshots to one file each. Its disk lies over an image's alone then: what it has of
 * its parents is written into a copy first.
 */
final class SnapshotExport {
  private final SnapshotFiles files;
  private final SnapshotKeys keys;
  private final Images images;
  private final String program;
  private final InstantSource clock;

  SnapshotExport(
      SnapshotFiles files, SnapshotKeys keys, Images images, String program, InstantSource clock) {
    this.files = files;
    this.keys = keys;
    this.images = images;
    this.program = program;
    this.clock = clock;
  }

  /**
   * Prepares the export of a snapshot that was checked.
   *
   * @param hold on it, which is closed with the export
   */
  SnapshotContentService.Export of(SnapshotRow row, SnapshotUses.Hold hold) {
    Path copy = files.wholeDisk(row.path());
    try {
      SequencedMap<String, Path> entries = entries(row.path(), copy);
      SnapshotHeader header = header(row, entries);
      Map<String, byte[]> held = keys(row);
      return new Prepared(header, entries, held, copy, hold);
    } catch (IOException e) {
      remove(copy);
      throw new HostFault("cannot read the snapshot " + row.id() + ": " + HostFault.words(e), e);
    } catch (RuntimeException | Error e) {
      remove(copy);
      throw e;
    }
  }

  private static void remove(@Nullable Path copy) {
    if (copy != null) {
      DurableFiles.deleteTree(copy);
    }
  }

  /**
   * @param copy of its disk that is written instead; null for none
   */
  private static SequencedMap<String, Path> entries(Path folder, @Nullable Path copy) {
    var entries = new LinkedHashMap<String, Path>();
    String disk = SnapshotFiles.disk(folder).getFileName().toString();
    for (SnapshotPart part : SnapshotFiles.parts(folder)) {
      boolean isCopied = copy != null && part.name().equals(disk);
      entries.put(part.name(), isCopied ? copy : folder.resolve(part.name()));
    }
    return entries;
  }

  private SnapshotHeader header(SnapshotRow row, Map<String, Path> entries) throws IOException {
    long bytes = 0;
    long data = 0;
    for (Path file : entries.values()) {
      bytes += Files.size(file);
      for (SparseFile.DataRange range : SparseFile.data(file)) {
        data += range.end() - range.start();
      }
    }
    return new SnapshotHeader(
        SnapshotHeader.FORMAT,
        program,
        clock.instant(),
        row.id(),
        row.vm().value(),
        row.spec(),
        row.image(),
        images.byDigest(new Digest(row.image())).manifest().name(),
        row.format(),
        Instant.ofEpochMilli(row.created()),
        row.consistency().word(),
        row.processor(),
        bytes,
        data);
  }

  private Map<String, byte[]> keys(SnapshotRow row) {
    var held = new KeysInMemory();
    if (row.place() != null) {
      keys.of(row.place()).copyTo(new VmKeys(held));
    }
    return held.all();
  }

  private record Prepared(
      SnapshotHeader header,
      SequencedMap<String, Path> entries,
      Map<String, byte[]> keys,
      @Nullable Path copy,
      SnapshotUses.Hold hold)
      implements SnapshotContentService.Export {
    @Override
    public void to(OutputStream out) throws IOException {
      var archive = new ArchiveWriter(out, "write the snapshot", header.data(), Progress.SILENT);
      archive.bytes(SnapshotHeader.KIND.header(), Json.bytes(header));
      for (var key : keys.entrySet()) {
        archive.bytes(SnapshotHeader.KEYS + key.getKey(), key.getValue());
      }
      for (var entry : entries.entrySet()) {
        if (!entry.getKey().equals(SnapshotParts.LIST)) {
          archive.file(entry.getKey(), entry.getValue());
        }
      }
      archive.finish();
      archive.close();
    }

    @Override
    public void close() {
      try {
        remove(copy);
      } finally {
        hold.close();
      }
    }
  }
}
