package dev.visco.vmm.qemu;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.host.SealedMemory;
import dev.visco.host.SteadyClock;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.vmm.SnapshotParts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memories of snapshots from which several machines may start: each a {@link SealedMemory} of
 * the snapshot's content, which every one of them maps privately. A memory is made when the first
 * machine starts from it. Its machines keep it as long as they run, whatever becomes of the daemon;
 * the daemon keeps it as long as one of them runs, which costs nothing more, and for some time
 * after that within a bound. A later daemon finds it in one of its machines, checks it, and makes
 * it anew where none is left.
 */
final class SharedMemories {
  private static final Logger LOG = LoggerFactory.getLogger(SharedMemories.class);

  /** Long enough for the next of several machines that are created one after the other. */
  private static final Duration IDLE = Duration.ofMinutes(2);

  /** The share of the host's memory for those that no machine has any more. */
  private static final int IDLE_SHARE = 16;

  /** What the name of each begins with. */
  static final String NAME = "visco-memory-";

  private final Host host;
  private final SteadyClock clock;
  private final Duration idle;
  private final long maxIdleBytes;
  private final Executor later;
  private final Map<Digest, Held> held = new HashMap<>();
  private boolean isLater;

  SharedMemories(Host host) {
    this(
        host,
        SteadyClock.ofHost(),
        IDLE,
        (host.memoryMib() << 20) / IDLE_SHARE,
        CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS));
  }

  /**
   * @param idle how long one is kept that no machine has
   * @param maxIdleBytes of the host's memory that those may take together
   * @param later runs what it is given after {@code idle}
   */
  SharedMemories(Host host, SteadyClock clock, Duration idle, long maxIdleBytes, Executor later) {
    this.host = host;
    this.clock = clock;
    this.idle = idle;
    this.maxIdleBytes = maxIdleBytes;
    this.later = later;
  }

  /** A memory by its content. */
  private static final class Held {
    /** Starts that are under way. */
    private int starts;

    private final Set<ProcessRef> machines = new HashSet<>();
    private long used;

    /** Set once, by the first start, while it holds this object. */
    private volatile @Nullable SealedMemory memory;

    private long taken() {
      SealedMemory there = memory;
      return there == null ? 0 : there.taken();
    }
  }

  /** A memory for the start of one machine; it stays until this is closed. */
  final class Loan implements AutoCloseable {
    private final Held from;

    private Loan(Held from) {
      this.from = from;
    }

    /** A path by which root's processes open it until this is closed. */
    Path path() {
      return Objects.requireNonNull(from.memory).path();
    }

    /** Keeps the memory as long as this process runs. */
    void usedBy(ProcessRef machine) {
      synchronized (SharedMemories.this) {
        from.machines.add(machine);
      }
    }

    @Override
    public void close() {
      giveBack(from);
    }
  }

  /**
   * The memory of a snapshot. The first call makes or finds it; others of the same content wait
   * meanwhile.
   *
   * @param mib the memory's size
   * @param installation whose machines may have it
   * @throws HostFault when its file is damaged, or there is no memory for it
   */
  Loan lend(QemuSnapshot snapshot, int mib, InstallationId installation) {
    Path file = snapshot.memory();
    Digest content = SnapshotParts.contentOf(snapshot.folder(), file.getFileName().toString());
    Held one;
    synchronized (this) {
      one = held.computeIfAbsent(content, it -> new Held());
      one.starts++;
    }
    try {
      synchronized (one) {
        if (one.memory == null) {
          Optional<SealedMemory> found = find(content, mib, installation, one);
          one.memory = found.orElseGet(() -> copy(content, file));
        }
      }
      return new Loan(one);
    } catch (RuntimeException | Error e) {
      giveBack(one);
      throw e;
    }
  }

  /**
   * A file that was read before, and is the same before and after it is copied, need not be read in
   * the copy once more.
   */
  private static SealedMemory copy(Digest content, Path file) {
    boolean isKnown = SnapshotParts.isUnchanged(file, content);
    SealedMemory memory = SealedMemory.copyOf(NAME + content.hex(), file);
    try {
      if (!(isKnown && SnapshotParts.isUnchanged(file, content))
          && !SnapshotParts.content(memory.path()).equals(content)) {
        throw new HostFault("the snapshot is damaged: " + file + " was changed");
      }
      return memory;
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  /** Looks for it in the machines of this installation, which an earlier daemon has started. */
  private Optional<SealedMemory> find(
      Digest content, int mib, InstallationId installation, Held into) {
    @Nullable SealedMemory found = null;
    for (RunningProcess process : host.processes()) {
      if (!process.mayBeOf(installation)
          || !process.arguments().contains(QemuCommand.PROGRAM)
          || !process.arguments().contains(QemuCommand.sharedMemory(mib))) {
        continue;
      }
      SealedMemory there = find(process.ref(), content, mib);
      if (there == null) {
        continue;
      }
      synchronized (this) {
        into.machines.add(process.ref());
      }
      if (found == null && SnapshotParts.content(there.path()).equals(content)) {
        found = there;
      } else {
        there.close();
      }
    }
    return Optional.ofNullable(found);
  }

  private static @Nullable SealedMemory find(ProcessRef process, Digest content, int mib) {
    try {
      return SealedMemory.find(process.pid(), NAME + content.hex(), (long) mib << 20).orElse(null);
    } catch (HostFault e) {
      LOG.warn("the memory of {} is made anew: {}", content.brief(), e.getMessage());
      return null;
    }
  }

  private synchronized void giveBack(Held one) {
    one.starts--;
    one.used = clock.nanos();
    drop();
    if (!held.isEmpty() && !isLater) {
      isLater = true;
      later.execute(this::dropLater);
    }
  }

  /** Again and again, as long as any is held. */
  private synchronized void dropLater() {
    drop();
    isLater = !held.isEmpty();
    if (isLater) {
      later.execute(this::dropLater);
    }
  }

  /** Drops those that nobody needs: the longest unused first where they take too much. */
  private void drop() {
    var unused = new ArrayList<Map.Entry<Digest, Held>>();
    for (Map.Entry<Digest, Held> entry : held.entrySet()) {
      Held one = entry.getValue();
      one.machines.removeIf(machine -> !host.isAlive(machine));
      if (!one.machines.isEmpty()) {
        one.used = clock.nanos();
      } else if (one.starts == 0) {
        unused.add(entry);
      }
    }
    unused.sort(Comparator.comparingLong(entry -> -entry.getValue().used));
    long taken = 0;
    for (Map.Entry<Digest, Held> entry : unused) {
      Held one = entry.getValue();
      taken += one.taken();
      if (one.memory == null
          || taken > maxIdleBytes
          || clock.nanos() - one.used >= idle.toNanos()) {
        held.remove(entry.getKey());
        SealedMemory memory = one.memory;
        if (memory != null) {
          memory.close();
          LOG.debug("the memory of {} is dropped", entry.getKey().brief());
        }
      }
    }
  }

  /** The contents that are held now. */
  synchronized List<Digest> contents() {
    return List.copyOf(held.keySet());
  }
}
