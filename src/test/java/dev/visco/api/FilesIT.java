package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Files and folders of a guest, one by one. */
class FilesIT extends GuestFilesOverHttp {
  // One file

  @Test
  void aFileIsWrittenAndReadByteByByte() throws Exception {
    byte[] content = bytes(5_000_001);
    Path file = guest.resolve("some file ä%\n.bin");
    HttpResponse<byte[]> written = put(file, "&mode=0750", content);
    assertThat(written.statusCode()).isEqualTo(201);
    assertThat(json(written).path("size").asLong()).isEqualTo(content.length);
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rwxr-x---");
    HttpResponse<byte[]> read = get(file, "");
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEqualTo(content);
    assertThat(read.headers().firstValueAsLong("Content-Length")).hasValue(content.length);
    assertThat(names()).as("no half of it").containsExactly("some file ä%\n.bin");
  }

  @Test
  void aFileThatIsReplacedKeepsItsOwnerAndPermissions() throws Exception {
    Path file = Files.writeString(guest.resolve("file"), "before");
    new LinuxHost().check(Command.of("chown", "12:34", file.toString()));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    assertThat(put(file, "", bytes(10)).statusCode()).isEqualTo(200);
    JsonNode is = json(get(file, "&as=stat"));
    assertThat(is.path("uid").asInt() + ":" + is.path("gid").asInt()).isEqualTo("12:34");
    assertThat(is.path("mode").asString()).isEqualTo("0660");
  }

  @Test
  void aLinkIsWrittenThrough() throws Exception {
    Path file = Files.writeString(guest.resolve("file"), "before");
    Path link = Files.createSymbolicLink(guest.resolve("link"), Path.of("file"));
    put(link, "", "after".getBytes(StandardCharsets.UTF_8));
    assertThat(Files.readString(file)).isEqualTo("after");
    assertThat(link).isSymbolicLink();
    assertThat(json(get(link, "&as=stat")).path("target").asString()).isEqualTo("file");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-9, 206, 0, 10",
    "bytes=90-, 206, 90, 10",
    "bytes=-7, 206, 93, 7",
    "bytes=95-400, 206, 95, 5",
    "'bytes=1-2,5-6', 200, 0, 100",
    "lines=1-2, 200, 0, 100",
    "bytes=5-2, 200, 0, 100",
  })
  void aRangeIsAnsweredWithItsBytes(String range, int status, int from, int count)
      throws Exception {
    byte[] content = bytes(100);
    Path file = Files.write(guest.resolve("file"), content);
    HttpResponse<byte[]> read = get(file, "", "Range", range);
    assertThat(read.statusCode()).isEqualTo(status);
    assertThat(read.body()).isEqualTo(Arrays.copyOfRange(content, from, from + count));
    if (status == 206) {
      assertThat(read.headers().firstValue("Content-Range"))
          .hasValue("bytes " + from + "-" + (from + count - 1) + "/100");
    }
  }

  @Test
  void aRangeBeyondTheFileIsRefused() throws Exception {
    Path file = Files.write(guest.resolve("file"), bytes(100));
    HttpResponse<byte[]> read = get(file, "", "Range", "bytes=100-");
    assertThat(read.statusCode()).isEqualTo(416);
    assertThat(read.headers().firstValue("Content-Range")).hasValue("bytes */100");
    assertThat(json(read).path("remedy").asString()).isEqualTo("It has 100 bytes.");
    Path empty = Files.createFile(guest.resolve("empty"));
    assertThat(get(empty, "", "Range", "bytes=0-").statusCode()).isEqualTo(416);
    assertThat(get(empty, "").headers().firstValueAsLong("Content-Length")).hasValue(0);
  }

  @Test
  void aFileOfProcHasNoSizeAndIsReadToItsEnd() throws Exception {
    Path file = Path.of("/proc/version");
    HttpResponse<byte[]> read = get(file, "", "Range", "bytes=0-3");
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(new String(read.body(), StandardCharsets.UTF_8)).isEqualTo(Files.readString(file));
    assertThat(ask("HEAD", file, "", BodyPublishers.noBody()).statusCode()).isEqualTo(200);
  }

  /** The change of an owner takes set-user-ID away, from root too. */
  @Test
  void setUserIdStaysWhereAnOwnerIsGiven() throws Exception {
    var host = new LinuxHost();
    Path file = Files.writeString(guest.resolve("file"), "before");
    host.check(Command.of("chown", "12:34", file.toString()));
    host.check(Command.of("chmod", "4755", file.toString()));
    assertThat(put(file, "", bytes(10)).statusCode()).isEqualTo(200);
    assertThat(json(get(file, "&as=stat")).path("mode").asString()).isEqualTo("4755");
    Path to = Files.createDirectory(guest.resolve("to"));
    Path archive = folder.resolve("a.tar");
    host.check(
        Command.of(
            "tar", "-cf", archive.toString(), "-C", guest.toString(), file.toFile().getName()));
    put(to, "&as=tar&owners=true", Files.readAllBytes(archive));
    JsonNode unpacked = json(get(to.resolve("file"), "&as=stat"));
    assertThat(unpacked.path("mode").asString()).isEqualTo("4755");
    assertThat(unpacked.path("uid").asInt()).isEqualTo(12);
    BodyPublisher change = BodyPublishers.ofString("{\"mode\":\"4755\",\"uid\":7}");
    assertThat(json(ask("PATCH", file, "", change)).path("mode").asString()).isEqualTo("4755");
  }

  @Test
  void theHeadOfAFileTellsItsLength() throws Exception {
    Path file = Files.write(guest.resolve("file"), bytes(100));
    HttpResponse<byte[]> head = ask("HEAD", file, "", BodyPublishers.noBody());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(100);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void aBodyThatBreaksOffChangesNothing() throws Exception {
    Path file = Files.writeString(guest.resolve("file"), "before");
    try (var socket =
        new java.net.Socket("127.0.0.1", URI.create("http://" + api.address()).getPort())) {
      socket
          .getOutputStream()
          .write(
              ("PUT /api/vms/"
                      + vm
                      + "/files?path="
                      + file
                      + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                      + ApiUnderTest.TOKEN
                      + "\r\nContent-Length: 100000\r\n\r\nhalf")
                  .getBytes(StandardCharsets.UTF_8));
      org.awaitility.Awaitility.await().until(() -> names().size() == 2);
    }
    org.awaitility.Awaitility.await().until(() -> names().equals(List.of("file")));
    assertThat(file).hasContent("before");
  }

  // Folders

  @Test
  void aFolderIsListedWithWhatIsInIt() throws Exception {
    Files.writeString(guest.resolve("a file"), "123");
    Files.createDirectory(guest.resolve("folder"));
    Files.createSymbolicLink(guest.resolve("link"), Path.of("/no/such"));
    new LinuxHost().check(Command.of("mkfifo", guest.resolve("pipe").toString()));
    JsonNode list = json(get(guest, "&as=list"));
    assertThat(
            list.valueStream()
                .map(one -> one.path("name").asString() + " " + one.path("kind").asString()))
        .containsExactlyInAnyOrder("a file file", "folder folder", "link link", "pipe other");
  }

  @Test
  void aFolderOfThousandsIsListedWhole() throws Exception {
    for (int number = 0; number < 3000; number++) {
      Files.createFile(guest.resolve("a rather long name of a file, number " + number));
    }
    assertThat(json(get(guest, "&as=list")).size()).isEqualTo(3000);
  }

  @Test
  void foldersAreMadeWithThoseAboveThemWhenThatIsAskedFor() throws Exception {
    Path deep = guest.resolve("a/b/c");
    HttpResponse<byte[]> refused = put(deep, "&as=folder", new byte[0]);
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(put(deep, "&as=folder&parents=true", new byte[0]).statusCode()).isEqualTo(201);
    assertThat(deep).isDirectory();
    assertThat(put(deep.resolve("d/e"), "&parents=true", bytes(3)).statusCode()).isEqualTo(201);
    assertThat(deep.resolve("d/e")).hasSize(3);
  }

  @Test
  void filesAreChangedAndRenamed() throws Exception {
    Path file = Files.writeString(guest.resolve("file"), "content");
    Files.writeString(guest.resolve("other"), "replaced");
    HttpResponse<byte[]> changed =
        ask(
            "PATCH",
            file,
            "",
            BodyPublishers.ofString(
                "{\"mode\":\"0600\",\"uid\":7,\"path\":\"" + guest.resolve("other") + "\"}"));
    assertThat(changed.statusCode())
        .as(new String(changed.body(), StandardCharsets.UTF_8))
        .isEqualTo(200);
    assertThat(names()).containsExactly("other");
    JsonNode is = json(changed);
    assertThat(is.path("uid").asInt()).isEqualTo(7);
    assertThat(is.path("mode").asString()).isEqualTo("0600");
    assertThat(guest.resolve("other")).hasContent("content");
  }

  @Test
  void aFolderIsRemovedWithAllInItOnlyWhenThatIsAskedFor() throws Exception {
    Path outside = Files.writeString(folder.resolve("outside"), "stays");
    Path tree = Files.createDirectories(guest.resolve("tree/deep/er"));
    Files.writeString(tree.resolve("file"), "x");
    Files.createSymbolicLink(tree.resolve("link"), outside);
    Files.createSymbolicLink(tree.resolve("folder-link"), folder);
    HttpResponse<byte[]> refused =
        ask("DELETE", guest.resolve("tree"), "", BodyPublishers.noBody());
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(json(refused).path("remedy").asString()).contains("recursive=true");
    assertThat(
            ask("DELETE", guest.resolve("tree"), "&recursive=true", BodyPublishers.noBody())
                .statusCode())
        .isEqualTo(204);
    assertThat(names()).isEmpty();
    assertThat(outside).hasContent("stays");
  }

  // What cannot be

  @Test
  void whatIsWrongIsToldByNameAndWithARemedy() throws Exception {
    Files.writeString(guest.resolve("file"), "x");
    Files.createDirectory(guest.resolve("folder"));
    refused(404, "There is no file", get(guest.resolve("no-such"), ""));
    refused(404, "There is no file", get(guest.resolve("no-such"), "&as=list"));
    refused(404, "There is no file", put(guest.resolve("no/such"), "", bytes(1)));
    refused(
        404, "There is no file", ask("DELETE", guest.resolve("no"), "", BodyPublishers.noBody()));
    refused(409, "It is a folder", get(guest.resolve("folder"), ""));
    refused(409, "It is a folder", put(guest.resolve("folder"), "", bytes(1)));
    refused(409, "no folder", get(guest.resolve("file"), "&as=list"));
    refused(409, "no folder", put(guest.resolve("file"), "&as=tar", bytes(1)));
    refused(409, "It is there already", put(guest.resolve("folder"), "&as=folder", bytes(0)));
    refused(400, "mode \"999\"", put(guest.resolve("new"), "&mode=999", bytes(1)));
    refused(400, "as \"zip\"", get(guest, "&as=zip"));
    refused(400, "is no path", get(Path.of("relative"), ""));
    refused(
        400,
        "whole guest",
        ask("DELETE", Path.of("/"), "&recursive=true", BodyPublishers.noBody()));
    refused(400, "ends in ..", remove(guest + "/folder/.."));
    refused(409, "", put(Path.of("/proc/version"), "", bytes(1)));
    assertThat(names()).containsExactly("file", "folder");
  }

  private HttpResponse<byte[]> remove(String path) throws Exception {
    var uri = URI.create("http://" + api.address() + "/api/vms/" + vm + "/files?path=" + path);
    return client.send(
        HttpRequest.newBuilder(uri)
            .header("Authorization", "Bearer " + ApiUnderTest.TOKEN)
            .DELETE()
            .build(),
        BodyHandlers.ofByteArray());
  }

  /** Without recursive, as a guard that fails would remove this host. */
  @ParameterizedTest
  @ValueSource(strings = {"/", "///", "/.", "/./", "/no-such/..", "/no-such/../.", "//.//"})
  void theWholeGuestIsNotRemovedByAnyOfItsNames(String path) throws Exception {
    refused(400, "is the whole guest", remove(path));
  }

  @Test
  void anEndOfThousandsOfSlashesIsNone() throws Exception {
    refused(404, "There is no file", remove("/no-such" + "/./".repeat(2000)));
  }

  @Test
  void aLinkWithASlashIsRemovedAndNotWhatIsBehindIt() throws Exception {
    Path behind = Files.createDirectory(folder.resolve("behind"));
    Files.writeString(behind.resolve("file"), "stays");
    Files.createSymbolicLink(guest.resolve("link"), behind);
    assertThat(remove(guest + "/link/&recursive=true").statusCode()).isEqualTo(204);
    assertThat(names()).isEmpty();
    assertThat(behind.resolve("file")).hasContent("stays");
  }

  private static void refused(int status, String says, HttpResponse<byte[]> answer) {
    assertThat(answer.statusCode())
        .as(says + ": " + new String(answer.body(), StandardCharsets.UTF_8))
        .isEqualTo(status);
    assertThat(json(answer).path("detail").asString()).contains(says);
    assertThat(json(answer).path("remedy").asString()).isNotEmpty();
  }

  @Test
  void aFullDiskIsToldAndLeavesNoHalf() throws Exception {
    Path small = Files.createDirectory(guest.resolve("small"));
    var host = new LinuxHost();
    host.check(Command.of("mount", "-t", "tmpfs", "-o", "size=1m", "small", small.toString()));
    try {
      refused(409, "The guest's disk is full", put(small.resolve("file"), "", bytes(3_000_000)));
      try (Stream<Path> left = Files.list(small)) {
        assertThat(left).isEmpty();
      }
    } finally {
      host.check(Command.of("umount", small.toString()));
    }
  }

  /** Not even a name has room beside the file, which then is not emptied in its place. */
  @Test
  void aDiskWithoutRoomForANameLosesNoFile() throws Exception {
    Path small = Files.createDirectory(guest.resolve("small"));
    var host = new LinuxHost();
    host.check(Command.of("mount", "-t", "tmpfs", "-o", "nr_inodes=2", "small", small.toString()));
    try {
      Path file = Files.writeString(small.resolve("file"), "before");
      refused(409, "The guest's disk is full", put(file, "", bytes(10)));
      assertThat(file).hasContent("before");
    } finally {
      host.check(Command.of("umount", small.toString()));
    }
  }

  @Test
  void aVmThatDoesNotRunHasNoFiles() throws Exception {
    api.vms.settle(new VmId(vm), VmState.STOPPED, null);
    Answer answer = api.get("/api/vms/" + vm + "/files?path=/etc");
    assertThat(answer.status()).isBetween(400, 499);
  }
}
