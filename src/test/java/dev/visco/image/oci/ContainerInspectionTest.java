package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.DataFolders;
import dev.visco.host.LinuxHost;
import dev.visco.host.MemoryBudget;
import dev.visco.image.ContainerConfig;
import dev.visco.image.RootContents;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.RootDisk;
import dev.visco.model.Progress;
import dev.visco.model.RootProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said at the import of a program that no guest could start, or that all can. */
class ContainerInspectionTest {
  private static final String ROOT = "";
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private RootTree tree;
  private RootDisk.Made disk;

  @BeforeEach
  void makeDisk() throws IOException {
    byte[] program = Files.readAllBytes(Path.of("/usr/bin/true"));
    byte[] arm = program.clone();
    arm[18] = (byte) 183; // EM_AARCH64
    byte[] fixed = Files.readAllBytes(Path.of("/bin/busybox"));
    MadeLayers layers =
        new MadeLayers()
            .with(
                new MadeLayers.Archive()
                    .file("etc/passwd", "app:x:1000:1000::/:/bin/sh\n")
                    .file("bin/sh", fixed, 0755)
                    .file("srv/app", "#!/bin/sh\n", 0755, 0, 0)
                    .file("srv/text", "echo no first line\n", 0755, 0, 0)
                    .file("srv/bash", "#!/bin/bash\n", 0755, 0, 0)
                    .file("srv/windows", "#!/bin/sh\r\n", 0755, 0, 0)
                    .file("srv/plain", "#!/bin/sh\n", 0644, 0, 0)
                    .file("srv/roots", "#!/bin/sh\n", 0700, 0, 0)
                    .file("srv/arm", arm, 0755)
                    .file("srv/dynamic", program, 0755)
                    .file("srv/data", "text", 0644, 0, 0)
                    .file("closed/app", "#!/bin/sh\n", 0755, 0, 0)
                    .folder("closed", 0700, 0, 0)
                    .link("srv/link", "/srv/gone"));
    DataFolders.passable(folder);
    try (var memory = MemoryBudget.shared().nothing()) {
      tree =
          new LayerMerge(OciLimits.USUAL, memory).merge(layers.layers(), layers, Progress.SILENT);
      var archive =
          new TreeArchive(tree.root(), layers.layers(), layers, new ExtraFiles(), OciLimits.USUAL);
      disk = new ContainerDisk(host, folder).make(archive, tree.root(), "test", Progress.SILENT);
    }
  }

  private RootContents look(String user, String home, List<String> words) throws IOException {
    var config = new ContainerConfig(words, List.of(), Map.of(), user, home, List.of(), null);
    var found = ContainerUser.of(user, List.of("app:x:1000:1000::/:/bin/sh"), List.of());
    Path copies = Files.createDirectories(folder.resolve("copies"));
    return new ContainerInspection(config, found, tree)
        .of(host, disk.file(), RootProbe.of(disk.file()), copies);
  }

  private String notice(String user, String... words) throws IOException {
    RootContents found = look(user, "/srv", List.of(words));
    assertThat(found.problems()).isEmpty();
    assertThat(found.notices()).hasSizeLessThan(2);
    return String.join("", found.notices());
  }

  @Test
  void whatCanBeStartedHasNoNotice() throws IOException {
    for (String word : List.of("/srv/app", "app", "./app", "/srv/text", "sh", "sleep")) {
      boolean isBare = word.equals("app");
      assertThat(notice("app", word).isEmpty()).as(word).isEqualTo(!isBare);
    }
    RootContents found = look(ROOT, "/srv", List.of("./app", "serve"));
    assertThat(found.init()).isEqualTo("/srv/app");
    assertThat(found.freeMib()).isPositive();
    assertThat(look(ROOT, "/", List.of()).notices()).isEmpty();
    assertThat(notice(ROOT, "/srv/roots")).isEmpty();
  }

  @Test
  void whatCannotBeStartedIsSaidWithItsCauseAndWhatToChange() throws IOException {
    String all = "the image's program cannot be started: ";
    assertThat(notice(ROOT, "serve")).startsWith(all + "There is no serve in /usr/local/sbin:");
    assertThat(notice(ROOT, "/srv/none")).startsWith(all + "/srv/none is not there");
    assertThat(notice(ROOT, "/srv/link")).contains("leads to /srv/gone, which is not there");
    assertThat(notice(ROOT, "/srv/bash")).contains("its interpreter /bin/bash is not there");
    assertThat(notice(ROOT, "/srv/windows")).contains("CR LF", "sed -i");
    assertThat(notice(ROOT, "/srv/plain")).contains("not executable (mode 644)", "chmod 755");
    assertThat(notice(ROOT, "/srv/arm")).contains("is a program for aarch64");
    assertThat(notice(ROOT, "/srv/dynamic")).contains("needs the loader");
    assertThat(notice("app", "/srv/roots"))
        .contains("The user app may not execute /srv/roots (mode 700, owner 0)");
    assertThat(notice("app", "/closed/app")).contains("may not pass through /closed (mode 700");
  }

  @Test
  void aFolderThatIsNoneIsSaid() throws IOException {
    assertThat(look(ROOT, "/srv/data", List.of("/srv/app")).notices())
        .singleElement()
        .asString()
        .contains("/srv/data is no folder (WORKDIR)");
    assertThat(look(ROOT, "/made/by/the/guest", List.of("/srv/app")).notices()).isEmpty();
  }

  @Test
  void anInitThatCannotBeStartedIsAProblemThatKeepsGuestsFromStarting() throws IOException {
    assertThat(look(ROOT, "/", List.of("/sbin/init")).problems())
        .extracting(RootProblem::rule)
        .containsExactly(RootInspection.INIT_MISSING);
  }
}
