package dev.visco.lifecycle.boot;

import dev.visco.host.Command;
import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.VolumeStore;
import dev.visco.model.VolumeId;
import dev.visco.network.Networks;
import java.io.IOException;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of volumes: {@code volumes/ID.img} in the data folder, each a sparse file with an ext4
 * file system whose label is the volume's id. A file is root's alone but while a machine has it:
 * then it is that machine's user's.
 */
public final class VolumeFiles implements VolumeStore {
  private static final Pattern FILE = Pattern.compile("(vol-[0-9a-f]{8})\\.img");
  private static final int ROOT = 0;
  private static final int STAT_BLOCK = 512;

  private final Host host;
  private final Path folder;
  private final Networks networks;
  private final VolumeTools tools;

  /**
   * @param folder with the files of all volumes; made when the first one is
   */
  public VolumeFiles(Host host, Path folder, Networks networks) {
    this.host = host;
    this.folder = folder;
    this.networks = networks;
    this.tools = new VolumeTools(host);
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
        tools.format(half, id);
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
  public void lend(VmWork work, VolumeId id, long bytes, boolean readOnly) {
    try {
      length(file(id), bytes);
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
