package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this process has written to a private mapping of a file in memory. */
class PrivateMappingTest {
  private static final int PAGE = PrivateMapping.PAGE;
  private static final int PAGES = 64;
  private static final int BYTES = PAGES * PAGE;
  private static final long OWN = ProcessHandle.current().pid();

  @TempDir Path folder;
  private final String name = "test-mapping-" + OWN + "-" + System.nanoTime();
  private SealedMemory memory;
  private FileChannel open;

  @BeforeEach
  void open() throws IOException {
    Path file = folder.resolve("file");
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(BYTES);
      access.write(filled(8 * PAGE, 1));
    }
    memory = SealedMemory.copyOf(name, file);
    open = FileChannel.open(memory.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @AfterEach
  void close() throws IOException {
    open.close();
    memory.close();
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private PrivateMapping mapping() {
    return PrivateMapping.of(OWN, SealedMemory.kernelName(name), BYTES);
  }

  @Test
  void onlyWrittenPagesAreReadAndTheFileGetsNone() throws IOException {
    MappedByteBuffer mapped = open.map(MapMode.PRIVATE, 0, BYTES);
    // One over data, three in a row over a hole, one that is the last; read ones are the file's.
    mapped.put(2 * PAGE + 5, (byte) 42);
    for (int page = 20; page < 23; page++) {
      mapped.put(page * PAGE, (byte) page);
    }
    mapped.put(BYTES - 1, (byte) 99);
    assertThat(mapped.get(3 * PAGE)).isEqualTo((byte) 1);
    long taken = memory.taken();
    try (PrivateMapping mapping = mapping()) {
      ByteBuffer buffer = ByteBuffer.wrap(filled(BYTES, 7));
      assertThat(mapping.overlay(buffer, 0)).isTrue();
      assertThat(buffer.position()).isZero();
      byte[] expected = filled(BYTES, 7);
      byte[] second = filled(PAGE, 1);
      second[5] = 42;
      System.arraycopy(second, 0, expected, 2 * PAGE, PAGE);
      for (int page = 20; page < 23; page++) {
        byte[] zeros = new byte[PAGE];
        zeros[0] = (byte) page;
        System.arraycopy(zeros, 0, expected, page * PAGE, PAGE);
      }
      byte[] last = new byte[PAGE];
      last[PAGE - 1] = 99;
      System.arraycopy(last, 0, expected, BYTES - PAGE, PAGE);
      assertThat(buffer.array()).isEqualTo(expected);
      ByteBuffer untouched = ByteBuffer.wrap(filled(4 * PAGE, 7));
      assertThat(mapping.overlay(untouched, 30L * PAGE)).isFalse();
      assertThat(untouched.array()).isEqualTo(filled(4 * PAGE, 7));
      ByteBuffer part = ByteBuffer.wrap(filled(2 * PAGE, 7));
      assertThat(mapping.overlay(part, 21L * PAGE)).isTrue();
      assertThat(part.get(0)).isEqualTo((byte) 21);
      assertThat(part.get(PAGE)).isEqualTo((byte) 22);
    }
    assertThat(memory.taken()).isEqualTo(taken);
    assertThat(mapped.get(0)).isEqualTo((byte) 1);
  }

  @Test
  void aMappingInPartsIsOne() throws IOException {
    MappedByteBuffer first = open.map(MapMode.PRIVATE, 0, 16 * PAGE);
    MappedByteBuffer second = open.map(MapMode.PRIVATE, 16 * PAGE, 48 * PAGE);
    for (int page = 14; page < 16; page++) {
      first.put(page * PAGE, (byte) page);
    }
    for (int page = 16; page < 18; page++) {
      second.put((page - 16) * PAGE, (byte) page);
    }
    try (PrivateMapping mapping = mapping()) {
      ByteBuffer buffer = ByteBuffer.allocate(BYTES);
      assertThat(mapping.overlay(buffer, 0)).isTrue();
      for (int page = 14; page < 18; page++) {
        assertThat(buffer.get(page * PAGE)).isEqualTo((byte) page);
      }
    }
    assertThat(first.get(PAGE)).isEqualTo((byte) 1);
    assertThat(second.get(40 * PAGE)).isZero();
  }

  @Test
  void whatIsNotAllMappedOnceIsRefused() throws IOException {
    assertThatThrownBy(this::mapping).isInstanceOf(HostFault.class).hasMessageContaining(name);
    MappedByteBuffer half = open.map(MapMode.PRIVATE, 0, BYTES / 2);
    assertThatThrownBy(this::mapping)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("has " + BYTES / 2 + " bytes");
    MappedByteBuffer all = open.map(MapMode.PRIVATE, 0, BYTES);
    assertThatThrownBy(this::mapping)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("not its " + BYTES + " bytes once");
    assertThat(half.get(0)).isEqualTo(all.get(0));
    assertThatThrownBy(() -> PrivateMapping.of(1L << 30, name, BYTES))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("process " + (1L << 30));
  }
}
