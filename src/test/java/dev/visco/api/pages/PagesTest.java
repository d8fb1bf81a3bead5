package dev.visco.api.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.api.ApiUnderTest.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages as any HTTP client gets them. */
@Timeout(60)
class PagesTest {
  private static final Path FILES = Path.of("src/main/resources/dev/visco/api/pages");
  private static final String DESKTOP = "/vms/vm-00000001/desktop";
  static final Pattern LINKS = Pattern.compile("(?:href|src)=\"([^\"]+)\"");
  @TempDir private Path folder;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    api = ApiUnderTest.start(folder);
  }

  @AfterEach
  void end() {
    api.close();
  }

  private Answer open(String path, String... headers) throws Exception {
    return api.bare("GET", path, "", headers);
  }

  private static List<String> links(Answer page) {
    return LINKS.matcher(page.body()).results().map(found -> found.group(1)).toList();
  }

  /** Where a link of the desktop's page leads to. */
  private static String path(String link) {
    return URI.create(DESKTOP).resolve(link).getPath();
  }

  @Test
  void theDesktopIsOneOpenPageForAnyVmAndTellsOfNoneWhetherItIsThere() throws Exception {
    Answer there = open("/vms/" + api.create() + "/desktop");
    Answer nowhere = open("/vms/vm-ffffffff/desktop");
    assertThat(there.status()).isEqualTo(200);
    assertThat(there.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(nowhere.status()).isEqualTo(200);
    assertThat(nowhere.body()).isEqualTo(there.body());
  }

  @Test
  void everyLinkOfThePageIsRelativeAndLeadsToAFileOfOurs() throws Exception {
    List<String> links = links(open(DESKTOP));
    assertThat(links)
        .hasSizeGreaterThan(40)
        .allSatisfy(link -> {
          assertThat(link).startsWith("../../pages/");
          Answer file = open(path(link));
          assertThat(file.status()).as(link).isEqualTo(200);
          assertThat(file.header("Content-Type")).as(link).doesNotContain("html");
        });
  }

  @Test
  void typesAreThoseThatABrowserWantsUnderNosniff() throws Exception {
    var types = new TreeMap<String, String>();
    for (String link : links(open(DESKTOP))) {
      String name = link.substring(link.lastIndexOf('/') + 1);
      types.put(name, open(path(link)).header("Content-Type"));
    }
    assertThat(types)
        .containsEntry("rfb.js", "text/javascript; charset=utf-8")
        .containsEntry("desktop.css", "text/css; charset=utf-8")
        .containsEntry("icon.svg", "image/svg+xml")
        .containsEntry("LICENSE.txt", "text/plain; charset=utf-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {DESKTOP, "/vms/", "/pages/none"})
  void theGuardsStandOnEveryAnswer(String path) throws Exception {
    Answer answer = open(path);
    assertThat(answer.header("Content-Security-Policy"))
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
        .contains("connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
        .doesNotContain("unsafe", "http", "*");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(answer.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
  }

  @Test
  void filesAreKeptForEverAndThePageIsAskedForAnew() throws Exception {
    Answer page = open(DESKTOP);
    assertThat(page.header("Cache-Control")).isEqualTo("private, no-cache");
    Answer again = open(DESKTOP, "If-None-Match", page.header("ETag"));
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(open(DESKTOP, "If-None-Match", "\"another\"").status()).isEqualTo(200);
    assertThat(open(path(links(page).getFirst())).header("Cache-Control"))
        .isEqualTo("public, max-age=31536000, immutable");
  }

  @Test
  void whoTakesGzipGetsIt() throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer =
          client.send(
              HttpRequest.newBuilder(URI.create("http://" + api.address() + DESKTOP))
                  .header("Accept-Encoding", "br, gzip")
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
      assertThat(answer.headers().firstValue("Vary")).contains("Accept-Encoding");
      Answer plain = open(DESKTOP, "Accept-Encoding", "gzip;q=0");
      assertThat(plain.header("Content-Encoding")).isEmpty();
      assertThat(answer.headers().firstValue("ETag")).isNotEqualTo(plain.header("ETag"));
      try (var in = new GZIPInputStream(new java.io.ByteArrayInputStream(answer.body()))) {
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(plain.body());
      }
    }
  }

  @Test
  void headTellsTheLengthAndSendsNothing() throws Exception {
    int length = open(DESKTOP).body().getBytes(StandardCharsets.UTF_8).length;
    Answer head = api.bare("HEAD", DESKTOP, "");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Length")).isEqualTo(length + "");
    assertThat(head.body()).isEmpty();
  }

  @Test
  void nothingIsWrittenHere() throws Exception {
    Answer answer = api.send("POST", DESKTOP, "");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
  }

  @Test
  void whereThereIsNoPageAPageSaysWhatToDo() throws Exception {
    for (String path : List.of("/vms/", "/vms/vm-00000001", "/pages/x", DESKTOP + "/")) {
      Answer answer = open(path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(answer.header("Content-Type")).startsWith("text/html");
      assertThat(answer.body()).contains("visco open VM");
    }
  }

  @Test
  void noPathLeadsOutOfTheTable() throws Exception {
    String file = path(links(open(DESKTOP)).getFirst());
    String version = file.substring("/pages/".length()).split("/")[0];
    for (String path :
        List.of(
            "../../../../db/migration/sqlite/V1__start.sql",
            "..%2f..%2fdb/migration/sqlite/V1__start.sql",
            "desktop/../desktop/desktop.js/../../../PageFiles.class",
            "novnc/SHA256SUMS",
            "desktop/desktop.html",
            "desktop",
            "/etc/passwd")) {
      String answer =
          api.raw(
              "GET /pages/" + version + "/" + path + " HTTP/1.1",
              "Host: " + api.address(),
              "Connection: close");
      assertThat(answer).as(path).matches("(?s)HTTP/1.1 (400|401|404) .*");
      assertThat(answer).doesNotContain("CREATE TABLE", "root:", "Opening");
    }
  }

  /** docs/recipes/update-novnc.md tells how they come here. */
  @Test
  void noVncIsHereWholeAndUnchanged() throws Exception {
    Path novnc = FILES.resolve("novnc");
    var written = new TreeMap<String, String>();
    for (String line : Files.readAllLines(novnc.resolve("SHA256SUMS"))) {
      written.put(line.substring(66), line.substring(0, 64));
    }
    var found = new TreeMap<String, String>();
    try (var all = Files.walk(novnc)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = novnc.relativize(file).toString();
        if (!name.equals("SHA256SUMS")) {
          found.put(name, digest(file));
        }
      }
    }
    assertThat(found).isEqualTo(written).containsKey("core/rfb.js").containsKey("LICENSE.txt");
    assertThat(digest(novnc.resolve("core/rfb.js")))
        .as("core/rfb.js of noVNC 1.7.0; the recipe says what else has to be looked at")
        .isEqualTo("c46dfefbf869eda0c6d06c5dd86c42e96fc8a77c125e91599a2cdf3841261564");
  }

  private static String digest(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @Test
  void whatTheTableNamesIsWhatTheFolderHas() throws IOException {
    var files = PageFiles.load();
    try (var all =
        Stream.concat(Files.list(FILES.resolve("desktop")), Files.list(FILES.resolve("docs")))) {
      assertThat(
              all.map(file -> FILES.relativize(file).toString())
                  .filter(name -> !name.endsWith(".html")))
          .isNotEmpty()
          .allSatisfy(name -> assertThat(files.find(name)).as(name).isPresent());
    }
  }
}
