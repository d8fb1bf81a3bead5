package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a snapshot's files. */
class SnapshotPartsTest {
  @TempDir private Path folder;
  private Path memory;

  @BeforeEach
  void write() throws IOException {
    memory = folder.resolve("memory");
    try (var file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.setLength(3_000_001);
      file.seek(70_000);
      file.write("a page".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      file.seek(2_900_000);
      file.write(7);
    }
    Files.writeString(folder.resolve("state"), "registers");
  }

  private Digest listed() {
    return SnapshotParts.write(folder, SnapshotParts.names(folder));
  }

  private void assertDamaged(Path file) {
    assertThatThrownBy(() -> SnapshotParts.require(folder))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("the snapshot is damaged")
        .hasMessageContaining(file.toString());
  }

  @Test
  void aFolderThatIsAsItWasIsWhole() {
    assertThat(SnapshotParts.isListed(folder)).isFalse();
    Digest digest = listed();
    assertThat(SnapshotParts.isListed(folder)).isTrue();
    assertThat(SnapshotParts.require(folder)).isEqualTo(digest);
    assertThat(listed()).as("the list is no part of itself").isEqualTo(digest);
  }

  @Test
  void whereAFileHasHolesIsNoneOfItsContent() throws IOException {
    Digest sparse = listed();
    byte[] content = Files.readAllBytes(memory);
    Files.delete(memory);
    Files.write(memory, content);
    assertThat(listed()).isEqualTo(sparse);
  }

  @Test
  void theContentOfOneFileIsKnownWithAListAndWithout() throws IOException {
    Digest read = SnapshotParts.contentOf(folder, "memory");
    assertThat(SnapshotParts.content(memory)).isEqualTo(read);
    assertThat(SnapshotParts.contentOf(folder, "state")).isNotEqualTo(read);
    listed();
    assertThat(SnapshotParts.contentOf(folder, "memory")).isEqualTo(read);
    try (var file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.write(1);
    }
    assertThat(SnapshotParts.contentOf(folder, "memory")).as("the list's").isEqualTo(read);
    assertThat(SnapshotParts.content(memory)).isNotEqualTo(read);
    assertThatThrownBy(() -> SnapshotParts.contentOf(folder, "disk"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("does not name disk");
    Path list = folder.resolve(SnapshotParts.LIST);
    Files.writeString(list, Files.readString(list).replace("memory", "Memory"));
    assertThatThrownBy(() -> SnapshotParts.contentOf(folder, "Memory"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("was cut or changed");
  }

  @Test
  void zerosMoreOrLessAtTheEndAreAnotherFile() throws IOException {
    listed();
    try (var file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.setLength(3_000_002);
    }
    assertDamaged(memory);
  }

  @Test
  void aFileThatIsGoneOrALinkIsNamed() throws IOException {
    listed();
    Path elsewhere = Files.move(memory, folder.resolveSibling(folder.getFileName() + "-elsewhere"));
    assertDamaged(memory);
    Files.createSymbolicLink(memory, elsewhere);
    assertDamaged(memory);
    Files.delete(elsewhere);
  }

  @Test
  void aListOfOtherFilesIsNotTakenForThis() throws IOException {
    Digest digest = listed();
    Files.writeString(folder.resolve("state"), "others");
    assertThat(SnapshotParts.write(folder, List.of("memory", "state"))).isNotEqualTo(digest);
  }

  /** What was written a moment ago is read again: the kernel's times may be the same for both. */
  private Digest settled() {
    Digest digest = listed();
    Digest content = SnapshotParts.contentOf(folder, "memory");
    Awaitility.await()
        .until(() -> {
          SnapshotParts.require(folder);
          return SnapshotParts.isUnchanged(memory, content);
        });
    assertThat(SnapshotParts.require(folder)).isEqualTo(digest);
    return content;
  }

  @Test
  void aFileThatWasReadIsKnownUntilAnythingAboutItChanges() throws IOException {
    Digest content = settled();
    assertThat(SnapshotParts.isUnchanged(memory, Digest.of(new byte[1]))).isFalse();
    // A machine has a link to it, and then another one; that is no change.
    Path link = Files.createLink(folder.resolveSibling(folder.getFileName() + "-link"), memory);
    assertThat(SnapshotParts.isUnchanged(memory, content)).isTrue();
    Files.delete(link);
    assertThat(SnapshotParts.isUnchanged(memory, content)).isTrue();

    FileTime written = Files.getLastModifiedTime(memory);
    try (var file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.seek(70_003);
      file.write('x');
    }
    Files.setLastModifiedTime(memory, written);
    assertThat(SnapshotParts.isUnchanged(memory, content)).isFalse();
    assertDamaged(memory);
    assertDamaged(memory);
  }

  @Test
  void anotherFileInItsPlaceIsRead() throws IOException {
    Digest content = settled();
    Path other = folder.resolve("other");
    Files.copy(memory, other);
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(memory));
    Files.move(other, memory, StandardCopyOption.REPLACE_EXISTING);
    assertThat(SnapshotParts.isUnchanged(memory, content)).isFalse();
    SnapshotParts.require(folder);
  }

  /** Whoever asks for all of it to be read gets that. */
  @Test
  void aVerificationReadsWhatIsKnown() throws IOException {
    settled();
    assertThat(SnapshotParts.damage(folder)).isEmpty();
    try (var file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.seek(2_900_000);
      file.write(8);
    }
    assertThat(SnapshotParts.damage(folder)).hasSize(1);
    assertDamaged(memory);
  }

  @Test
  void aFileCanBeRemovedFromAList() throws IOException {
    Digest both = listed();
    Digest one = SnapshotParts.without(folder, "memory");
    assertThat(SnapshotParts.require(folder)).isEqualTo(both);
    SnapshotParts.remove(folder, "memory");
    SnapshotParts.remove(folder, "memory");
    Files.delete(memory);
    assertThat(SnapshotParts.require(folder)).isEqualTo(one);
    Files.writeString(folder.resolve("state"), "other");
    assertDamaged(folder.resolve("state"));
  }
}
