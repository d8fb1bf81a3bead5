package dev.visco.session;

import dev.visco.host.BlockInput;
import dev.visco.model.Refused;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * A tar archive as a client sends it. What is wrong with the archive is a {@link Refused}; an
 * {@link IOException} is the client's connection's.
 */
public final class ClientTar implements AutoCloseable {
  /** How much may stand between the contents of two entries: commons-compress holds all of it. */
  static final int MAX_HEADER_BYTES = 64 << 10;

  /** How many headers may be global: commons-compress keeps them all. */
  static final int MAX_GLOBAL_HEADERS = 64;

  private final Source source;
  private final TarArchiveInputStream tar;

  private final String field;

  /**
   * @param field whose content it is, for refusals
   */
  public ClientTar(InputStream from, String field) {
    this.field = field;
    source = new Source(from);
    tar = new TarArchiveInputStream(source, "UTF-8");
  }

  /** The next entry, null after the last; what is left of the content of the one before is read. */
  public @Nullable TarArchiveEntry next() throws IOException {
    content().transferTo(OutputStream.nullOutputStream());
    TarArchiveEntry entry;
    source.left = MAX_HEADER_BYTES;
    try {
      entry = tar.getNextEntry();
    } catch (IOException | IllegalArgumentException e) {
      throw fault(e);
    }
    source.left = Long.MAX_VALUE;
    if (entry != null) {
      limit(entry.getName());
      limit(entry.getLinkName());
    }
    return entry;
  }

  private void limit(String name) {
    if (name.getBytes(StandardCharsets.UTF_8).length > GuestFiles.MAX_PATH_BYTES) {
      throw Refused.invalid(
          field,
          name.substring(0, 100) + "…",
          "is a name of more than " + GuestFiles.MAX_PATH_BYTES + " bytes",
          "Shorten it: Linux has no longer names.");
    }
  }

  /** The content of the entry that came last. */
  public InputStream content() {
    return new BlockInput() {

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (tar.getCurrentEntry() == null) {
          return -1;
        }
        try {
          return tar.read(bytes, offset, length);
        } catch (IOException | IllegalArgumentException e) {
          throw fault(e);
        }
      }
    };
  }

  /** The client's fault as it was, else a refusal. */
  private IOException fault(Exception e) {
    if (source.fault != null) {
      return source.fault;
    }
    throw Refused.invalid(
        field, "…", "is no tar archive: " + e.getMessage(), "Give one that is not packed by gzip.");
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  /** The client's bytes, of which so many may still be read. */
  private static final class Source extends FilterInputStream {
    private static final int RECORD = 512;

    /** Where the type stands in a record that is a header. */
    private static final int TYPE = 156;

    private long left = Long.MAX_VALUE;
    private int globals;
    private @Nullable IOException fault;

    Source(InputStream from) {
      super(from);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left <= 0 && length > 0) {
        throw new IOException("an entry has more than " + MAX_HEADER_BYTES + " bytes of headers");
      }
      try {
        if (left > MAX_HEADER_BYTES) {
          return super.read(bytes, offset, length);
        }
        int count = in.readNBytes(bytes, offset, (int) Math.min(length, left));
        left -= count;
        if (count == RECORD && bytes[offset + TYPE] == TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER) {
          globals++;
        }
        if (globals <= MAX_GLOBAL_HEADERS) {
          return count == 0 && length > 0 ? -1 : count;
        }
      } catch (IOException e) {
        fault = e;
        throw e;
      }
      throw new IOException("it has more than " + MAX_GLOBAL_HEADERS + " global headers");
    }

    @Override
    public long skip(long count) throws IOException {
      return count <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(count, 8192)]));
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
