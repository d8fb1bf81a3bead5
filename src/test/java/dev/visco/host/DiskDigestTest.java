package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskDigestTest {
  private static final int MIB = 1 << 20;
  @TempDir Path folder;

  private Path sparse(String name, long size, long... places) throws IOException {
    Path file = folder.resolve(name);
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(size);
      for (long place : places) {
        access.seek(place);
        access.write(1);
      }
    }
    return file;
  }

  private Path full(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  @Test
  void holesMakeNoDifference() throws IOException {
    Path sparse = sparse("sparse", 3 * MIB + 5, 0, MIB + 77, 3 * MIB + 4);
    Path full = full("full", Files.readAllBytes(sparse));
    assertThat(DiskDigest.of(sparse)).isEqualTo(DiskDigest.of(full));
    assertThat(DiskDigest.of(sparse)).isNotEqualTo(FileDigest.of(sparse));
  }

  @Test
  void sizePlaceAndContentsDo() throws IOException {
    List<Digest> all = new ArrayList<>();
    all.add(DiskDigest.of(sparse("a", MIB, 4096)));
    all.add(DiskDigest.of(sparse("b", MIB + 1, 4096)));
    all.add(DiskDigest.of(sparse("c", MIB, 4097)));
    all.add(DiskDigest.of(sparse("d", MIB, 4096 + DiskDigest.BLOCK)));
    all.add(DiskDigest.of(sparse("e", MIB)));
    all.add(DiskDigest.of(sparse("f", 0)));
    assertThat(all).doesNotHaveDuplicates();
  }

  @Test
  void aCopyHasTheSameContentsAndDigestAndMoreHoles() throws IOException {
    byte[] content = new byte[5 * MIB + 123];
    var random = new SplittableRandom(7);
    for (int count = 0; count < 40; count++) {
      content[random.nextInt(4 * MIB)] = 1;
    }
    Path source = full("source", content);
    Path target = folder.resolve("target");
    var parts = new ArrayList<Double>();
    Digest digest = DiskDigest.copy(source, target, parts::add);
    assertThat(target).hasSameBinaryContentAs(source);
    assertThat(digest).isEqualTo(DiskDigest.of(source)).isEqualTo(DiskDigest.of(target));
    assertThat(SparseFile.taken(target)).isLessThan(SparseFile.taken(source));
    assertThat(parts).isSorted().allMatch(part -> part >= 0 && part <= 1).contains(0.0);
    assertThatThrownBy(() -> DiskDigest.copy(source, target, part -> {}))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  /** All of it read would take minutes: the test would reach the deadline of the whole run. */
  @Test
  void aDiskOfATebibyteIsReadByItsData() throws IOException {
    Path source = sparse("source", 1L << 40, 5, 1L << 39);
    Path target = folder.resolve("target");
    assertThat(DiskDigest.copy(source, target, part -> {})).isEqualTo(DiskDigest.of(source));
    assertThat(Files.size(target)).isEqualTo(1L << 40);
    assertThat(SparseFile.taken(target)).isLessThanOrEqualTo(4L * DiskDigest.BLOCK);
  }
}
