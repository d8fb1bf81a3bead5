package dev.visco.api.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.link.LinkWorld.Raw;
import dev.visco.model.VmState;
import dev.visco.settings.PublicUrl;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Links as the API makes, lists and revokes them. */
@Timeout(60)
class LinkRoutesTest {
  @TempDir private Path folder;

  private LinkWorld world(@Nullable PublicUrl url) throws IOException {
    return new LinkWorld(folder, url, Duration.ofMinutes(1));
  }

  private static Raw call(LinkWorld world, String method, String path, String body)
      throws IOException {
    try (Socket socket =
        world.open(
            method
                + " /api/vms/"
                + path
                + " HTTP/1.1\r\nHost: 127.0.0.1:"
                + world.port()
                + "\r\nAuthorization: Bearer "
                + LinkWorld.TOKEN
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\nConnection: close\r\n\r\n"
                + body)) {
      return LinkWorld.read(socket.getInputStream(), false);
    }
  }

  private static JsonNode json(Raw answer) {
    return Json.read(answer.body(), JsonNode.class);
  }

  @Test
  void aLinkIsMadeListedWithoutItsSecretAndRevoked() throws Exception {
    try (LinkWorld world = world(null)) {
      String path = world.vm + "/links";
      Raw made = call(world, "POST", path, "{\"port\":8080,\"ttl\":\"2h\"}");
      assertThat(made.status()).isEqualTo(201);
      String url = json(made).path("url").asString();
      assertThat(url).startsWith(world.origin() + "/?visco-link=").hasSizeGreaterThan(80);
      assertThat(json(made).path("creator").asString()).isEqualTo("admin");
      assertThat(json(made).path("expires").asString()).isEqualTo("2026-01-02T05:04:05Z");
      Raw listed = call(world, "GET", path, "");
      assertThat(json(listed)).hasSize(1);
      assertThat(listed.body()).doesNotContain("url").doesNotContain(url.split("=")[1]);
      String id = json(made).path("id").asString();
      world.says("HTTP/1.1 204 No Content", "", "");
      String target = url.substring(world.origin().length());
      assertThat(world.ask("GET", target).status()).isEqualTo(204);
      assertThat(call(world, "DELETE", path + "/" + id, "").status()).isEqualTo(200);
      assertThat(world.ask("GET", target).status()).isEqualTo(401);
      assertThat(json(call(world, "GET", path, ""))).isEmpty();
      Raw again = call(world, "DELETE", path + "/" + id, "");
      assertThat(again.status()).isEqualTo(404);
      assertThat(again.body()).contains("visco links ls " + world.vm);
    }
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    try (LinkWorld world = world(null)) {
      String path = world.vm + "/links";
      for (String body :
          new String[] {
            "{}",
            "{\"port\":0}",
            "{\"port\":65536}",
            "{\"port\":8080,\"ttl\":\"31d\"}",
            "{\"port\":8080,\"ttl\":\"0s\"}",
            "{\"port\":8080,\"ttl\":\"x\"}"
          }) {
        assertThat(call(world, "POST", path, body).status()).as(body).isEqualTo(400);
      }
      Raw closed = call(world, "POST", path, "{\"port\":9}");
      assertThat(closed.status()).isEqualTo(409);
      assertThat(closed.body()).contains("visco update " + world.vm + " --port 9");
      world.vms.settle(world.vm, VmState.DESTROYED, null);
      assertThat(call(world, "POST", path, "{\"port\":8080}").status()).isEqualTo(409);
      assertThat(json(call(world, "GET", path, ""))).as("nothing was made").isEmpty();
    }
  }

  @Test
  void aLinkLeadsToThePublicHostWhereThereIsOne() throws Exception {
    try (LinkWorld world = world(new PublicUrl("https", "ports.example.com", 8443, ""))) {
      Raw made = call(world, "POST", world.vm + "/links", "{\"port\":8080}");
      String host = "8080-" + world.vm + ".ports.example.com";
      String url = json(made).path("url").asString();
      assertThat(url).startsWith("https://" + host + ":8443/?visco-link=");
      world.says("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
      String secret = url.split("=", 2)[1];
      Raw first = world.askAt(host, "GET", "/?visco-link=" + secret, "Accept: text/html");
      assertThat(first.header("Set-Cookie"))
          .startsWith("__Host-visco-link=" + secret + "; Path=/;")
          .endsWith("; Secure");
      assertThat(first.header("Location")).isEqualTo("https://" + host + ":8443/");
      assertThat(world.askAt(host, "GET", "/", "Cookie: visco-link=" + secret).status())
          .as("another host may have set it")
          .isEqualTo(401);
      assertThat(world.askAt(host, "GET", "//a%2Fb;v=1", "X-Visco-Link: " + secret).status())
          .isEqualTo(200);
      assertThat(world.heads.getLast())
          .startsWith("GET //a%2Fb;v=1 HTTP/1.1\r\n")
          .contains("X-Forwarded-Proto: https\r\n");
      assertThat(world.askAt("127.0.0.1", "GET", "//api", "").status())
          .as("the API has no such paths")
          .isEqualTo(400);
    }
  }
}
