package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders of a guest as archives, both ways. */
class FileArchivesIT extends GuestFilesOverHttp {
  // Archives

  @Test
  void aFolderGoesOutAsAnArchiveAndComesInAsOne() throws Exception {
    Path from = Files.createDirectories(guest.resolve("from/sub"));
    String longName = "a name ".repeat(30) + "ä";
    byte[] content = bytes(300_000);
    Files.write(from.resolve(longName), content);
    Files.createSymbolicLink(from.resolve("link"), Path.of("../" + "x".repeat(150)));
    Files.createDirectory(from.resolve("empty"));
    new LinuxHost().check(Command.of("chmod", "4711", from.resolve(longName).toString()));
    HttpResponse<byte[]> archive = get(guest.resolve("from"), "&as=tar");
    assertThat(archive.statusCode()).isEqualTo(200);
    Path to = Files.createDirectory(guest.resolve("to"));
    assertThat(put(to, "&as=tar", archive.body()).statusCode()).isEqualTo(200);
    assertThat(to.resolve("sub/" + longName)).hasBinaryContent(content);
    assertThat(json(get(to.resolve("sub/" + longName), "&as=stat")).path("mode").asString())
        .isEqualTo("4711");
    assertThat(Files.readSymbolicLink(to.resolve("sub/link")).toString())
        .isEqualTo("../" + "x".repeat(150));
    assertThat(to.resolve("sub/empty")).isDirectory();
    assertThat(Files.getLastModifiedTime(to.resolve("sub")).toInstant().getEpochSecond())
        .isEqualTo(Files.getLastModifiedTime(from).toInstant().getEpochSecond());
  }

  /** The host's own tar reads what we write, and we what it writes. */
  @Test
  void theHostsTarUnderstandsItBothWays() throws Exception {
    Path from = Files.createDirectories(guest.resolve("from"));
    Files.write(from.resolve("one"), bytes(1000));
    Files.createLink(from.resolve("two"), from.resolve("one"));
    Path archive = Files.write(folder.resolve("a.tar"), get(from, "&as=tar").body());
    Path unpacked = Files.createDirectory(folder.resolve("unpacked"));
    new LinuxHost().check(Command.of("tar", "-xf", archive.toString(), "-C", unpacked.toString()));
    assertThat(unpacked.resolve("two")).hasBinaryContent(bytes(1000));
    Path theirs = folder.resolve("b.tar");
    new LinuxHost().check(Command.of("tar", "-cf", theirs.toString(), "-C", from.toString(), "."));
    Path to = Files.createDirectory(guest.resolve("to"));
    assertThat(put(to, "&as=tar", Files.readAllBytes(theirs)).statusCode()).isEqualTo(200);
    assertThat(to.resolve("one")).hasBinaryContent(bytes(1000));
    assertThat(to.resolve("two")).as("a hard link becomes a file").hasBinaryContent(bytes(1000));
  }

  private interface Entries {
    void add(TarArchiveOutputStream tar) throws IOException;
  }

  private static byte[] archive(Entries entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      entries.add(tar);
    }
    return bytes.toByteArray();
  }

  private static void link(TarArchiveOutputStream tar, String name, String target)
      throws IOException {
    var entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK, true);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private static void file(TarArchiveOutputStream tar, String name, String content)
      throws IOException {
    var entry = new TarArchiveEntry(name, true);
    entry.setSize(content.length());
    tar.putArchiveEntry(entry);
    tar.write(content.getBytes(StandardCharsets.UTF_8));
    tar.closeArchiveEntry();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside", "a/../../outside", "/outside"})
  void anEntryThatLeadsOutOfTheFolderIsRefused(String name) throws Exception {
    Path outside = Files.writeString(folder.resolve("outside"), "stays");
    HttpResponse<byte[]> answer = put(guest, "&as=tar", archive(tar -> file(tar, name, "changed")));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("value").asString()).isEqualTo(name);
    assertThat(outside).hasContent("stays");
    assertThat(names()).isEmpty();
  }

  @Test
  void anEntryBelowALinkIsRefusedAndALinkIsReplacedNotFollowed() throws Exception {
    Path outside = Files.writeString(folder.resolve("outside"), "stays");
    HttpResponse<byte[]> answer =
        put(
            guest,
            "&as=tar",
            archive(tar -> {
              link(tar, "way", "..");
              file(tar, "way/outside", "changed");
            }));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("detail").asString()).contains("is below a link");
    assertThat(
            put(
                    guest,
                    "&as=tar",
                    archive(tar -> {
                      link(tar, "name", "../outside");
                      file(tar, "name", "changed");
                    }))
                .statusCode())
        .isEqualTo(200);
    assertThat(guest.resolve("name")).isRegularFile().hasContent("changed");
    assertThat(outside).hasContent("stays");
  }

  @Test
  void whatIsNoArchiveIsRefused() throws Exception {
    for (byte[] body :
        List.of(
            bytes(3000), Arrays.copyOf(archive(tar -> file(tar, "a", "x".repeat(9000))), 4000))) {
      HttpResponse<byte[]> answer = put(guest, "&as=tar", body);
      assertThat(answer.statusCode())
          .as(new String(answer.body(), StandardCharsets.UTF_8))
          .isEqualTo(400);
      assertThat(json(answer).path("field").asString()).isEqualTo("body");
    }
  }

  @Test
  void aFileAloneIsAnArchiveOfItself() throws Exception {
    Path file = Files.writeString(guest.resolve("file"), "content");
    try (var tar =
        new TarArchiveInputStream(new ByteArrayInputStream(get(file, "&as=tar").body()))) {
      assertThat(tar.getNextEntry().getName()).isEqualTo("file");
      assertThat(new String(tar.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("content");
      assertThat(tar.getNextEntry()).isNull();
    }
  }
}
