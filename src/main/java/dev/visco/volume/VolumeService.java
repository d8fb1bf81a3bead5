package dev.visco.volume;

import dev.visco.model.UserId;
import dev.visco.model.Volume;
import dev.visco.model.VolumeName;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Disks of users' own that outlive VMs. Each user has names of their own. Every call throws {@link
 * dev.visco.model.Refused} for what cannot be.
 */
public interface VolumeService {
  /**
   * Makes one, with an empty ext4 file system, and returns when it is whole.
   *
   * @param bytes its size, {@link Volume#MIN_BYTES} or more; it takes only what is written
   */
  Volume create(UserId owner, VolumeName name, long bytes);

  /**
   * By owner and name.
   *
   * @param owner null for everybody's
   */
  List<Volume> list(@Nullable UserId owner);

  Volume find(UserId owner, VolumeName name);

  /**
   * Makes it larger, also while a guest uses it; it never becomes smaller.
   *
   * @return when its file system has the new size, in words for people
   */
  Resized resize(UserId owner, VolumeName name, long bytes);

  /**
   * A volume that has its new size.
   *
   * @param pending why its file system gets that with the next start of its VM only; null where it
   *     has it now
   */
  record Resized(Volume volume, @Nullable String pending) {}

  /**
   * Begins to export it: nobody else gets it until this is closed. Refused while a machine uses it,
   * and when its file system is damaged.
   */
  Export export(UserId owner, VolumeName name);

  /** A volume's file, which nobody changes meanwhile. */
  interface Export extends AutoCloseable {
    /** Writes it, packed with gzip; unpacked it is the volume's file system. */
    void to(OutputStream out) throws IOException;

    @Override
    void close();
  }

  /**
   * Makes a volume of what an export wrote, or of any ext4 file system; all of it is checked first.
   *
   * @throws IOException when what comes breaks off
   */
  Volume importFrom(UserId owner, VolumeName name, InputStream in) throws IOException;

  /** Refuses an import before any of it has come: a name that is taken. */
  void checkImport(UserId owner, VolumeName name);

  /** Removes it with all that is in it; refused while a VM has it. */
  void remove(UserId owner, VolumeName name);
}
