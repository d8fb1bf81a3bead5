package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recipe writes lands in the image, wherever the image's links lead. */
class NewRootTest {
  private static final byte[] CONTENT = {'x', '\n'};
  @TempDir private Path temporary;
  private Path host;
  private NewRoot root;

  @BeforeEach
  void make() throws IOException {
    host = Files.createDirectory(temporary.resolve("host"));
    root = new NewRoot(Files.createDirectory(temporary.resolve("root")));
    Files.createDirectories(root.folder().resolve("var"));
    Files.createDirectories(root.folder().resolve("run"));
  }

  private Path link(String name, String target) throws IOException {
    return Files.createSymbolicLink(root.folder().resolve(name), Path.of(target));
  }

  @Test
  void anAbsoluteLinkBeginsAtTheNewRootAgain() throws IOException {
    link("var/run", "/run");
    link("var/away", host.toString());
    root.write("/var/run/lock/app", CONTENT, "rw-r--r--");
    root.write("/var/away/deep/app", CONTENT, "rwxr-x---");
    assertThat(root.folder().resolve("run/lock/app")).hasBinaryContent(CONTENT);
    assertThat(host).as("the host").isEmptyDirectory();
    Path inside = root.folder().resolve(host.toString().substring(1)).resolve("deep/app");
    assertThat(inside).hasBinaryContent(CONTENT);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(inside)))
        .isEqualTo("rwxr-x---");
  }

  @Test
  void noWayUpLeadsOutOfIt() throws IOException {
    link("var/up", "../../../../.." + host);
    root.write("/var/up/app", CONTENT, "rw-r--r--");
    assertThat(host).isEmptyDirectory();
    assertThat(root.find("/../../.." + host + "/app")).isPresent();
    assertThatThrownBy(() -> root.write("/var/none/../../app", CONTENT, "rw-r--r--"))
        .isInstanceOf(Refused.class);
    assertThatThrownBy(() -> root.write("/var/..", CONTENT, "rw-r--r--"))
        .isInstanceOf(Refused.class);
  }

  @Test
  void aLinkInTheFilesPlaceIsReplacedAndNotWrittenThrough() throws IOException {
    Path precious = Files.writeString(host.resolve("passwd"), "root");
    link("var/app", precious.toString());
    root.write("/var/app", CONTENT, "rw-r--r--");
    assertThat(precious).hasContent("root");
    assertThat(root.folder().resolve("var/app")).isRegularFile().hasBinaryContent(CONTENT);
  }

  @Test
  void aFolderInTheFilesPlaceAndLinksInACircleAreRefused() throws IOException {
    link("var/a", "b");
    link("var/b", "/var/a");
    assertThatThrownBy(() -> root.write("/var/a/app", CONTENT, "rw-r--r--"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("files.target");
    assertThatThrownBy(() -> root.write("/run", CONTENT, "rw-r--r--"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is a folder in the image");
    Files.writeString(root.folder().resolve("var/file"), "");
    assertThatThrownBy(() -> root.write("/var/file/app", CONTENT, "rw-r--r--"))
        .isInstanceOf(Refused.class);
    assertThat(root.find("/var/a")).isEmpty();
    assertThat(root.find("/var/none")).isEmpty();
  }

  @Test
  void usersFilesAndHomesAreTheImagesOwn() throws IOException {
    link("home", host.toString());
    link("etc", "/" + Files.createDirectory(root.folder().resolve("conf")).getFileName());
    Files.createDirectories(root.folder().resolve("bin"));
    Files.writeString(root.folder().resolve("bin/sh"), "");
    new Accounts(root)
        .add(java.util.List.of(new Recipe.RecipeUser("ada", 1000, "/bin/sh", java.util.List.of())));
    assertThat(root.folder().resolve("conf/passwd")).content().contains("ada:x:1000:1000");
    assertThat(host).isEmptyDirectory();
  }
}
