package dev.visco.lifecycle.boot;

import dev.visco.host.Command;
import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.Ext4Tools;
import dev.visco.image.probe.Ext4;
import dev.visco.lifecycle.StagedVolume;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.VolumeStore;
import dev.visco.model.Refused;
import dev.visco.model.Sizes;
import dev.visco.model.Volume;
import dev.visco.model.VolumeId;
import dev.visco.network.Networks;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of volumes: {@code volumes/ID.img} in the data folder, each a sparse file with an ext4
 * file system whose label is the volume's id. A file is root's alone but while a machine has it:
 * then it is that machine's user's.
 */
public final class VolumeFiles implements VolumeStore {
  private static final Pattern FILE = Pattern.compile("(vol-[0-9a-f]{8})\\.img");
  private static final int ROOT = 0;
  private static final int STAT_BLOCK = 512;
  private static final long MIB = 1 << 20;

  /** resize2fs leaves out a last group of blocks that would hold little but its own tables. */
  private static final long SLACK = 4 * MIB;

  private static final Logger LOG = LoggerFactory.getLogger(VolumeFiles.class);

  private final Host host;
  private final Path folder;
  private final Networks networks;
  private final Ext4Tools tools;

  /**
   * @param folder with the files of all volumes; made when the first one is
   */
  public VolumeFiles(Host host, Path folder, Networks networks) {
    this.host = host;
    this.folder = folder;
    this.networks = networks;
    this.tools = new Ext4Tools(host, "volume");
  }

  /** Where a volume's file is below the folder of all volumes. */
  static Path file(Path folder, VolumeId id) {
    return folder.resolve(id + ".img");
  }

  private Path file(VolumeId id) {
    return file(folder, id);
  }

  @Override
  public void make(VolumeId id, long bytes) {
    try {
      DataFolders.passable(folder);
      Path half = DurableFiles.half(file(id));
      try {
        length(half, bytes);
        tools.format(half, id.value());
        finish(half, id);
      } finally {
        Files.deleteIfExists(half);
      }
    } catch (IOException e) {
      throw new HostFault("cannot make " + file(id) + ": " + HostFault.words(e), e);
    }
  }

  /** Durably in place, and root's alone. */
  private void finish(Path half, VolumeId id) throws IOException {
    own(half, ROOT, "rw-------");
    try (FileChannel channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(half, file(id), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncFolder(folder);
  }

  /** Makes a file longer, and makes it where it is not there; what is new is a hole. */
  private static void length(Path file, long bytes) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      if (open.length() < bytes) {
        open.setLength(bytes);
      }
    }
  }

  @Override
  public void remove(VolumeId id) {
    DurableFiles.deleteTree(file(id));
    if (Files.isDirectory(folder)) {
      DurableFiles.syncFolder(folder);
    }
  }

  @Override
  public Set<VolumeId> sweep() {
    var found = new HashSet<VolumeId>();
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder)) {
        for (Path entry : entries) {
          String name = entry.getFileName().toString();
          Matcher volume = FILE.matcher(name);
          if (volume.matches()) {
            found.add(new VolumeId(volume.group(1)));
          } else if (DurableFiles.halfOf(name).isPresent()) {
            DurableFiles.deleteTree(entry);
          }
        }
      } catch (IOException e) {
        throw new HostFault("cannot read " + folder + ": " + HostFault.words(e), e);
      }
    }
    return found;
  }

  @Override
  public Map<VolumeId, Long> taken(Set<VolumeId> ids) {
    var there = ids.stream().filter(id -> Files.exists(file(id))).sorted(BY_VALUE).toList();
    var taken = new HashMap<VolumeId, Long>();
    ids.forEach(id -> taken.put(id, 0L));
    if (there.isEmpty()) {
      return taken;
    }
    var words = new ArrayList<>(List.of("stat", "--format=%b %n"));
    there.forEach(id -> words.add(id + ".img"));
    // One that is removed meanwhile makes it fail, and the others are told all the same.
    host.run(Command.of(words).in(folder))
        .output()
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(line ->
            taken.put(
                new VolumeId(line[1].replace(".img", "")), Long.parseLong(line[0]) * STAT_BLOCK));
    return taken;
  }

  private static final java.util.Comparator<VolumeId> BY_VALUE =
      java.util.Comparator.comparing(VolumeId::value);

  @Override
  public void mend(VolumeId id) {
    tools.mend(file(id));
  }

  @Override
  public void grow(VolumeId id, long bytes) {
    lengthen(id, bytes);
    tools.grow(file(id));
  }

  @Override
  public void lengthen(VolumeId id, long bytes) {
    try {
      length(file(id), bytes);
    } catch (IOException e) {
      throw new HostFault("cannot make " + file(id) + " longer: " + HostFault.words(e), e);
    }
  }

  @Override
  public void export(VolumeId id, OutputStream out) throws IOException {
    SparseGzip.write(file(id), out);
  }

  @Override
  public StagedVolume receive(VolumeId id, InputStream in, long maxBytes, LongConsumer room)
      throws IOException {
    DataFolders.passable(folder);
    var staged = new Staged(id, DurableFiles.half(file(id)));
    try {
      staged.read(in, maxBytes, room);
      return staged;
    } catch (IOException | RuntimeException | Error e) {
      staged.close();
      throw e;
    }
  }

  /** A file that bears no volume's name yet. */
  private final class Staged implements StagedVolume {
    private final VolumeId id;
    private final Path half;
    private long bytes;

    Staged(VolumeId id, Path half) {
      this.id = id;
      this.half = half;
    }

    private void read(InputStream in, long maxBytes, LongConsumer room) throws IOException {
      try {
        long read = SparseGzip.read(in, half, maxBytes, room);
        bytes = Math.max(Volume.MIN_BYTES, (read + MIB - 1) / MIB * MIB);
      } catch (SparseGzip.TooLong e) {
        throw unusable("has more than " + Sizes.bytesText(maxBytes));
      }
      Ext4 found = Ext4.at(half).orElseThrow(() -> unusable("is no ext4 file system"));
      if (found.bytes() > bytes) {
        throw unusable(
            "is not whole: its file system has " + found.bytes() + " bytes, and it " + bytes);
      }
      length(half, bytes);
      if (found.needsRecovery()) {
        tools.mend(half); // It was in use when it was copied.
      }
      tools.check(half);
      tools.label(half, id.value());
    }

    private static Refused unusable(String why) {
      return Refused.invalid(
          "file",
          "volume",
          why,
          "Give a file that an export wrote, or an ext4 file system without partitions.");
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void finish() {
      try {
        VolumeFiles.this.finish(half, id);
      } catch (IOException e) {
        throw new HostFault("cannot keep " + file(id) + ": " + HostFault.words(e), e);
      }
    }

    @Override
    public void close() {
      DurableFiles.deleteTree(half);
    }
  }

  /**
   * What was made longer while its guest could not grow the file system is grown now, and a guest
   * that can only read gets one whose journal is replayed. One that is damaged is the guest's to
   * mend, or its report says that it is not mounted.
   */
  private void fit(VolumeId id, long bytes, boolean readOnly) throws IOException {
    length(file(id), bytes);
    Ext4 found = Ext4.at(file(id)).orElse(null);
    boolean isTooSmall = found != null && found.bytes() + SLACK < bytes;
    if (isTooSmall || (readOnly && found != null && found.needsRecovery())) {
      try {
        tools.mend(file(id));
        if (isTooSmall) {
          tools.grow(file(id));
        }
      } catch (Refused | HostFault e) {
        LOG.warn("volume {}: {}", id, e.getMessage());
      }
    }
  }

  @Override
  public void lend(VmWork work, VolumeId id, long bytes, boolean readOnly) {
    try {
      fit(id, bytes, readOnly);
      own(file(id), networks.plan(work.slot()).uid(), readOnly ? "r--------" : "rw-------");
    } catch (IOException e) {
      throw new HostFault("cannot give " + file(id) + " to a VMM: " + HostFault.words(e), e);
    }
  }

  @Override
  public void takeBack(VolumeId id) {
    if (Files.exists(file(id))) {
      try {
        own(file(id), ROOT, "rw-------");
      } catch (IOException e) {
        throw new HostFault("cannot take back " + file(id) + ": " + HostFault.words(e), e);
      }
    }
  }

  private static void own(Path file, int uid, String mode) throws IOException {
    Files.setAttribute(file, "unix:gid", uid);
    Files.setAttribute(file, "unix:uid", uid);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
