package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.host.PrivateMapping;
import dev.visco.host.SealedMemory;
import dev.visco.host.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This process maps a snapshot's memory as a QEMU does, and writes to it at random. */
class GuestMemoryTest {
  private static final long OWN = ProcessHandle.current().pid();
  private static final int MIB = 16;
  private static final int BYTES = MIB << 20;
  private static final int PAGE = PrivateMapping.PAGE;
  private static final int PAGES = BYTES / PAGE;
  private static final int BLOCK = 1 << 16;

  @TempDir private Path folder;
  private final Random random = new Random(18);

  private Path file() throws IOException {
    Path file = folder.resolve("0");
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(BYTES);
      for (int start : new int[] {0, 1 << 20, (5 << 20) + 3 * PAGE, BYTES - PAGE}) {
        byte[] page = new byte[PAGE];
        random.nextBytes(page);
        access.seek(start);
        access.write(page);
      }
    }
    return file;
  }

  /** Single bytes, whole pages, runs of pages, and zeros over what was there. */
  private void write(MappedByteBuffer guest, byte[] expected) {
    for (int count = random.nextInt(40); count > 0; count--) {
      int page = random.nextInt(PAGES);
      int length = 1;
      switch (random.nextInt(4)) {
        case 0 -> length = 1;
        case 1 -> length = PAGE;
        default -> length = PAGE * (1 + random.nextInt(Math.min(40, PAGES - page)));
      }
      byte[] bytes = new byte[length];
      if (random.nextInt(4) > 0) {
        random.nextBytes(bytes);
      }
      guest.put(page * PAGE, bytes);
      System.arraycopy(bytes, 0, expected, page * PAGE, length);
    }
  }

  @Test
  void aChainOfSnapshotsOfWhatTheLastOneWroteIsRightToTheByte() throws IOException {
    Path last = file();
    byte[] expected = Files.readAllBytes(last);
    List<MappedByteBuffer> guests = new ArrayList<>();
    for (int link = 1; link <= 30; link++) {
      try (SealedMemory memory = SealedMemory.copyOf(SharedMemories.NAME + "test-" + link, last);
          FileChannel open =
              FileChannel.open(memory.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        MappedByteBuffer guest = open.map(MapMode.PRIVATE, 0, BYTES);
        guests.add(guest);
        byte[] before = expected.clone();
        write(guest, expected);
        long taken = memory.taken();
        Path next = folder.resolve(Integer.toString(link));
        GuestMemory.of(OWN, MIB).save(next, "rw-------");
        assertThat(memory.taken()).as("being read costs no memory").isEqualTo(taken);
        assertThat(Files.readAllBytes(next)).as("link %d", link).isEqualTo(expected);
        assertThat(Files.readAllBytes(memory.path())).isEqualTo(before);
        assertThat(SparseFile.taken(next)).isLessThanOrEqualTo(withoutHoles(expected) + BLOCK);
        assertThat(Files.getPosixFilePermissions(next))
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        last = next;
      }
    }
    assertThat(guests.getLast().get(0)).isEqualTo(expected[0]);
  }

  /** The bytes of all blocks that are not zeros alone. */
  private static long withoutHoles(byte[] all) {
    long bytes = 0;
    for (int start = 0; start < BYTES; start += BLOCK) {
      boolean isZero = true;
      for (int at = start; at < start + BLOCK && isZero; at++) {
        isZero = all[at] == 0;
      }
      bytes += isZero ? 0 : BLOCK;
    }
    return bytes;
  }

  @Test
  void whatHasNoMemoryOfThisSizeIsNotCopied() throws IOException {
    Path target = folder.resolve("target");
    assertThatThrownBy(() -> GuestMemory.of(1L << 30, MIB).save(target, "rw-------"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("process " + (1L << 30));
    Files.delete(target);
    assertThatThrownBy(() -> GuestMemory.of(OWN, MIB).save(target, "rw-------"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("it has no file for it");
    Files.delete(target);
    try (SealedMemory memory = SealedMemory.copyOf(SharedMemories.NAME + "test", file())) {
      assertThatThrownBy(() -> GuestMemory.of(OWN, 2 * MIB).save(target, "rw-------"))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("a guest of 32 MiB has");
      Files.delete(target);
      assertThatThrownBy(() -> GuestMemory.of(OWN, MIB).save(target, "rw-------"))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("has 0 bytes of")
          .hasMessageContaining(memory.bytes() + " bytes once");
    }
    assertThatThrownBy(() -> GuestMemory.of(OWN, MIB).save(target, "rw-------"))
        .isInstanceOf(HostFault.class)
        .hasCauseInstanceOf(FileAlreadyExistsException.class);
  }
}
