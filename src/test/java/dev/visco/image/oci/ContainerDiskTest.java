package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.DataFolders;
import dev.visco.host.LinuxHost;
import dev.visco.host.MemoryBudget;
import dev.visco.image.recipe.RootDisk;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A merged tree as a disk: what tar, mke2fs and debugfs make of it. */
class ContainerDiskTest {
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();

  @Test
  void ownersModesLinksDevicesAndAttributesAreOnTheDiskAndNowhereOnTheHost() throws IOException {
    String name = "Főtanúsítvány \"x\" -rf";
    MadeLayers layers =
        new MadeLayers()
            .with(
                new MadeLayers.Archive()
                    .file("bin/su", "program", 04755, 0, 0)
                    .file("home/app/data", "secret", 0600, 1000, 100_000)
                    .file("shadow", "none", 0, 0, 42)
                    .file("certs/" + name, "certificate")
                    .folder("tmp", 01777, 0, 0)
                    .file("lower", "gone")
                    .attribute("ping", "x", "security.capability", "\1\0\0\2\0\4\0\0\0\0"))
            .with(
                new MadeLayers.Archive()
                    .hardLink("bin/sudo", "bin/su")
                    .link("sh", "/bin/su")
                    .file(".wh.lower", "")
                    .device("null", TarConstants.LF_CHR, 1, 3)
                    .device("pipe", TarConstants.LF_FIFO, 0, 0));
    Path tool = Files.writeString(folder.resolve("tool"), "#!/bin/sh\n");
    var extra = new ExtraFiles();
    extra.program(".visco/tool", tool);

    RootDisk.Made made = make(layers, extra);

    assertThat(ask(made, "stat /bin/su")).contains("Mode:  04755", "Links: 2", "User:     0");
    assertThat(ask(made, "stat /home/app/data"))
        .contains("Mode:  0600", "User:  1000", "Group: 100000");
    assertThat(ask(made, "stat /shadow")).contains("Mode:  0000", "Group:    42");
    assertThat(ask(made, "cat /shadow")).endsWith("none");
    assertThat(ask(made, "stat /tmp")).contains("Type: directory", "Mode:  01777");
    assertThat(ask(made, "stat /sh")).contains("Type: symlink", "Fast link dest: \"/bin/su\"");
    assertThat(ask(made, "stat /null"))
        .contains("Type: character special", "Mode:  0666", "number: 01:03");
    assertThat(ask(made, "stat /pipe")).contains("Type: FIFO", "Mode:  0666");
    assertThat(ask(made, "ea_list /ping")).contains("security.capability (10)");
    assertThat(ask(made, "cat \"/certs/" + name.replace("\"", "\"\"") + "\""))
        .isEqualTo("certificate");
    assertThat(ask(made, "stat /.visco/tool")).contains("Mode:  0755", "User:     0");
    assertThat(ask(made, "ls /")).doesNotContain("lower");
    try (var files = Files.walk(folder.resolve("tree"))) {
      assertThat(files.filter(file -> !Files.isSymbolicLink(file)))
          .allSatisfy(
              file -> assertThat((Integer) Files.getAttribute(file, "unix:mode") & 07077).isZero());
    }
  }

  private RootDisk.Made make(MadeLayers layers, ExtraFiles extra) throws IOException {
    DataFolders.passable(folder);
    try (var memory = MemoryBudget.shared().nothing()) {
      RootTree tree =
          new LayerMerge(OciLimits.USUAL, memory).merge(layers.layers(), layers, Progress.SILENT);
      extra.addTo(tree, layers.layers().size());
      var archive = new TreeArchive(tree.root(), layers.layers(), layers, extra, OciLimits.USUAL);
      return new ContainerDisk(host, folder).make(archive, tree.root(), "test", Progress.SILENT);
    }
  }

  private String ask(RootDisk.Made made, String question) {
    return host.check(
            Command.of(
                    List.of(
                        "debugfs",
                        "-R",
                        question,
                        made.file().getFileName() + "?offset=" + RootDisk.PARTITION_START))
                .in(folder))
        .output();
  }
}
