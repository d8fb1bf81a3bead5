package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Watched files over HTTP, by a real sshd: this host stands for the guest. */
@Timeout(120)
class FileWatchIT extends GuestFilesOverHttp {
  private HttpResponse<InputStream> watch(Path path, String query, String... headers)
      throws Exception {
    String name = URLEncoder.encode(path.toString(), StandardCharsets.UTF_8);
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://"
                        + api.address()
                        + "/api/vms/"
                        + vm
                        + "/files/watch?path="
                        + name
                        + query))
            .header("Authorization", "Bearer " + ApiUnderTest.TOKEN);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  private static BufferedReader lines(HttpResponse<InputStream> answer) {
    return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  /** The next event, but of files that something else writes meanwhile. */
  private static JsonNode next(BufferedReader events) throws IOException {
    String line = events.readLine();
    assertThat(line).as("the watch has ended").isNotNull();
    return Json.read(line, JsonNode.class);
  }

  private static void assertNext(BufferedReader events, String type, Path path) throws IOException {
    JsonNode event = next(events);
    assertThat(event.path("type").asString() + " " + event.path("path").asString())
        .as(event.toString())
        .isEqualTo(type + " " + path);
  }

  @Test
  void whatHappensToAFolderIsToldOneByOne() throws Exception {
    Path file = Files.writeString(guest.resolve("file"), "before");
    HttpResponse<InputStream> answer = watch(guest, "");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
    try (BufferedReader events = lines(answer)) {
      JsonNode first = next(events);
      assertThat(first.path("type").asString()).isEqualTo("watching");
      assertThat(first.path("by").asString()).isIn("poll", "inotify");
      assertThat(first.path("entries").asInt()).as("the folder, too").isEqualTo(2);
      Files.writeString(file, "beford");
      JsonNode changed = next(events);
      assertThat(changed.path("type").asString()).isEqualTo("changed");
      assertThat(changed.path("size").asLong()).isEqualTo(6);
      assertThat(changed.path("kind").asString()).isEqualTo("file");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
      JsonNode permitted = next(events);
      assertThat(permitted.path("type").asString()).isEqualTo("changed");
      assertThat(permitted.path("mode").asString()).isEqualTo("0700");
      Path other = Files.move(file, guest.resolve("other"));
      JsonNode renamed = next(events);
      assertThat(renamed.path("type").asString()).isEqualTo("renamed");
      assertThat(renamed.path("path").asString()).isEqualTo(other.toString());
      assertThat(renamed.path("from").asString()).isEqualTo(file.toString());
      Path folder = Files.createDirectory(guest.resolve("new"));
      assertNext(events, "created", folder);
      Files.writeString(folder.resolve("deep"), "is not asked for");
      Files.delete(other);
      assertNext(events, "removed", other);
    }
    Awaitility.await().until(() -> sshd.serving() == 0);
  }

  @Test
  void allBelowIsToldWhereItIsAskedForWhateverItsName() throws Exception {
    Path folder = Files.createDirectories(guest.resolve("a/b"));
    HttpResponse<InputStream> answer =
        watch(guest, "&recursive=true", "Accept", "text/event-stream");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
    try (BufferedReader events = lines(answer)) {
      assertThat(sse(events, "watching").path("entries").asInt()).isEqualTo(3);
      Path lines = Files.createFile(folder.resolve("two\nlines . x"));
      assertThat(sse(events, "created").path("path").asString()).isEqualTo(lines.toString());
      String[] make = {"sh", "-c", "cd \"$1\" && : > \"$(printf 'x\\377y')\"", "sh", folder + ""};
      assertThat(new ProcessBuilder(make).start().waitFor()).isZero();
      JsonNode odd = sse(events, "created");
      assertThat(odd.path("path").asString()).isEqualTo(folder + "/x\ufffdy");
      assertThat(Base64.getDecoder().decode(odd.path("pathBase64").asString()))
          .isEqualTo((folder + "/x\u00ffy").getBytes(StandardCharsets.ISO_8859_1));
      Path saved = Files.writeString(guest.resolve("new"), "saved");
      sse(events, "created");
      Files.move(saved, lines, StandardCopyOption.REPLACE_EXISTING);
      assertThat(sse(events, "removed").path("path").asString()).isEqualTo(saved.toString());
      assertThat(sse(events, "changed").path("path").asString())
          .as("as editors save a file")
          .isEqualTo(lines.toString());
    }
  }

  private static JsonNode sse(BufferedReader events, String type) throws IOException {
    String line = events.readLine();
    while (line != null && (line.isEmpty() || line.equals(":"))) {
      line = events.readLine();
    }
    assertThat(line).isEqualTo("event: " + type);
    return Json.read(events.readLine().substring("data: ".length()), JsonNode.class);
  }

  @Test
  void whatCannotBeWatchedIsRefusedAtOnce() throws Exception {
    HttpResponse<InputStream> none = watch(guest.resolve("none"), "");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(watch(Path.of("none"), "").statusCode()).isEqualTo(400);
    String[] make = {"sh", "-c", "cd \"$1\" && seq 10001 | xargs touch", "sh", guest + ""};
    assertThat(new ProcessBuilder(make).start().waitFor()).isZero();
    HttpResponse<InputStream> many = watch(guest, "");
    assertThat(many.statusCode()).isEqualTo(409);
    try (BufferedReader problem = lines(many)) {
      assertThat(problem.readLine()).contains("more than 10000 files");
    }
  }

  @Test
  void aWatchEndsWithItsReasonWhenItCannotGoOn() throws Exception {
    try (BufferedReader events = lines(watch(guest, ""))) {
      assertThat(next(events).path("type").asString()).isEqualTo("watching");
      Files.delete(guest);
      assertNext(events, "removed", guest);
      Files.createDirectory(guest);
      assertNext(events, "created", guest);
      String[] make = {"sh", "-c", "cd \"$1\" && seq 10001 | xargs touch", "sh", guest + ""};
      assertThat(new ProcessBuilder(make).start().waitFor()).isZero();
      JsonNode last = next(events);
      while (last.path("type").asString().equals("created")) {
        last = next(events);
      }
      assertThat(last.path("type").asString()).isEqualTo("error");
      assertThat(last.path("detail").asString()).contains("more than 10000");
      assertThat(events.readLine()).isNull();
    }
  }
}
