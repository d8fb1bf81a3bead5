package dev.visco.archive;

import com.github.luben.zstd.ZstdInputStream;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Reads an archive from its beginning to its end. Nothing of it is believed before all digests were
 * compared, and a name that an archive of its kind does not have is refused whoever wrote it.
 */
public final class ArchiveReader<H> {
  /** Header and digests are small, whatever a damaged length says. */
  private static final int MAX_JSON_BYTES = 64 << 20;

  private final ArchiveKind<H> kind;
  private final Progress progress;

  public ArchiveReader(ArchiveKind<H> kind, Progress progress) {
    this.kind = kind;
    this.progress = progress;
  }

  /** Takes what is in an archive, in its order. */
  public interface Taker<H> {
    /** What it begins with. */
    default void header(H header) throws IOException {}

    /** A folder with its mode and owner; what is in it follows. */
    void folder(TarArchiveEntry entry) throws IOException;

    /** A file, to be read to its end. */
    void file(TarArchiveEntry entry, InputStream content) throws IOException;
  }

  /** Reads all and keeps nothing. */
  public static <H> Taker<H> nothing() {
    return new Taker<>() {
      @Override
      public void folder(TarArchiveEntry entry) {}

      @Override
      public void file(TarArchiveEntry entry, InputStream content) throws IOException {
        content.transferTo(OutputStream.nullOutputStream());
      }
    };
  }

  /**
   * Reads a whole archive from a file.
   *
   * @param what is done, for the progress
   * @return its header; refused when the archive is damaged, cut off, or none of this kind
   */
  public H read(Path file, String what, Taker<H> taker) {
    try (InputStream raw = Files.newInputStream(file)) {
      return read(raw, file.toString(), Files.size(file), what, taker);
    } catch (IOException e) {
      throw unusable(file.toString(), e);
    }
  }

  /**
   * The same from a stream, which is not closed.
   *
   * @param source what it comes from, for people
   */
  public H read(InputStream raw, String source, long size, String what, Taker<H> taker) {
    progress.report(what, 0);
    var counted = new Counted(raw, size, what);
    try (var zstd = new ZstdInputStream(new BufferedInputStream(counted, 1 << 20));
        var tar = new TarArchiveInputStream(zstd, "UTF-8")) {
      H header = read(tar, taker);
      zstd.transferTo(OutputStream.nullOutputStream()); // Its own checksum stands at its end.
      return header;
    } catch (JacksonException e) {
      throw damaged(source, "its JSON cannot be read: " + e.getOriginalMessage());
    } catch (Damaged | IllegalArgumentException e) {
      throw damaged(source, e.getMessage() + "");
    } catch (IOException e) {
      throw unusable(source, e);
    }
  }

  private Refused unusable(String source, IOException e) {
    return e instanceof FileSystemException
        ? new Refused(
            new Refusal.HostLacks(
                kind.noun(),
                "The "
                    + kind.noun()
                    + " "
                    + source
                    + " cannot be read or put back: "
                    + HostFault.words(e),
                "Mend what it says, and try again."))
        : damaged(source, HostFault.words(e));
  }

  private H read(TarArchiveInputStream tar, Taker<H> taker) throws IOException {
    var digests = new HashMap<String, String>();
    Set<String> seen = new HashSet<>();
    @Nullable H header = null;
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      String name = entry.getName();
      if (!seen.add(name)) {
        throw new Damaged(name + " is in it twice");
      }
      MessageDigest sum = Digest.sha256();
      var content = new DigestInputStream(tar, sum);
      if (header == null) {
        if (!name.equals(kind.header())) {
          throw new Damaged("it begins with " + name + ": it was not written as a " + kind.noun());
        }
        header = Json.read(json(content), kind.type());
        taker.header(header);
      } else if (name.equals(ArchiveWriter.DIGESTS)) {
        requireEqual(json(content), digests);
        if (tar.getNextEntry() != null) {
          throw new Damaged("something stands behind its digests");
        }
        return header;
      } else if (!kind.names().matcher(name).matches()
          || !(entry.isDirectory() || isPlain(entry))) {
        throw new Damaged(name + " is no file that a " + kind.noun() + " has");
      } else if (entry.isDirectory()) {
        taker.folder(entry);
        continue;
      } else {
        taker.file(entry, content);
        content.transferTo(OutputStream.nullOutputStream());
      }
      digests.put(name, Digest.of(sum).value());
    }
    throw new Damaged("it has no digests at its end: it was cut off");
  }

  private static boolean isPlain(TarArchiveEntry entry) {
    return entry.isFile() && !entry.isLink() && !entry.isSymbolicLink() && !entry.isSparse();
  }

  private static String json(InputStream content) throws IOException {
    byte[] bytes = content.readNBytes(MAX_JSON_BYTES);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void requireEqual(String text, Map<String, String> found) throws Damaged {
    Map<?, ?> expected = Json.read(text, Map.class);
    for (var one : found.entrySet()) {
      if (!Objects.equals(expected.get(one.getKey()), one.getValue())) {
        throw new Damaged(one.getKey() + " is not as it was written");
      }
    }
    if (expected.size() != found.size()) {
      throw new Damaged("files are missing that its digests name");
    }
  }

  private Refused damaged(String source, String why) {
    return Refused.invalid(
        "FILE",
        source,
        "is no whole " + kind.noun() + ": " + why,
        "Take another one; of this host nothing was changed.");
  }

  /** The archive is not what was written. */
  private static final class Damaged extends IOException {
    private static final long serialVersionUID = 1L;

    Damaged(String message) {
      super(message);
    }
  }

  /** Tells how much of the file was read. */
  private final class Counted extends FilterInputStream {
    private final long size;
    private final String what;
    private long count;

    Counted(InputStream in, long size, String what) {
      super(in);
      this.size = Math.max(1, size);
      this.what = what;
    }

    @Override
    public int read(byte @Nullable [] buffer, int offset, int length) throws IOException {
      int read = super.read(Objects.requireNonNull(buffer), offset, length);
      count += Math.max(0, read);
      progress.report(what, Math.min(1, (double) count / size));
      return read;
    }
  }
}
