package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that somebody made to do harm. */
class ClientTarTest {
  private static final long HUGE = 400L << 20;

  /** Content without end, of which it counts what is read. */
  private static final class Endless extends InputStream {
    private long count;

    @Override
    public int read() {
      count++;
      return 'x';
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      Arrays.fill(bytes, offset, offset + length, (byte) 'x');
      count += length;
      return length;
    }
  }

  private static byte[] header(String name, byte type, long size) throws IOException {
    byte[] header = new byte[512];
    var entry = new TarArchiveEntry(name, type, true);
    entry.setSize(size);
    entry.writeEntryHeader(header);
    return header;
  }

  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_GNUTYPE_LONGNAME, TarConstants.LF_GNUTYPE_LONGLINK})
  void aNameOfHundredsOfMegabytesIsRefusedBeforeItIsHeld(byte type) throws IOException {
    refusedEarly(header("././@LongLink", type, HUGE), new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(
      bytes = {TarConstants.LF_PAX_EXTENDED_HEADER_LC, TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER})
  void aPaxHeaderOfHundredsOfMegabytesIsRefusedBeforeItIsHeld(byte type) throws IOException {
    refusedEarly(
        header("pax", type, HUGE), (HUGE + " comment=").getBytes(StandardCharsets.US_ASCII));
  }

  private static void refusedEarly(byte[] header, byte[] start) throws IOException {
    var endless = new Endless();
    var all =
        new SequenceInputStream(
            new ByteArrayInputStream(header),
            new SequenceInputStream(new ByteArrayInputStream(start), endless));
    try (var tar = new ClientTar(all, "body")) {
      assertThatThrownBy(tar::next)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("more than 65536 bytes of headers");
      assertThat(endless.count).isLessThanOrEqualTo(ClientTar.MAX_HEADER_BYTES);
    }
  }

  @Test
  void globalHeadersDoNotAddUp() throws IOException {
    var archive = new ByteArrayOutputStream();
    for (int number = 100; number < 100 + ClientTar.MAX_GLOBAL_HEADERS + 1; number++) {
      String line = "18 key%d=a value\n".formatted(number);
      archive.write(header("pax", TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER, line.length()));
      archive.write(Arrays.copyOf(line.getBytes(StandardCharsets.US_ASCII), 512));
      archive.write(header("file", TarConstants.LF_NORMAL, 0));
    }
    try (var tar = new ClientTar(new ByteArrayInputStream(archive.toByteArray()), "body")) {
      for (int number = 0; number < ClientTar.MAX_GLOBAL_HEADERS; number++) {
        assertThat(tar.next()).isNotNull();
      }
      assertThatThrownBy(tar::next)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("more than 64 global headers");
    }
  }

  private static byte[] archive(String name, int size) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (String one : new String[] {"first", name}) {
        var entry = new TarArchiveEntry(one, true);
        entry.setSize(size);
        tar.putArchiveEntry(entry);
        tar.write(new byte[size]);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void aNameLongerThanAnyPathIsRefused() throws IOException {
    try (var tar = new ClientTar(new ByteArrayInputStream(archive("x".repeat(4097), 1)), "body")) {
      assertThat(tar.next()).isNotNull();
      assertThatThrownBy(tar::next)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("a name of more than 4096 bytes");
    }
  }

  /** Content is no header, whether somebody reads it or not. */
  @Test
  void entriesMayBeAsLargeAsTheyAre() throws IOException {
    try (var tar =
        new ClientTar(new ByteArrayInputStream(archive("y".repeat(4096), 500_000)), "body")) {
      assertThat(tar.next()).isNotNull();
      assertThat(tar.next()).isNotNull();
      assertThat(tar.content().readAllBytes()).hasSize(500_000);
      assertThat(tar.next()).isNull();
    }
  }

  /** A connection that breaks is no fault of the archive, whatever words it breaks with. */
  @ParameterizedTest
  @ValueSource(ints = {0, 700})
  void aFaultOfTheClientStaysOne(int after) throws IOException {
    var fault = new IOException("Truncated TAR archive, or not the expected length");
    var broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw fault;
          }
        };
    var begun = new ByteArrayInputStream(Arrays.copyOf(archive("a", 5000), after));
    try (var tar = new ClientTar(new SequenceInputStream(begun, broken), "body")) {
      assertThatThrownBy(
              () -> {
                tar.next();
                tar.content().readAllBytes();
              })
          .isSameAs(fault);
    }
  }
}
