package dev.visco.host;

import java.io.OutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Tar archives in POSIX's pax form: names and numbers of any length, names in UTF-8. */
public final class PosixTar {
  private PosixTar() {}

  /** Writes an archive; closing it closes {@code to}. */
  public static TarArchiveOutputStream writer(OutputStream to) {
    var tar = new TarArchiveOutputStream(to, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
    return tar;
  }
}
