package dev.visco.snapshot;

import dev.visco.model.Snapshot;
import dev.visco.model.SnapshotDetails;
import dev.visco.model.UserId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** What is in snapshots: told, checked, written to one file, and made of one. */
public interface SnapshotContentService {
  /** All that is known of a user's snapshot. */
  SnapshotDetails inspect(UserId owner, String name);

  /**
   * Reads all of a user's snapshot.
   *
   * @throws dev.visco.model.Refused when an earlier version took it, which wrote no digests
   */
  SnapshotCheck verify(UserId owner, String name);

  /**
   * What a check has found.
   *
   * @param files that were looked at
   * @param bytes of them together
   * @param damage what is wrong with each damaged file; none for a whole snapshot
   */
  record SnapshotCheck(int files, long bytes, List<String> damage) {
    public SnapshotCheck {
      damage = List.copyOf(damage);
    }

    public boolean isWhole() {
      return damage.isEmpty();
    }
  }

  /**
   * Begins to write a user's snapshot to one file, with its keys; it stays until that is closed.
   *
   * @throws dev.visco.model.Refused when it is damaged
   */
  Export export(UserId owner, String name);

  /** A snapshot that is being written to a file. */
  interface Export extends AutoCloseable {
    /** Writes all of it; to be called once. */
    void to(OutputStream out) throws IOException;

    @Override
    void close();
  }

  /** Refuses an import before any of it has come: a name that is taken or is none. */
  void checkImport(UserId owner, String name);

  /**
   * Makes a snapshot of what an export wrote; it is whole only after all of it was checked. It is
   * kept until somebody removes it. Only who may do anything on the host may have this done: what a
   * VMM loads from it cannot be judged.
   */
  Snapshot importFrom(UserId owner, String name, InputStream in);
}
