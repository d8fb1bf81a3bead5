package dev.visco.snapshot;

import dev.visco.archive.ArchiveReader;
import dev.visco.archive.SparseCopy;
import dev.visco.host.HostFault;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.QcowHeader;
import dev.visco.lifecycle.SnapshotKeys;
import dev.visco.lifecycle.SnapshotStore.SealedSnapshot;
import dev.visco.lifecycle.SnapshotUses;
import dev.visco.lifecycle.boot.SnapshotFiles;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Origin;
import dev.visco.model.Progress;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.session.VmKeys;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.vmm.SnapshotParts;
import dev.visco.wire.SpecJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes snapshots of files that an export wrote. The row is there before the first file, and whole
 * after everything was checked: the archive's digests, the VMM's own list of its files, the head of
 * the disk. Whatever fails leaves nothing, and a killed daemon's is removed at the next start.
 */
final class SnapshotImport {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotImport.class);
  private static final int MAX_KEY = 16 << 10;

  /** What a disk of ours may come to beyond its size, and what a VMM writes besides the memory. */
  private static final long SPARE = 1L << 30;

  private final SnapshotRows rows;
  private final SnapshotUses uses;
  private final SnapshotFiles files;
  private final SnapshotKeys keys;
  private final Images images;
  private final long hostMemoryMib;
  private final InstantSource clock;
  private final RandomGenerator random;

  SnapshotImport(
      SnapshotRows rows,
      SnapshotUses uses,
      SnapshotFiles files,
      SnapshotKeys keys,
      Images images,
      long hostMemoryMib,
      InstantSource clock,
      RandomGenerator random) {
    this.rows = rows;
    this.uses = uses;
    this.files = files;
    this.keys = keys;
    this.images = images;
    this.hostMemoryMib = hostMemoryMib;
    this.clock = clock;
    this.random = random;
  }

  /** Refuses a name that is none, or that the owner has given already. */
  void requireName(UserId owner, String name) {
    Snapshot.checkName(name);
    if (rows.find(owner.value(), name).isPresent()) {
      throw new Refused(
          new Refusal.Conflict(
              "There is a snapshot \"" + name + "\" already.",
              Advice.of("Use another name, or remove it: {}", new Remedy.RemoveSnapshot(name))));
    }
  }

  /** Takes all of it. */
  void take(UserId owner, String name, InputStream in) {
    try (var taking = new Taking(owner, name)) {
      try {
        new ArchiveReader<>(SnapshotHeader.KIND, Progress.SILENT)
            .read(in, name, Long.MAX_VALUE, "read the snapshot", taking);
        taking.complete();
      } catch (RuntimeException | Error e) {
        taking.discard(e);
        throw e;
      }
    }
  }

  private static Refused unusable(String name, String why) {
    return Refused.invalid(
        "FILE", name, "is no snapshot that can be used: " + why, "Export it again, and take that.");
  }

  /** One import. */
  private final class Taking implements ArchiveReader.Taker<SnapshotHeader>, AutoCloseable {
    private final UserId owner;
    private final String name;
    private final KeysInMemory held = new KeysInMemory();
    private @Nullable SnapshotRow row;
    private SnapshotUses.@Nullable Hold hold;
    private @Nullable Image image;
    private long bytesLeft;
    private long dataLeft;

    Taking(UserId owner, String name) {
      this.owner = owner;
      this.name = name;
    }

    @Override
    public void header(SnapshotHeader header) {
      if (header.format() != SnapshotHeader.FORMAT) {
        throw unusable(
            name,
            "its format is "
                + header.format()
                + ", and this version reads "
                + SnapshotHeader.FORMAT);
      }
      VmSpec spec = SpecJson.read(header.spec());
      int memoryMib = spec.machine().memoryMib();
      if (memoryMib > hostMemoryMib) {
        throw unusable(
            name, "it has " + memoryMib + " MiB of memory, and this host " + hostMemoryMib);
      }
      image = image(header);
      long largest = ((long) memoryMib << 20) + 2 * (files.roomMib() << 20) + SPARE;
      if (header.data() < 0 || header.data() > header.bytes() || header.bytes() > largest) {
        throw unusable(name, "the sizes that it tells cannot be");
      }
      bytesLeft = header.bytes();
      dataLeft = header.data();
      SnapshotPlace place = SnapshotPlace.random(random);
      SnapshotRow made = row(header, spec, place);
      hold = uses.holding(made, "its import");
      rows.insert(made);
      row = made;
      files.makeFor(made.path(), (header.data() >> 20) + 1);
    }

    private Image image(SnapshotHeader header) {
      try {
        return images.byDigest(new Digest(header.image()));
      } catch (Refused e) {
        throw new Refused(
            new Refusal.Conflict(
                "The snapshot needs the image "
                    + header.imageName()
                    + " with the digest "
                    + header.image()
                    + ", which is not here.",
                Advice.of(
                    "Import that image first: {} shows how, and {} what there is.",
                    new Remedy.ImportImage(),
                    new Remedy.ListImages())));
      }
    }

    private SnapshotRow row(SnapshotHeader header, VmSpec spec, SnapshotPlace place) {
      VmSpec own =
          spec.with(Purpose.USER, owner)
              .with(new Origin.FromImage(spec.origin().image()))
              .with(List.of());
      return new SnapshotRow(
          name,
          new VmId(header.vm()),
          owner.value(),
          SpecJson.line(own),
          header.image(),
          spec.release(),
          header.snapshotFormat(),
          files.folder(place).toString(),
          header.taken().toEpochMilli(),
          null,
          null,
          SnapshotState.WRITING,
          SnapshotRetention.KEPT,
          place,
          null,
          clock.millis(),
          SnapshotConsistency.of(header.consistency()),
          header.processor());
    }

    private SnapshotRow made() {
      if (row == null) {
        throw new IllegalStateException("a file came before the header");
      }
      return row;
    }

    @Override
    public void folder(TarArchiveEntry entry) {
      throw unusable(name, entry.getName() + " is a folder");
    }

    @Override
    public void file(TarArchiveEntry entry, InputStream content) throws IOException {
      String file = entry.getName();
      if (file.startsWith(SnapshotHeader.KEYS)) {
        byte[] key = content.readNBytes(MAX_KEY + 1);
        if (key.length > MAX_KEY) {
          throw unusable(name, file + " is too long for a key");
        }
        held.write(Map.of(file.substring(SnapshotHeader.KEYS.length()), key));
        return;
      }
      bytesLeft -= entry.getSize();
      if (bytesLeft < 0) {
        throw unusable(name, "it has more than it tells");
      }
      SparseCopy.write(made().path().resolve(file), content, entry.getSize(), this::count);
    }

    private void count(int bytes) {
      dataLeft -= bytes;
      // A file system may tell of data in blocks of its own size, and this counts in others.
      if (dataLeft < -SPARE / 16) {
        throw unusable(name, "it has more data than it tells");
      }
    }

    /** What was read is what was written; now it has to be a snapshot. */
    void complete() {
      SnapshotRow made = made();
      Path folder = made.path();
      Path machine = folder.resolve(SnapshotHeader.MACHINE);
      requireDisk(folder);
      try {
        if (made.consistency().hasMemory()) {
          SnapshotParts.require(machine);
        } else if (SnapshotParts.isListed(machine)) {
          throw unusable(name, "it is of a disk alone, and has memory");
        }
      } catch (HostFault e) {
        throw unusable(name, e.getMessage() + "");
      }
      new VmKeys(held).copyTo(keys.of(Objects.requireNonNull(made.place())));
      SealedSnapshot sealed = files.seal(folder);
      rows.written(made.owner(), made.id(), sealed.bytes(), sealed.digest().value());
      LOG.info(
          "the snapshot {} of {} was imported, with {} bytes",
          made.id(),
          made.owner(),
          sealed.bytes());
    }

    /** It may have QEMU open the image below it, and nothing else. */
    private void requireDisk(Path folder) {
      Path layer = folder.resolve("root.qcow2");
      Path raw = folder.resolve("root.raw");
      if (Files.exists(layer) == Files.exists(raw)) {
        throw unusable(name, "it has not exactly one disk");
      }
      if (Files.exists(layer)) {
        QcowHeader.objection(layer)
            .ifPresent(why -> {
              throw unusable(name, "of its disk, " + why);
            });
        if (QcowHeader.below(layer).isPresent()) {
          files.layOver(folder, Objects.requireNonNull(image).rootfs());
        }
      }
    }

    void discard(Throwable why) {
      SnapshotRow begun = row;
      if (begun == null) {
        return;
      }
      try {
        files.remove(begun.path());
        rows.remove(begun.owner(), begun.id());
        if (begun.place() != null) {
          keys.forget(begun.place());
        }
      } catch (RuntimeException e) {
        why.addSuppressed(e); // What is left goes at the next start.
      }
    }

    @Override
    public void close() {
      if (hold != null) {
        hold.close();
      }
    }
  }
}
