package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;

/** What may become of a file, tried again and again from one seed. */
public final class DamagedParts {
  private static final int HEAD = 1 << 17;
  private static final int CUTS = 1000;
  private static final int FLIPS = 200;
  private static final long SEED = 20261126;

  private DamagedParts() {}

  /**
   * Cuts the file at a thousand places and changes one bit of it at two hundred, and has each
   * judged; it is whole again afterwards.
   *
   * @param file beyond its first 128 KiB it holds nothing but zeros
   */
  public static void assertRefused(Path file, Runnable check) throws IOException {
    check.run();
    var random = new Random(SEED);
    var taken = new ArrayList<String>();
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      long size = open.length();
      assertThat(size).as(file.toString()).isPositive();
      byte[] head = new byte[(int) Math.min(size, HEAD)];
      open.readFully(head);
      for (int number = 0; number < CUTS; number++) {
        // Half of them where the content is.
        long length = random.nextLong(number % 2 == 0 ? size : head.length);
        open.setLength(length);
        if (!isRefused(check)) {
          taken.add("cut at " + length);
        }
        open.setLength(size);
        if (length < head.length) {
          open.seek(0);
          open.write(head);
        }
      }
      for (int number = 0; number < FLIPS; number++) {
        long at = random.nextLong(number % 2 == 0 ? size : head.length);
        open.seek(at);
        int whole = open.read();
        int bit = random.nextInt(8);
        open.seek(at);
        open.write(whole ^ (1 << bit));
        if (!isRefused(check)) {
          taken.add("bit " + bit + " of byte " + at);
        }
        open.seek(at);
        open.write(whole);
      }
    }
    Path gone = Files.move(file, file.resolveSibling("gone"));
    if (!isRefused(check)) {
      taken.add("missing");
    }
    Files.move(gone, file);
    assertThat(taken).as("of " + file).isEmpty();
    check.run();
  }

  private static boolean isRefused(Runnable check) {
    try {
      check.run();
      return false;
    } catch (Refused | HostFault e) {
      return true;
    }
  }
}
