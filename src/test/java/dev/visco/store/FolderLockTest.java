package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FolderLockTest {
  @TempDir Path folder;

  @Test
  void neitherAskingNorARefusedSecondOpenDropsTheLock() throws Exception {
    try (var store = Store.open(folder)) {
      Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
      for (Path name : new Path[] {folder, link}) {
        assertThatThrownBy(() -> Store.open(name))
            .isInstanceOf(Refused.class)
            .hasMessageContaining("Process " + ProcessHandle.current().pid() + " uses");
        assertThat(Store.holder(name)).contains(ProcessRef.own());
      }
      try (var other = new OtherProcess(folder)) {
        assertThat(other.line())
            .contains("Process " + ProcessHandle.current().pid() + " uses the data folder")
            .contains("VISCO_DATA");
      }
      assertThat(store.facts().findOrAdd("colour", "red")).isEqualTo("red");
    }
    assertThat(Store.holder(folder)).isEmpty();
  }

  @Test
  void anotherProcessIsNamedAsLongAsItLives() throws Exception {
    assertThat(Store.holder(folder.resolve("none"))).isEmpty();
    try (var other = new OtherProcess(folder)) {
      other.line();
      assertThat(Store.holder(folder)).isEqualTo(ProcessRef.find(other.pid())).isPresent();
      assertThatThrownBy(() -> Store.open(folder))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("Process " + other.pid() + " uses the data folder " + folder);
      other.kill("");
      assertThat(Store.holder(folder)).isEmpty();
    }
    Store.open(folder).close();
  }

  @Test
  void aFolderThatCannotBeIsRefusedWithTheWayOut() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> Store.open(file.resolve("below")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The data folder " + file.resolve("below") + " cannot be used")
        .hasMessageContaining("VISCO_DATA");
  }

  /** Whoever can open the file for reading can lock it, and keep the daemon from starting. */
  @Test
  void nobodyElseCanOpenTheLockEvenOneThatWasReadableBefore() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path lock = Files.writeString(folder.resolve("lock"), "4711\n");
    Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("rw-r--r--"));
    var host = new LinuxHost();
    var asNobody =
        Command.of(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "flock",
            "-n",
            "-s",
            lock.toString(),
            "true");
    assertThat(host.run(asNobody).exitCode()).isZero();
    for (int open = 0; open < 2; open++) {
      try (var store = Store.open(folder)) {
        assertThat(store.facts().findOrAdd("colour", "red")).isEqualTo("red");
        assertThat(host.run(asNobody).error()).contains("Permission denied");
      }
      assertThat(Files.getPosixFilePermissions(lock))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void aLinkInItsPlaceIsNotFollowed() throws Exception {
    Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "theirs");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.createSymbolicLink(data.resolve("lock"), elsewhere);
    assertThatThrownBy(() -> Store.open(data))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("cannot be used");
    assertThat(Store.holder(data)).isEmpty();
    assertThat(elsewhere).hasContent("theirs");
  }

  /** The pid of a process that has ended is another's one day, and that one would be ended. */
  @Test
  void aProcessThatOnlyHasThePidIsNotNamed() throws Exception {
    ProcessRef own = ProcessRef.own();
    try (var other = new OtherProcess(folder)) {
      other.line();
      for (String record :
          List.of(
              own.pid() + " 1 " + own.bootId(),
              own.pid() + " " + own.startTicks() + " 00000000-0000-0000-0000-000000000000",
              "",
              "nonsense")) {
        Files.writeString(folder.resolve("lock"), record + "\n");
        assertThat(Store.holder(folder)).as(record).isEmpty();
        assertThatThrownBy(() -> Store.open(folder))
            .isInstanceOf(Refused.class)
            .hasMessageContaining("not Visco's has locked")
            .hasMessageContaining("lslocks");
      }
      Files.writeString(folder.resolve("lock"), other.pid() + "\n");
      assertThat(Store.holder(folder))
          .as("as a Visco before this one wrote it")
          .isEqualTo(ProcessRef.find(other.pid()))
          .isPresent();
    }
  }

  /** The main thread of one that was killed is gone before its files are given back. */
  @Test
  void whoIsEndingAndCannotBeNamedAnyMoreIsWaitedFor() throws Exception {
    try (var other = new OtherProcess(folder)) {
      other.line();
      Files.writeString(folder.resolve("lock"), "nonsense\n");
      Thread killer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  Thread.sleep(300); // So that the lock is found first.
                  other.close();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Store.open(folder).close();
      killer.join();
    }
  }

  @Test
  void aFolderOfSomebodyElsesIsRefusedAndLeftAsItIs() throws Exception {
    Path foreign = Files.createDirectory(folder.resolve("srv"));
    Files.writeString(foreign.resolve("notes.txt"), "theirs");
    Files.createDirectory(foreign.resolve("cache"));
    var mode = PosixFilePermissions.fromString("rwxrwxrwx");
    Files.setPosixFilePermissions(foreign, mode);
    assertThatThrownBy(() -> Store.open(foreign))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("data \"" + foreign + "\" is not empty")
        .hasMessageContaining("(cache, notes.txt)")
        .hasMessageContaining("VISCO_DATA");
    assertThat(Files.getPosixFilePermissions(foreign)).isEqualTo(mode);
    assertThat(DataFolder.entries(foreign)).containsExactly("cache", "notes.txt");
  }

  @Test
  void anEmptyOneAndOneWithImagesAloneAreTaken() throws Exception {
    Path mounted = Files.createDirectories(folder.resolve("mounted"));
    Files.createDirectory(mounted.resolve("lost+found"));
    Path filled = folder.resolve("filled");
    Files.createDirectories(filled.resolve("images/objects"));
    Files.createDirectories(filled.resolve("images/kernels"));
    Path begun = Files.createDirectories(folder.resolve("begun"));
    Files.createFile(begun.resolve("lock"));
    for (Path data : List.of(mounted, filled, begun)) {
      Store.open(data).close();
    }
    Path pictures = folder.resolve("pictures");
    Files.createDirectories(pictures.resolve("images/holidays"));
    assertThatThrownBy(() -> Store.open(pictures)).isInstanceOf(Refused.class);
  }

  @Test
  void halvesOfFilesThatAKilledProcessLeftGoAtTheNextOpen() throws Exception {
    Store.open(folder).close();
    Path half = DurableFiles.half(folder.resolve("admin-token"));
    Files.writeString(half, "visco-0123456789");
    Path theirs = Files.writeString(folder.resolve(".bashrc.swp"), "theirs");
    Store.open(folder).close();
    assertThat(half).doesNotExist();
    assertThat(theirs).exists();
  }
}
