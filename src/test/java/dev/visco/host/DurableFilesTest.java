package dev.visco.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DurableFilesTest {
  @TempDir Path temporary;
  private Path folder;
  private Path outside;

  @BeforeEach
  void makeFolders() throws IOException {
    folder = Files.createDirectory(temporary.resolve("folder"));
    outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "kept");
  }

  private static List<String> names(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private void assertOutsideIsWhole() throws IOException {
    assertThat(names(outside)).containsExactly("precious");
    assertThat(outside.resolve("precious")).hasContent("kept");
  }

  /** Rewrites a file while {@code look} goes on beside it. */
  private void whileWriting(Path file, byte[] one, byte[] other, Callable<Void> look)
      throws Exception {
    DurableFiles.write(file, one, "rw-------");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> writer =
          threads.submit(() -> {
            for (int round = 0; round < 100; round++) {
              DurableFiles.write(file, round % 2 == 0 ? other : one, "rw-------");
            }
          });
      do {
        look.call();
      } while (!writer.isDone());
      writer.get();
    }
  }

  @Test
  void aReaderSeesTheOldOrTheNewContentAndNothingBetween() throws Exception {
    byte[] one = new byte[300_000];
    byte[] other = new byte[200_000];
    Arrays.fill(other, (byte) 1);
    Path file = folder.resolve("file");
    whileWriting(
        file,
        one,
        other,
        () -> {
          assertThat(Files.readAllBytes(file)).isIn(one, other);
          return null;
        });
    assertThat(names(folder)).containsExactly("file");
  }

  @Test
  void aSecretIsNobodyElsesFromTheFirstMoment() throws Exception {
    var seen = new HashSet<Set<PosixFilePermission>>();
    byte[] secret = "secret".getBytes(UTF_8);
    whileWriting(
        folder.resolve("file"),
        secret,
        secret,
        () -> {
          for (String name : names(folder)) {
            try {
              seen.add(Files.getPosixFilePermissions(folder.resolve(name)));
            } catch (NoSuchFileException e) {
              continue; // Renamed since it was listed.
            }
          }
          return null;
        });
    assertThat(seen).containsExactly(PosixFilePermissions.fromString("rw-------"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"r--------", "rw-r--r--", "rw-rw-rw-", "rwxr-xr-x"})
  void theModeIsWhatWasAskedForWhateverTheUmask(String mode) throws IOException {
    Path file = folder.resolve("file");
    DurableFiles.write(file, new byte[0], mode);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo(mode);
  }

  @Test
  void aLinkInPlaceOfTheFileIsReplacedAndNotFollowed() throws IOException {
    Path file = Files.createSymbolicLink(folder.resolve("file"), outside.resolve("precious"));
    DurableFiles.write(file, "new".getBytes(UTF_8), "rw-rw-rw-");
    assertThat(Files.isSymbolicLink(file)).isFalse();
    assertThat(file).hasContent("new");
    assertOutsideIsWhole();
  }

  @Test
  void theNameOfTheHalfWrittenFileCannotBeGuessed() throws Exception {
    var seen = new HashSet<String>();
    byte[] bytes = new byte[100_000];
    whileWriting(
        folder.resolve("file"),
        bytes,
        bytes,
        () -> {
          seen.addAll(names(folder));
          return null;
        });
    seen.remove("file");
    assertThat(seen).isNotEmpty().allMatch(name -> name.matches("\\.file\\.[0-9a-f-]{36}"));
  }

  @Test
  void aWriteThatFailsLeavesTheOldAndNothingHalf() throws IOException {
    Path occupied = Files.createDirectory(folder.resolve("occupied"));
    Files.writeString(occupied.resolve("inside"), "x");
    assertThatThrownBy(() -> DurableFiles.write(occupied, new byte[1], "rw-------"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("cannot write " + occupied);
    assertThat(names(folder)).containsExactly("occupied");
    assertThat(names(occupied)).containsExactly("inside");
    Path nowhere = folder.resolve("none/file");
    assertThatThrownBy(() -> DurableFiles.write(nowhere, new byte[1], "rw-------"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("cannot write " + nowhere);
  }

  @Test
  void whatAKilledWriterLeftBehindStandsInNobodysWay() throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(folder.resolve(".file.0b5e3c5e-1111-4222-8333-444455556666"), "ha");
    DurableFiles.write(file, "whole".getBytes(UTF_8), "rw-------");
    assertThat(file).hasContent("whole");
    DurableFiles.deleteTree(folder);
    assertThat(folder).doesNotExist();
  }

  @Test
  void aTreeGoesWithItsLinksAndNothingThatTheyPointTo() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("a/b/c"));
    Files.writeString(deep.resolve("file"), "x");
    Files.createSymbolicLink(deep.resolve("to-folder"), outside);
    Files.createSymbolicLink(deep.resolve("to-file"), outside.resolve("precious"));
    Files.createSymbolicLink(folder.resolve("to-nothing"), Path.of("/no/such/place"));
    DurableFiles.deleteTree(folder);
    assertThat(names(temporary)).containsExactly("outside");
    assertOutsideIsWhole();
  }

  @Test
  void aLinkIsDeletedAsALink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), outside);
    DurableFiles.deleteTree(link);
    assertThat(names(folder)).isEmpty();
    assertOutsideIsWhole();
  }

  @Test
  void whatIsNotThereIsDeletedAlready() throws IOException {
    DurableFiles.deleteTree(folder.resolve("none"));
    DurableFiles.deleteTree(folder.resolve("none/deeper"));
    assertThat(names(temporary)).containsExactly("folder", "outside");
  }

  @Test
  void aFolderThatIsSwappedForALinkMeanwhileLeadsNowhere() throws Exception {
    Path tree = folder.resolve("tree");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 50; round++) {
        Path swapped = Files.createDirectories(tree.resolve("swapped"));
        for (int file = 0; file < 20; file++) {
          Files.createFile(swapped.resolve("file-" + file));
          Files.createFile(tree.resolve("file-" + file));
        }
        Future<?> swap = threads.submit(() -> swap(swapped));
        deleteDespiteSwaps(tree);
        swap.get();
        DurableFiles.deleteTree(tree);
        DurableFiles.deleteTree(folder.resolve("aside"));
        assertThat(names(folder)).isEmpty();
        assertOutsideIsWhole();
      }
    }
  }

  private void swap(Path swapped) {
    try {
      Files.move(swapped, folder.resolve("aside"));
      Files.createSymbolicLink(swapped, outside);
    } catch (IOException e) {
      return; // The deletion was faster.
    }
  }

  /** Whether it meets the swap or not, what counts is what it leaves alone. */
  private static void deleteDespiteSwaps(Path tree) {
    try {
      DurableFiles.deleteTree(tree);
    } catch (HostFault e) {
      assertThat(e).hasMessageContaining("cannot delete " + tree);
    }
  }

  /** Whether a folder is gone into which another thread writes some files. */
  private boolean isDeletedBeside(int files, int maxPasses) throws Exception {
    Path tree = Files.createDirectories(folder.resolve("written"));
    var begun = new CountDownLatch(1);
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      threads.submit(() -> {
        begun.countDown();
        for (int file = 0; file < files; file++) {
          Files.createFile(tree.resolve("file-" + file)); // Fails once the folder is gone.
        }
        return null;
      });
      begun.await();
      DurableFiles.deleteTree(tree, maxPasses);
      return !Files.exists(tree);
    }
  }

  @Test
  void aFolderIntoWhichSomebodyWritesAFewFilesMeanwhileIsDeleted() throws Exception {
    for (int round = 0; round < 200; round++) {
      assertThat(isDeletedBeside(3, 20)).isTrue();
    }
  }

  @Test
  void oneThatIsFilledAgainAndAgainIsAFaultThatSaysSo() {
    assertThatThrownBy(
            () -> {
              for (int round = 0; round < 500; round++) {
                isDeletedBeside(50, 1);
              }
            })
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("somebody writes into written while it is deleted");
  }

  @Test
  void whatCannotBeListedOrIsTooDeepIsAFaultThatNamesIt() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> DurableFiles.deleteTree(file.resolve("below")))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("cannot delete " + file.resolve("below"));
    Path deepest = Files.createDirectories(folder.resolve("d/".repeat(502)));
    assertThatThrownBy(() -> DurableFiles.deleteTree(folder))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("deeper than 500 folders");
    assertThat(deepest).exists();
    DurableFiles.deleteTree(folder.resolve("d/d/d"));
    DurableFiles.deleteTree(folder);
    assertThat(folder).doesNotExist();
  }

  @Test
  void neverTheWholeFileSystemAndNeverWithoutDescriptors() throws IOException {
    assertThatThrownBy(() -> DurableFiles.deleteTree(Path.of("/..")))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("the whole file system");
    try (var archive =
        FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
      Path inside = Files.createFile(archive.getPath("/file"));
      assertThatThrownBy(() -> DurableFiles.deleteTree(inside))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("by descriptor");
      assertThat(inside).exists();
    }
  }
}
