package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.LoopbackSshd;
import dev.visco.session.VmKeys;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code visco cp} through a real API and a real sshd: this host stands for the guest. */
class CopyCommandIT {
  @TempDir private Path folder;
  private LoopbackSshd sshd;
  private ApiUnderTest api;
  private String vm;
  private Path guest;
  private Path here;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void start() throws Exception {
    var keys = new VmKeys(Files.createDirectory(folder.resolve("keys")));
    keys.create();
    sshd = new LoopbackSshd(folder.resolve("keys"), keys);
    api = ApiUnderTest.start(folder.resolve("data"));
    api.guestsAre(sshd::session);
    vm = api.create();
    api.vms.settle(new VmId(vm), VmState.READY, null);
    guest = Files.createDirectory(folder.resolve("guest"));
    here = Files.createDirectory(folder.resolve("here"));
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
    Awaitility.await().until(() -> sshd.serving() == 0);
    sshd.close();
  }

  private int cp(String... arguments) {
    out.reset();
    err.reset();
    String[] all = Stream.concat(Stream.of("cp"), Stream.of(arguments)).toArray(String[]::new);
    return Visco.commandLine(
            flags -> address(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            List.of())
        .execute(all);
  }

  private ApiAddress address() {
    String[] parts = api.address().split(":", -1);
    return new ApiAddress(parts[0], Integer.parseInt(parts[1]), ApiUnderTest.TOKEN);
  }

  private void copied(Object from, Object to) {
    assertThat(cp(from.toString(), to.toString()))
        .as(err.toString(StandardCharsets.UTF_8))
        .isZero();
  }

  private void refused(String says, Object from, Object to) {
    assertThat(cp(from.toString(), to.toString())).isNotZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(says);
  }

  private String in(Path path) {
    return vm + ":" + path;
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new SplittableRandom(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aFileGoesInAndOut() throws IOException {
    byte[] content = bytes(2_000_003);
    Path file = Files.write(here.resolve("file"), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x---"));
    copied(file, in(guest));
    assertThat(guest.resolve("file")).hasBinaryContent(content);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(guest.resolve("file"))))
        .isEqualTo("rwxr-x---");
    copied(file, in(guest.resolve("other name")));
    assertThat(guest.resolve("other name")).hasBinaryContent(content);
    copied(in(guest.resolve("file")), here.resolve("back"));
    assertThat(cp("--json", file.toString(), in(guest))).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .endsWith(",\"to\":\"" + vm + ":" + guest.resolve("file") + "\"}\n");
    assertThat(here.resolve("back")).hasBinaryContent(content);
    Path folder = Files.createDirectory(here.resolve("folder"));
    copied(in(guest.resolve("file")), folder);
    assertThat(folder.resolve("file")).hasBinaryContent(content);
  }

  @Test
  void aFileThatComesOutKeepsItsPermissions() throws IOException {
    for (String mode : List.of("rw-------", "rwxr-x--x")) {
      Path file = Files.writeString(guest.resolve("file " + mode), mode);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      Path link = Files.createSymbolicLink(guest.resolve("link " + mode), file.getFileName());
      for (Path source : List.of(file, link)) {
        copied(in(source), here);
        Path copy = here.resolve(source.getFileName());
        assertThat(copy).isRegularFile().hasContent(mode);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
            .isEqualTo(mode);
      }
    }
  }

  @Test
  void linksThatLeadNowhereAreNoFile() throws IOException {
    Files.createSymbolicLink(guest.resolve("dangling"), Path.of("no-such"));
    Files.createSymbolicLink(guest.resolve("circle"), Path.of("circle"));
    refused("There is no file", in(guest.resolve("dangling")), here);
    refused("There is no file", in(guest.resolve("circle")), here);
  }

  @Test
  void aFolderGoesInAndOutAsDockersDoes() throws IOException {
    Path tree = Files.createDirectories(here.resolve("tree/sub"));
    Files.write(tree.resolve("file"), bytes(70_000));
    Files.createSymbolicLink(here.resolve("tree/link"), Path.of("sub/file"));
    copied(here.resolve("tree"), in(guest.resolve("new")));
    assertThat(guest.resolve("new/sub/file"))
        .as("it was not there")
        .hasBinaryContent(bytes(70_000));
    copied(here.resolve("tree"), in(guest.resolve("new")));
    assertThat(guest.resolve("new/tree/sub/file")).as("it was there").exists();
    copied(here.resolve("tree") + "/.", in(guest.resolve("new/tree")));
    assertThat(guest.resolve("new/tree/tree")).as("its content").doesNotExist();
    copied(in(guest.resolve("new")), here.resolve("back"));
    assertThat(here.resolve("back/sub/file")).hasBinaryContent(bytes(70_000));
    assertThat(Files.readSymbolicLink(here.resolve("back/link"))).isEqualTo(Path.of("sub/file"));
    copied(in(guest.resolve("new/sub")), here.resolve("back"));
    assertThat(here.resolve("back/sub/file")).exists();
    copied(in(guest.resolve("new/sub")) + "/.", here.resolve("back"));
    assertThat(here.resolve("back/file")).exists();
  }

  @Test
  void aDashIsAnArchive() throws Exception {
    Path tree = Files.createDirectories(here.resolve("tree"));
    Files.write(tree.resolve("file"), bytes(1000));
    Path archive = folder.resolve("archive.tar");
    var host = new LinuxHost();
    host.check(Command.of("tar", "-cf", archive.toString(), "-C", here.toString(), "tree"));
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(archive)));
      copied("-", in(guest));
    } finally {
      System.setIn(before);
    }
    assertThat(guest.resolve("tree/file")).hasBinaryContent(bytes(1000));
    assertThat(cp(in(guest.resolve("tree")), "-")).isZero();
    Path back = Files.write(folder.resolve("back.tar"), out.toByteArray());
    assertThat(host.check(Command.of("tar", "-tf", back.toString())).output()).isEqualTo("file\n");
  }

  @Test
  void whatCannotBeIsRefusedAndChangesNothing() throws IOException {
    Path file = Files.writeString(here.resolve("file"), "x");
    Path tree = Files.createDirectory(here.resolve("tree"));
    Files.writeString(guest.resolve("file"), "y");
    refused("is in a VM too", in(guest), in(guest));
    refused("is a path here too", file, here);
    refused("is not absolute", file, vm + ":relative");
    refused("is not there", here.resolve("no"), in(guest));
    refused("There is no VM", file, "nobody:/x");
    refused("There is no file", in(guest.resolve("no")), here);
    refused("is no folder", file, in(guest.resolve("no")) + "/");
    refused("There is no file", file, in(guest.resolve("no/such/folder")));
    refused("is a file", tree, in(guest.resolve("file")));
    refused("is a file", in(guest), file);
    refused("is no folder", in(guest.resolve("file")), here.resolve("no") + "/");
    assertThat(file).hasContent("x");
    assertThat(guest.resolve("file")).hasContent("y");
  }

  /** A guest's names may be made to lead elsewhere. */
  @Test
  void nothingOfAGuestIsWrittenThroughALinkHere() throws IOException {
    Path tree = Files.createDirectories(guest.resolve("tree/way"));
    Files.writeString(tree.resolve("outside"), "changed");
    Path outside = Files.writeString(folder.resolve("outside"), "stays");
    Path target = Files.createDirectories(here.resolve("tree"));
    Files.createSymbolicLink(target.resolve("way"), folder);
    refused("is a link here", in(guest.resolve("tree")), here);
    assertThat(outside).hasContent("stays");
  }
}
