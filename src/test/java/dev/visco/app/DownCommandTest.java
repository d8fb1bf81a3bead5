package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.DurableFiles;
import dev.visco.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code down --purge} takes away, and what it leaves to its owner. */
class DownCommandTest {
  @TempDir private Path folder;
  private Path data = Path.of("");

  @BeforeEach
  void aDataFolder() throws IOException {
    data = folder.resolve("data");
    Store.open(data).close();
    for (String name :
        new String[] {
          "admin-token",
          "port",
          "daemon.out",
          "daemon.log",
          "daemon.log.1",
          "daemon.out.2026-11-25T20-00-00.000",
          "up.lock"
        }) {
      Files.writeString(data.resolve(name), "ours");
    }
    Files.writeString(DurableFiles.half(data.resolve("admin-token")), "half of a secret");
    for (String name : new String[] {"vms/vm-00000001", "images/objects", "cache"}) {
      Files.createDirectories(data.resolve(name));
    }
    Files.writeString(data.resolve("images/objects/1"), "ours");
  }

  @Test
  void aFolderWithOnlyOurOwnGoesWhole() {
    assertThat(DownCommand.purge(data)).isEmpty();
    assertThat(data).doesNotExist();
    assertThat(DownCommand.purge(data)).as("a second time").isEmpty();
  }

  @Test
  void whatIsNotOursStaysAndIsNamed() throws Exception {
    Files.writeString(data.resolve("images.tar"), "theirs");
    Files.createDirectories(data.resolve("notes/vms"));
    Files.writeString(data.resolve(".port.rc"), "theirs");
    Files.writeString(data.resolve("daemon.logs"), "theirs");
    assertThat(DownCommand.purge(data))
        .hasValue(
            "visco: "
                + data
                + " stays, for what is in it is not Visco's: .port.rc, daemon.logs, images.tar, notes");
    assertThat(data).isDirectoryNotContaining("glob:**/{visco.db,vms,images,cache,lock}");
    assertThat(data.resolve("notes/vms")).isDirectory();
  }

  @Test
  void aFolderThatNeverWasOursIsLeftAloneWhateverItsEntriesAreCalled() throws Exception {
    Path other = Files.createDirectories(folder.resolve("var"));
    Files.createDirectories(other.resolve("cache/apt"));
    Files.createDirectories(other.resolve("lock"));
    assertThat(DownCommand.purge(other)).get().asString().endsWith("cache, lock");
    assertThat(other.resolve("cache/apt")).isDirectory();
    assertThat(other.resolve("lock")).isDirectory();
  }

  @Test
  void aLinkIsTakenAwayAndWhatItPointsToIsNot() throws Exception {
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("precious"), "theirs");
    Files.createSymbolicLink(data.resolve("cache/link"), elsewhere);
    assertThat(DownCommand.purge(data)).isEmpty();
    assertThat(elsewhere.resolve("precious")).hasContent("theirs");
  }
}
