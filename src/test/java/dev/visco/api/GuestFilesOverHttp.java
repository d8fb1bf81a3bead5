package dev.visco.api;

import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.LoopbackSshd;
import dev.visco.session.VmKeys;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A guest's files over HTTP, by a real sshd: this host stands for the guest. */
abstract class GuestFilesOverHttp {
  @TempDir Path folder;
  final HttpClient client = HttpClient.newHttpClient();
  LoopbackSshd sshd;
  ApiUnderTest api;
  String vm;
  Path guest;

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
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
    client.close();
    org.awaitility.Awaitility.await().until(() -> sshd.serving() == 0);
    sshd.close();
  }

  HttpResponse<byte[]> ask(
      String method, Path path, String query, BodyPublisher body, String... headers)
      throws Exception {
    String name = URLEncoder.encode(path.toString(), StandardCharsets.UTF_8);
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://" + api.address() + "/api/vms/" + vm + "/files?path=" + name + query))
            .header("Authorization", "Bearer " + ApiUnderTest.TOKEN)
            .method(method, body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> get(Path path, String query, String... headers) throws Exception {
    return ask("GET", path, query, BodyPublishers.noBody(), headers);
  }

  HttpResponse<byte[]> put(Path path, String query, byte[] content) throws Exception {
    return ask("PUT", path, query, BodyPublishers.ofByteArray(content));
  }

  static JsonNode json(HttpResponse<byte[]> answer) {
    return Json.read(new String(answer.body(), StandardCharsets.UTF_8), JsonNode.class);
  }

  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new SplittableRandom(count).nextBytes(bytes);
    return bytes;
  }

  List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(guest)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
