package dev.visco.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.Store;
import dev.visco.store.VmStates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backup and a restore are killed at each of their steps: what the disk holds at that moment is
 * copied, which is what {@code kill -9} leaves, and whoever comes next works on that copy. By
 * {@code ./visco test --all} 20 times each, with other files and at other moments between two
 * steps.
 */
@Timeout(600)
class BackupKillTest {
  private static final int ROUNDS = Boolean.getBoolean("visco.all") ? 20 : 1;

  @TempDir private Path folder;
  private final List<Moment> moments = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  /** The disk of the host as it was at one step. */
  private record Moment(String step, SampleHost host) {}

  private final Backup.Pausing pausing =
      new Backup.Pausing() {
        @Override
        public void pause(VmId vm) {
          told.add("pause " + vm);
        }

        @Override
        public void resume(VmId vm) {
          told.add("resume " + vm);
        }
      };

  @BeforeEach
  void begin() throws IOException {
    Files.createDirectories(folder.resolve("begin"));
  }

  /** Copies the host at each step, but reports of the same step once, at a random one of them. */
  private Progress copying(SampleHost host, Random random) {
    var seen = new TreeSet<String>();
    return (what, fraction) -> {
      if (!seen.contains(what) && (fraction < 0 || random.nextInt(4) == 0 || fraction >= 1)) {
        seen.add(what);
        moments.add(new Moment(what, copy(host)));
      }
    };
  }

  private SampleHost copy(SampleHost host) {
    Path copy = folder.resolve("killed-" + moments.size() + "-" + told.size());
    new LinuxHost()
        .check(
            Command.of("cp", "-a", "--sparse=always", host.folder().toString(), copy.toString()));
    return new SampleHost(copy);
  }

  private SampleHost host(int round) throws IOException {
    moments.clear();
    told.clear();
    var host = new SampleHost(Files.createDirectories(folder.resolve("host-" + round))).make();
    var random = new Random(round);
    for (int file = random.nextInt(3); file > 0; file--) {
      byte[] content = new byte[random.nextInt(300_000)];
      random.nextBytes(content);
      Files.write(host.data().resolve("vms/vm-0000000a/keys/more-" + file), content);
      Files.write(
          Files.createDirectories(host.configuration().resolve("types")).resolve("more-" + file),
          content);
    }
    try (var store = Store.open(host.data())) {
      VmStates.set(store, SampleHost.ANNAS, VmState.READY); // It is paused for its copy.
    }
    return host;
  }

  @Test
  void whatABackupLeavesThatWasKilledIsNoBackupAndGoesWithTheNext() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      SampleHost host = host(round);
      var paused = new ArrayList<Boolean>();
      Progress copying = copying(host, new Random(round));
      host.backup(
              (what, fraction) -> {
                copying.report(what, fraction);
                while (paused.size() < moments.size()) {
                  paused.add(told.size() == 1);
                }
              })
          .write(host.file(), user -> true, pausing, SampleHost.NOW);
      assertThat(moments.stream().map(Moment::step))
          .contains(
              "copy the store",
              "write the backup",
              "pause the VM vm-0000000a",
              "copy the disks of the VM vm-0000000a",
              "write the VM vm-0000000b",
              "write it to the disk",
              "give it its name",
              "remove what is not needed any more");
      for (int at = 0; at < moments.size(); at++) {
        Moment moment = moments.get(at);
        told.clear();
        moment.host().assertBackedUpAnew(pausing, "round " + round + ", at: " + moment.step());
        if (paused.get(at)) {
          assertThat(told).as(moment.step()).startsWith("resume vm-0000000a");
        }
      }
    }
  }

  @Test
  void aRestoreThatWasKilledIsBroughtToItsEndByTheNext() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      SampleHost host = host(round);
      host.backup().write(host.file(), user -> true, pausing, SampleHost.NOW);
      host.restore(copying(host, new Random(round))).from(host.file());
      assertThat(moments.stream().map(Moment::step))
          .contains(
              "check the backup",
              "put the backup back",
              "compare the store with the folders",
              "put the settings back",
              "move vms into its place",
              "move visco.db into its place",
              "open the data folder",
              "remove what is not needed any more");
      for (Moment moment : moments) {
        SampleHost killed = moment.host();
        String where = "round " + round + ", at: " + moment.step();
        Path data = killed.target();
        if (moment.step().equals("remove what is not needed any more")) {
          killed.assertRestored(where); // All of it counts by now.
          assertThatThrownBy(() -> killed.restore().from(killed.file()))
              .as(where)
              .isInstanceOf(Refused.class)
              .hasMessageContaining("is not empty");
          continue;
        }
        if (moment.step().equals("put the settings back")) {
          Files.createDirectories(killed.targetConfiguration());
          Files.createFile(DurableFiles.half(killed.targetConfiguration().resolve("visco.toml")));
        }
        if (Files.exists(data.resolve("restore"))) {
          assertThatThrownBy(() -> Store.open(data))
              .as(where)
              .isInstanceOf(Refused.class)
              .hasMessageContaining("is being put back");
        } else if (Files.exists(data)) {
          assertThat(SampleHost.names(data)).as(where).isSubsetOf("lock");
        }
        assertThat(killed.restore().from(killed.file()).kept()).as(where).isEmpty();
        killed.assertRestored(where);
      }
    }
  }

  /** The store is in its place, and it is another backup that is to be put back now. */
  @Test
  void whatWasPutBackWholeIsNotReplacedByAnotherBackup() throws IOException {
    SampleHost host = host(0);
    host.backup().write(host.file(), user -> true, pausing, SampleHost.NOW);
    Path other = folder.resolve("another.tar.zst");
    host.backup().write(other, "anna"::equals, pausing, SampleHost.NOW);
    host.restore(copying(host, new Random(0))).from(host.file());
    SampleHost killed =
        moments.stream()
            .filter(moment -> moment.step().equals("open the data folder"))
            .findFirst()
            .orElseThrow()
            .host();
    assertThatThrownBy(() -> killed.restore().from(other))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is not empty");
    killed.restore().from(killed.file());
    killed.assertRestored("its own backup");
  }

  /** A folder of this name is no reason to take away what a daemon works with. */
  @Test
  void aFolderNamedRestoreInADataFolderInUseIsNoRestore() throws IOException {
    SampleHost host = host(0);
    host.backup().write(host.file(), user -> true, pausing, SampleHost.NOW);
    Files.createDirectories(host.data().resolve("restore/data"));
    var again =
        new Restore(
            new LinuxHost(),
            host.data(),
            host.configuration(),
            Progress.SILENT,
            java.time.InstantSource.fixed(SampleHost.NOW));
    assertThatThrownBy(() -> again.from(host.file()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is not empty");
    assertThat(host.data().resolve(SampleHost.DISK)).exists();
    Store.open(host.data()).close();
  }

  @Test
  void aBackupThatAnotherProcessWritesIsLeftToIt() throws IOException {
    SampleHost host = host(0);
    List<String> refusals = new ArrayList<>();
    Backup second = host.backup();
    host.backup(
            (what, fraction) -> {
              if (what.equals("give it its name")) {
                try {
                  second.write(host.file(), user -> true, pausing, SampleHost.NOW);
                } catch (Refused e) {
                  refusals.add(e.getMessage());
                }
                second.write(folder.resolve("host-0/beside"), user -> false, null, SampleHost.NOW);
              }
            })
        .write(host.file(), user -> true, pausing, SampleHost.NOW);
    assertThat(refusals).singleElement().asString().contains("Another process writes the backup");
    assertThat(SampleHost.names(host.folder()))
        .containsExactly("beside", "data", "etc", "visco.tar.zst");
    host.restore().from(host.file());
    host.assertRestored("the first");
  }

  /** Who cannot be resumed now is resumed by a later backup. */
  @Test
  void aVmThatAKilledBackupPausedIsResumedOnceThatCanBe() throws IOException {
    SampleHost host = host(0);
    host.backup(copying(host, new Random(0)))
        .write(host.file(), user -> true, pausing, SampleHost.NOW);
    SampleHost killed =
        moments.stream()
            .filter(moment -> moment.step().startsWith("copy the disks"))
            .findFirst()
            .orElseThrow()
            .host();
    told.clear();
    killed.backup().write(killed.folder().resolve("settings"), user -> false, null, SampleHost.NOW);
    assertThat(told).isEmpty();
    assertThat(SampleHost.names(killed.folder())).contains(".visco.tar.zst.visco-backup");
    killed.backup().write(killed.file(), user -> false, pausing, SampleHost.NOW);
    assertThat(told).containsExactly("resume vm-0000000a");
    assertThat(SampleHost.names(killed.folder()))
        .containsExactly("data", "etc", "settings", "visco.tar.zst");
  }
}
