package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import tools.jackson.databind.JsonNode;

/** A daemon's API by one HTTP client, as a program has it. */
record BenchApi(int port, String token, HttpClient client) implements AutoCloseable {
  BenchApi(int port, String token) {
    this(port, token, HttpClient.newHttpClient());
  }

  static BenchApi of(ViscoUnderTest visco) throws IOException {
    return new BenchApi(
        Integer.parseInt(Files.readString(visco.data().resolve("port")).strip()),
        Files.readString(visco.data().resolve("admin-token")).strip());
  }

  private JsonNode post(String path, String body) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return Json.read(
        client.send(request, HttpResponse.BodyHandlers.ofString()).body(), JsonNode.class);
  }

  /** Creates a VM and waits until it is ready. */
  JsonNode created(String body) throws IOException, InterruptedException {
    JsonNode vm = post("/api/vms?wait=ready", body);
    assertThat(vm.path("state").asString()).as(vm.toString()).isEqualTo("ready");
    return vm;
  }

  /** Runs a program without arguments. */
  void execute(String vm, String program) throws IOException, InterruptedException {
    JsonNode answer = post("/api/vms/" + vm + "/exec", "{\"command\":[\"" + program + "\"]}");
    assertThat(answer.path("exitCode").asInt(-1)).as(answer.toString()).isZero();
  }

  @Override
  public void close() {
    client.close();
  }
}
