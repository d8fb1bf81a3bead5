package dev.visco.store;

import dev.visco.host.ProcessRef;
import dev.visco.model.InstallationId;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of one host in its data folder, in SQLite with a write-ahead log that is synced at every
 * commit. Only one process can have it open.
 */
public final class Store implements Transactions, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);
  private static final String INSTALLATION = "installation";

  private final Path data;
  private final FolderLock lock;
  private final Database rows;
  private final RowFiles files;
  private final String host;
  private final List<String> findings = new ArrayList<>();
  private final EventSignal events = new EventSignal();

  /** The keys whose files the current write transaction changes. */
  private final Set<String> touched = new LinkedHashSet<>();

  /**
   * @param hostName null to keep the name in the rows
   * @param replaced why the store was replaced by a copy, empty if it was not
   */
  private Store(
      Path data,
      FolderLock lock,
      Connection writer,
      Connection reader,
      @Nullable String hostName,
      Optional<String> replaced)
      throws SQLException, IOException {
    this.data = data;
    this.lock = lock;
    this.rows = new Database(Dialect.SQLITE, writer, reader);
    this.files =
        new RowFiles(data, key -> rows.read(sql -> RowFile.of(sql, key, StoreFile.SCHEMA)));
    RowTriggers.add(writer, touched::add);
    String recorded =
        rows.read(FolderHost::recorded)
            .orElse(Objects.requireNonNullElse(hostName, FolderHost.DEFAULT));
    takeFromFolders(replaced, recorded);
    // After the merge: renaming changes rows, which would then seem newer than the files.
    String name = Objects.requireNonNullElse(hostName, recorded);
    this.host = write(sql -> FolderHost.rename(sql, recorded, name));
  }

  /**
   * Opens the store in this folder, and creates it if needed. A damaged store is replaced by its
   * newest good copy, and one that is older than the VMs' folders is updated from them ({@link
   * #findings}). Refused while another process has it open, when a newer Visco wrote it, when a
   * repair would lose something, and when there are VMs but no store.
   */
  public static Store open(Path data) {
    return open(data, null);
  }

  /**
   * As {@link #open(Path)}.
   *
   * @param hostName the new name of this host; null to keep its name
   */
  public static Store open(Path data, @Nullable String hostName) {
    return locked(
        data,
        lock -> {
          Optional<String> replaced = new StoreRecovery(data).prepare();
          return open(data, lock, hostName, replaced);
        });
  }

  /**
   * Opens the store of a data folder that was put back from a backup: what is newer in the VMs'
   * folders is taken, and VMs without a folder are destroyed.
   */
  public static Store openRestored(Path data) {
    return locked(
        data, lock -> open(data, lock, null, Optional.of("The store was put back from a backup.")));
  }

  /**
   * What became of a data folder whose store was replaced by a copy.
   *
   * @param replaced where the store is that was there before; null for none
   * @param findings what was taken from the VMs' folders, and which VMs are gone, for people
   */
  public record PutBack(@Nullable String replaced, List<String> findings) {}

  /**
   * Replaces the store by a copy of it, while nobody has it open. What is newer in the VMs' folders
   * is taken, where this version reads it; VMs without a folder are destroyed.
   *
   * @param copy refused when it is damaged, or of a newer version
   * @param why for the event that tells of it
   */
  public static PutBack putBack(Path data, Path copy, String why, Instant now) {
    return locked(
        data,
        lock -> {
          Optional<Path> replaced = new StoreRecovery(data).putBack(copy);
          try (var store = open(data, lock, null, Optional.of(why))) {
            new EventRows(store, store.host())
                .add(
                    EventKind.STORE_RESTORED,
                    null,
                    String.join(" ", store.findings()),
                    now.toEpochMilli());
            return new PutBack(replaced.map(Path::toString).orElse(null), store.findings());
          }
        });
  }

  /**
   * Copies the store of a folder that nobody has open; refused while somebody has.
   *
   * @return false when there is no store yet
   */
  public static boolean copyClosed(Path data, Path target) {
    return locked(
        data,
        lock -> {
          try (lock) {
            boolean isThere = Files.exists(data.resolve(DataFolder.STORE));
            if (isThere) {
              StoreFile.copy(data.resolve(DataFolder.STORE), target);
            }
            return isThere;
          }
        });
  }

  /** Work on a data folder while nobody else has it. */
  public interface FolderWork {
    void go() throws IOException;
  }

  /** Does this while no process has the data folder open; refused while one has. */
  public static void exclusively(Path data, FolderWork work) throws IOException {
    try (FolderLock lock = FolderLock.take(data)) {
      work.go();
    }
  }

  private interface Opening<T> {
    T with(FolderLock lock) throws SQLException, IOException;
  }

  private static <T> T locked(Path data, Opening<T> opening) {
    FolderLock lock = FolderLock.take(data);
    try {
      DataFolder.requireNoRestore(data);
      DataFolder.removeHalves(data);
      return opening.with(lock);
    } catch (SQLException | IOException | FlywayException e) {
      close(lock);
      throw new Refused(
          new Refusal.HostLacks(
              "store",
              "The store " + data.resolve(DataFolder.STORE) + " cannot be used: " + e.getMessage(),
              "Correct the cause. Nothing of the store and of VMs was changed."));
    } catch (RuntimeException e) {
      close(lock);
      throw e;
    }
  }

  private static Store open(
      Path data, FolderLock lock, @Nullable String hostName, Optional<String> replaced)
      throws SQLException, IOException {
    Path file = data.resolve(DataFolder.STORE);
    StoreFile.makePrivate(file);
    Connection writer = StoreFile.connect(file);
    try {
      StoreFile.migrate(writer, file);
      return open(data, lock, writer, StoreFile.connect(file), hostName, replaced);
    } catch (SQLException | IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  private static Store open(
      Path data,
      FolderLock lock,
      Connection writer,
      Connection reader,
      @Nullable String hostName,
      Optional<String> replaced)
      throws SQLException, IOException {
    try {
      return new Store(data, lock, writer, reader, hostName, replaced);
    } catch (SQLException | IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private void takeFromFolders(Optional<String> replaced, String host) throws IOException {
    replaced.ifPresent(this::found);
    RowFiles.FoundRowFiles found = RowFiles.FoundRowFiles.in(data);
    FolderRows.Merged merged =
        write(sql ->
            FolderRows.merge(sql, data, found, replaced.isPresent(), host, StoreFile.SCHEMA));
    if (merged.isOld() || !merged.gone().isEmpty()) {
      found(
          "The store was older than what lies in the data folder. Taken from there: "
              + (merged.taken().isEmpty() ? "nothing" : String.join(", ", merged.taken()))
              + (merged.records() ? ", releases, tokens, secrets and facts" : "")
              + (merged.gone().isEmpty()
                  ? "."
                  : "; without a folder, and so destroyed: " + String.join(", ", merged.gone())));
    }
    files.changed(merged.stale());
  }

  private void found(String text) {
    LOG.error("{}", text);
    findings.add(text);
  }

  /** What was repaired when this store was opened, for people; usually nothing. */
  public List<String> findings() {
    return List.copyOf(findings);
  }

  /**
   * The result of rebuilding a store.
   *
   * @param wasGood whether the store was in order, so that nothing was done
   * @param copy the copy that it was rebuilt from, null for none
   * @param vms that are not destroyed
   * @param slots that are in use
   * @param unreadable VMs whose folders have no readable rows: their rows are those of the copy
   * @param unknown VMs with a folder but without rows anywhere; the daemon moves these folders
   *     aside
   */
  public record Rebuilt(
      boolean wasGood,
      @Nullable String copy,
      List<String> vms,
      int slots,
      List<String> snapshots,
      List<String> unreadable,
      List<String> unknown) {}

  /**
   * Rebuilds the store from its newest good copy and the VMs' folders, unless it is in order.
   * Refused while a process has it open.
   */
  public static Rebuilt rebuild(Path data) {
    return locked(
        data,
        lock -> {
          var recovery = new StoreRecovery(data);
          boolean wasGood = recovery.isGood();
          Optional<Path> copy = wasGood ? Optional.empty() : recovery.begin();
          List<String> unreadable = new ArrayList<>(RowFiles.FoundRowFiles.in(data).unreadable());
          unreadable.removeIf(key -> !VmId.isOne(key));
          try (var store =
              open(
                  data,
                  lock,
                  null,
                  wasGood ? Optional.empty() : Optional.of("The store is made anew."))) {
            List<String> vms =
                store.texts("SELECT id FROM vms WHERE state <> 'destroyed' ORDER BY id");
            var unknown = new ArrayList<>(RowFiles.folders(data));
            unknown.removeAll(store.texts("SELECT id FROM vms"));
            unreadable.removeAll(unknown);
            return new Rebuilt(
                wasGood,
                copy.map(path -> path.getFileName().toString()).orElse(null),
                vms,
                store.texts("SELECT idx FROM slots WHERE vm IS NOT NULL").size(),
                store.texts("SELECT id FROM snapshots ORDER BY id"),
                wasGood ? List.of() : unreadable,
                unknown);
          }
        });
  }

  private List<String> texts(String query) {
    return read(sql -> sql.query(query, row -> row.getString(1)));
  }

  /**
   * Makes a dated copy of the store unless it is damaged, and removes the oldest copies.
   *
   * @param keep the number of copies that are kept, at least one
   */
  public void copy(int keep, Instant now) {
    try {
      new StoreRecovery(data).copy(keep, now);
    } catch (SQLException | IOException e) {
      throw new StoreFault("copy", e);
    }
  }

  /** Waits until the files in the folders contain everything that was committed before. */
  void awaitFiles() throws InterruptedException {
    files.await();
  }

  /** The process that has the data folder open; empty when none has. */
  public static Optional<ProcessRef> holder(Path data) {
    return FolderLock.holder(data);
  }

  @Override
  public <T> T write(Function<Sql, T> work) {
    return rows.write(
        sql -> {
          touched.clear();
          return work.apply(sql);
        },
        () -> {
          boolean hasEvents = touched.remove(RowTriggers.EVENTS_KEY);
          files.changed(touched);
          if (hasEvents) {
            events.signal();
          }
        });
  }

  /** Tells when events were committed. */
  public EventSignal events() {
    return events;
  }

  @Override
  public <T> T read(Function<Sql, T> work) {
    return rows.read(work);
  }

  @Override
  public long version() {
    return rows.version();
  }

  /** The name of this host in all rows of the data folder. */
  public String host() {
    return host;
  }

  /** The facts of this host. */
  public FactRows facts() {
    return new FactRows(this, host);
  }

  /**
   * This data folder's id, created at its first use. It is kept in a file of its own, so that the
   * host's networks and machines still belong to it when the store is lost, restored or rebuilt.
   * Refused when file and store have different ids.
   */
  public InstallationId installation(RandomGenerator random) {
    InstallationId id = InstallationFile.of(data, facts().find(INSTALLATION), random);
    facts().findOrAdd(INSTALLATION, id.value());
    return id;
  }

  @Override
  public void close() {
    files.close();
    // The lock is released last: until then the folder is this process's.
    try (lock;
        rows) {
      // Closed at the end of the block, the last one first.
    } catch (SQLException e) {
      throw new StoreFault("close", e);
    } catch (IOException e) {
      throw new StoreFault("lock", e);
    }
  }

  private static void close(FolderLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      throw new StoreFault("lock", e);
    }
  }
}
