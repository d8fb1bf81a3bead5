package dev.visco.host;

import dev.visco.model.Advice;
import dev.visco.model.DiskReserve;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much room a file system has for guests, and what of it is kept back ({@link DiskReserve}).
 * What is free is what users without root's own reserve may still write (statvfs(3), f_bavail). All
 * is in bytes, and looked up at each call.
 */
public final class DiskRoom {
  private final LongSupplier free;
  private final LongSupplier total;
  private final DiskReserve reserve;
  private final Supplier<Object> device;

  public DiskRoom(LongSupplier free, LongSupplier total, DiskReserve reserve) {
    this(free, total, reserve, () -> free);
  }

  private DiskRoom(
      LongSupplier free, LongSupplier total, DiskReserve reserve, Supplier<Object> device) {
    this.free = free;
    this.total = total;
    this.reserve = reserve;
    this.device = device;
  }

  /** That of the file system in which {@code folder} lies, or will lie once it is made. */
  public static DiskRoom of(Path folder, DiskReserve reserve) {
    var system = new OfFolder(folder);
    return new DiskRoom(
        () -> system.ask(FileStore::getUsableSpace),
        () -> system.ask(FileStore::getTotalSpace),
        reserve,
        system::device);
  }

  /** Whether both are of one file system, as things are mounted now. */
  public boolean isSameAs(DiskRoom other) {
    return device.get().equals(other.device.get());
  }

  public long free() {
    return free.getAsLong();
  }

  /** What guests may not have. When no more is free, those that write more are paused. */
  public long reserve() {
    return reserve.bytes(total.getAsLong());
  }

  /** What must be free before anything new is made, or what was paused goes on. */
  public long enough() {
    return reserve.enough(total.getAsLong());
  }

  public long total() {
    return total.getAsLong();
  }

  /**
   * Refused near the reserve, and where what is to be made would lead there.
   *
   * @param takesMib what it takes at once, in MiB
   * @param what it is, like {@code this snapshot}
   */
  public void require(long takesMib, String what) {
    long now = free();
    long enough = enough();
    if (now >= (takesMib << 20) + enough) {
      return;
    }
    throw new Refused(
        new Refusal.HostLacks(
            "disk space",
            "The data folder has %d MiB free; %s takes %d MiB, and %d MiB must be left (the reserve of %d MiB and some room before it)."
                .formatted(now >> 20, what, takesMib, enough >> 20, reserve() >> 20),
            Advice.of(
                "Free some: {} shows snapshots, {} all VMs, {} removes an image; or set a smaller disk.reserve.",
                new Remedy.ListSnapshots(),
                new Remedy.ListVms(true),
                new Remedy.RemoveImage(null))));
  }

  /** What users without root's reserve may still write, in MiB. */
  public static long freeMib(Path folder) {
    return of(folder, DiskReserve.NONE).free() >> 20;
  }

  private interface Question {
    long ask(FileStore store) throws IOException;
  }

  /**
   * The file system of a folder. Finding it reads all mounts; asking it again is one call, by the
   * folder's name, whatever is mounted there by then.
   */
  private static final class OfFolder {
    private final Path folder;
    private volatile @Nullable FileStore found;

    OfFolder(Path folder) {
      this.folder = folder.toAbsolutePath();
    }

    long ask(Question question) {
      try {
        return question.ask(store());
      } catch (IOException e) {
        found = null;
        throw new HostFault(
            "cannot read how much room " + folder + " has: " + HostFault.words(e), e);
      }
    }

    /** Its number, st_dev of stat(2). */
    Object device() {
      try {
        return Files.getAttribute(there(), "unix:dev");
      } catch (IOException e) {
        throw new HostFault(
            "cannot read on which file system " + folder + " lies: " + HostFault.words(e), e);
      }
    }

    /** The folder, or the nearest one above it that is there. */
    private Path there() {
      Path there = folder;
      while (!Files.exists(there)) {
        there = Objects.requireNonNull(there.getParent(), "every absolute path begins at /");
      }
      return there;
    }

    private FileStore store() throws IOException {
      FileStore known = found;
      if (known != null) {
        return known;
      }
      if (Files.exists(folder)) {
        FileStore store = Files.getFileStore(folder);
        found = store;
        return store;
      }
      return Files.getFileStore(there());
    }
  }
}
