package dev.visco.vmm;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/** An initramfs of nothing but the host's static busybox and a loop that never ends. */
public final class ChattyInitrd {
  private ChattyInitrd() {}

  /**
   * Writes it to {@code file}.
   *
   * @param body what a shell does in the loop
   */
  public static Path write(Path file, String body) {
    String init =
        "#!/busybox sh\nPATH=/\nalias usleep='/busybox usleep'\nwhile :; do " + body + "; done\n";
    try (OutputStream out = Files.newOutputStream(file);
        var cpio = new CpioArchiveOutputStream(out, CpioConstants.FORMAT_NEW)) {
      entry(cpio, "dev", CpioConstants.C_ISDIR | 0755, new byte[0]);
      device(cpio);
      entry(
          cpio,
          "busybox",
          CpioConstants.C_ISREG | 0755,
          Files.readAllBytes(Path.of("/usr/bin/busybox")));
      entry(cpio, "init", CpioConstants.C_ISREG | 0755, init.getBytes(StandardCharsets.UTF_8));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The kernel opens it for init's output: character device 5, 1. */
  private static void device(CpioArchiveOutputStream cpio) throws IOException {
    var console = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, "dev/console", 0);
    console.setMode(CpioConstants.C_ISCHR | 0600);
    console.setRemoteDeviceMaj(5);
    console.setRemoteDeviceMin(1);
    console.setNumberOfLinks(1);
    cpio.putArchiveEntry(console);
    cpio.closeArchiveEntry();
  }

  private static void entry(CpioArchiveOutputStream cpio, String name, long mode, byte[] content)
      throws IOException {
    var entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, name, content.length);
    entry.setMode(mode);
    entry.setNumberOfLinks(1);
    cpio.putArchiveEntry(entry);
    cpio.write(content);
    cpio.closeArchiveEntry();
  }
}
