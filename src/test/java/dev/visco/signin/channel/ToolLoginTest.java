package dev.visco.signin.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.visco.provider.LinkSource;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.signin.channel.FakeTools.FakeIo;
import dev.visco.signin.channel.FakeTools.FakeTool;
import dev.visco.signin.channel.LoginOutcome.NotSignedIn;
import dev.visco.signin.channel.LoginOutcome.SignedIn;
import dev.visco.signin.link.LoginLink;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Logins as the real tools were seen to have them, on each channel, and tools that misbehave. */
@Timeout(60)
class ToolLoginTest {
  private static final String CODEX =
      "https://auth.openai.com/oauth/authorize?response_type=code"
          + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback&state=s";
  private static final String CLAUDE =
      "https://claude.com/cai/oauth/authorize?code=true&state=st&redirect_uri=";
  private static final String CLAUDE_BACK = CLAUDE + "http%3A%2F%2Flocalhost%3A41234%2Fcallback";
  private static final String CLAUDE_PASTE =
      CLAUDE + "https%3A%2F%2Fplatform.claude.com%2Foauth%2Fcode%2Fcallback";

  private static final String ASKED = " with your GitHub credentials? (Y/n) ";

  /** One login with all that was told of it. */
  private static final class Seen implements LoginListener {
    final List<String> told = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch shown = new CountDownLatch(1);
    final FakeTools tools;
    final ToolLogin login;

    Seen(String provider, int method, FakeTools tools) {
      Provider found =
          Objects.requireNonNull(Providers.read(List.of(Path.of("providers"))).get(provider));
      this.tools = tools;
      this.login = ToolLogins.of(found, found.login().get(method), tools, this);
    }

    static Seen of(String provider, int method, FakeTool tool) {
      return new Seen(provider, method, new FakeTools(tool));
    }

    @Override
    public void link(LoginLink link, LinkSource source) {
      told.add(source.word() + " " + link.ending() + " " + link.address());
      shown.countDown();
    }

    @Override
    public void refused(String why, LinkSource source) {
      told.add(source.word() + " refused: " + why);
    }

    @Override
    public void code(String code) {
      told.add("code " + code);
      shown.countDown();
    }

    @Override
    public void answered(String question) {
      told.add("answered " + question);
    }
  }

  private static JsonNode request(FakeIo io) throws IOException {
    return Json.mapper().readTree(io.readLine());
  }

  private static void answer(FakeIo io, JsonNode request, Object result) throws IOException {
    io.print(Json.line(Map.of("id", request.path("id").asInt(), "result", result)) + "\n");
  }

  /** As app-server 0.169.0 answers, with lines of its log and notifications between. */
  private static int codex(FakeIo io, Map<String, String> started, String completed)
      throws IOException {
    JsonNode initialize = request(io);
    assertThat(initialize.path("method").asString()).isEqualTo("initialize");
    assertThat(initialize.path("params").path("clientInfo").path("name").asString())
        .isEqualTo("visco");
    io.print("{not json\nINFO starting\n");
    answer(io, initialize, Map.of("userAgent", "codex"));
    assertThat(request(io).path("method").asString()).isEqualTo("initialized");
    JsonNode start = request(io);
    assertThat(start.path("method").asString()).isEqualTo("account/login/start");
    io.print("{\"method\":\"remoteControl/status/changed\",\"params\":{}}\n");
    answer(io, start, started);
    io.print("{\"method\":\"account/login/completed\",\"params\":" + completed + "}\n");
    io.print("{\"method\":\"account/updated\",\"params\":{}}\n");
    io.readLine();
    return 0;
  }

  @Test
  void codexGivesALinkAndSaysWhenItIsOver() throws Exception {
    Seen seen =
        Seen.of(
            "codex",
            0,
            io -> codex(io, Map.of("loginId", "1", "authUrl", CODEX), "{\"success\":true}"));
    assertThat(seen.login.run()).isEqualTo(new SignedIn());
    assertThat(seen.told).containsExactly("answer REDIRECT " + CODEX);
    assertThat(seen.tools.started).containsExactly("codex", "app-server");
    assertThat(seen.tools.isClosed).as("the tool ends with its login").isTrue();
  }

  @Test
  void codexGivesADeviceCodeOrSaysWhyNot() throws Exception {
    Map<String, String> device =
        Map.of("verificationUrl", "https://auth.openai.com/codex/device", "userCode", "AB12-CD34");
    Seen seen =
        Seen.of(
            "codex",
            1,
            io -> codex(io, device, "{\"success\":false,\"error\":\"denied\\u001b[2J\"}"));
    assertThat(seen.login.run()).isEqualTo(new NotSignedIn("denied"));
    assertThat(seen.told)
        .containsExactly("answer DEVICE https://auth.openai.com/codex/device", "code AB12-CD34");
    Seen hostile =
        Seen.of(
            "codex", 1, io -> codex(io, Map.of("verificationUrl", "x", "userCode", "a b"), "{}"));
    assertThatThrownBy(hostile.login::run).hasMessageContaining("a code that is none");
  }

  @Test
  void aLinkThatLeadsElsewhereIsShownToNobody() throws Exception {
    String evil = CODEX.replace("auth.openai.com", "auth.openai.com.evil.example");
    Seen seen = Seen.of("codex", 0, io -> codex(io, Map.of("authUrl", evil), "{\"success\":true}"));
    assertThat(seen.login.run()).isEqualTo(new SignedIn());
    assertThat(seen.told)
        .singleElement()
        .asString()
        .startsWith("answer refused: the link leads to auth.openai.com.evil.example");
  }

  /** As Claude Code 2.1.332 answers. */
  private static int claude(FakeIo io, boolean isPasted) throws IOException {
    Object[] answers = {
      Map.of("commands", List.of()), Map.of("manualUrl", CLAUDE_PASTE, "automaticUrl", CLAUDE_BACK)
    };
    for (Object answer : answers) {
      control(io, request(io).path("request_id").asString(), Map.of("response", answer));
    }
    String wait = request(io).path("request_id").asString();
    if (isPasted) {
      JsonNode callback = request(io);
      JsonNode fields = callback.path("request");
      boolean isRight =
          fields.path("authorizationCode").asString().equals("the-code")
              && fields.path("state").asString().equals("st");
      control(io, callback.path("request_id").asString(), Map.of("response", Map.of()));
      if (!isRight) {
        io.print(
            Json.line(
                    Map.of(
                        "type",
                        "control_response",
                        "response",
                        Map.of("subtype", "error", "request_id", wait, "error", "wrong code")))
                + "\n");
        return 1;
      }
    }
    control(io, wait, Map.of("response", Map.of("account", Map.of())));
    return 0;
  }

  private static void control(FakeIo io, String id, Map<String, ?> more) throws IOException {
    var response = new java.util.HashMap<String, Object>(more);
    response.put("subtype", "success");
    response.put("request_id", id);
    io.print("{\"type\":\"system\",\"subtype\":\"init\"}\n");
    io.print(Json.line(Map.of("type", "control_response", "response", response)) + "\n");
  }

  @Test
  void claudeGivesTwoLinks() throws Exception {
    Seen seen = Seen.of("claude-code", 0, io -> claude(io, false));
    assertThat(seen.login.run()).isEqualTo(new SignedIn());
    assertThat(seen.told)
        .containsExactly("answer REDIRECT " + CLAUDE_BACK, "answer PASTE " + CLAUDE_PASTE);
  }

  @Test
  void claudeTakesACodeWithItsState() throws Exception {
    Seen seen = Seen.of("claude-code", 0, io -> claude(io, true));
    CompletableFuture<LoginOutcome> outcome = running(seen);
    seen.shown.await();
    assertThatThrownBy(() -> seen.login.paste("no-state")).hasMessageContaining("not whole");
    seen.login.paste("the-code#st");
    assertThat(outcome.get()).isEqualTo(new SignedIn());
    Seen wrong = Seen.of("claude-code", 0, io -> claude(io, true));
    CompletableFuture<LoginOutcome> no = running(wrong);
    wrong.shown.await();
    wrong.login.paste("other#st");
    assertThat(no.get()).isEqualTo(new NotSignedIn("wrong code"));
  }

  private static CompletableFuture<LoginOutcome> running(Seen seen) {
    var outcome = new CompletableFuture<LoginOutcome>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            outcome.complete(seen.login.run());
          } catch (IOException | InterruptedException e) {
            outcome.completeExceptionally(e);
          }
        });
    return outcome;
  }

  @Test
  void geminiOpensItsLinkAndAnswersWhenItIsOver() throws Exception {
    String link =
        "https://accounts.google.com/o/oauth2/v2/auth?redirect_uri="
            + "http%3A%2F%2F127.0.0.1%3A36001%2Foauth2callback";
    var isShown = new CountDownLatch(1);
    Seen seen =
        Seen.of(
            "gemini",
            0,
            io -> {
              answer(io, request(io), Map.of("protocolVersion", 1));
              JsonNode authenticate = request(io);
              assertThat(authenticate.path("params").path("methodId").asString())
                  .isEqualTo("oauth-personal");
              io.open(link);
              isShown.await();
              answer(io, authenticate, Map.of());
              return 0;
            });
    CompletableFuture<LoginOutcome> outcome = running(seen);
    seen.shown.await();
    isShown.countDown();
    assertThat(outcome.get()).isEqualTo(new SignedIn());
    assertThat(seen.told).containsExactly("browser REDIRECT " + link);
    assertThat(seen.tools.environment).containsEntry("GEMINI_CLI_TRUST_WORKSPACE", "true");
  }

  @Test
  void opencodesServerIsWaitedForAndAsked() throws Exception {
    var asked = Collections.synchronizedList(new ArrayList<String>());
    String link =
        "https://auth.openai.com/oauth/authorize?redirect_uri=http%3A%2F%2Flocalhost%3A1455%2Fauth%2Fcallback";
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(exchange.getRequestURI() + " " + body);
          String path = exchange.getRequestURI().getPath();
          String said =
              path.endsWith("/authorize")
                  ? "{\"url\":\"" + link + "\",\"method\":\"auto\"}"
                  : path.endsWith("/callback") ? "true" : "{}";
          // Chunked, as Bun's server answers.
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(said.getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    var ended = new CountDownLatch(1);
    var tools =
        new FakeTools(
            server.getAddress().getPort(),
            io -> {
              server.start();
              ended.await();
              return 0;
            });
    try {
      Seen seen = new Seen("opencode", 0, tools);
      assertThat(seen.login.run()).isEqualTo(new SignedIn());
      assertThat(seen.told).containsExactly("answer REDIRECT " + link);
      assertThat(asked)
          .containsExactly(
              "/provider/auth ",
              "/provider/openai/oauth/authorize {\"method\":0}",
              "/provider/openai/oauth/callback {\"method\":0}");
    } finally {
      ended.countDown();
      server.stop(0);
    }
  }

  @Test
  void githubPrintsCodeAndPageWithoutATerminal() throws Exception {
    Seen seen =
        Seen.of(
            "github",
            0,
            io -> {
              io.complain(
                  "\n! First copy your one-time code: 9A1B-2C3D\nOpen this URL to continue");
              io.complain(" in your web browser: https://github.com/login/device\n");
              assertThat(io.readLine()).as("its input is closed").isEmpty();
              return 0;
            });
    assertThat(seen.login.run()).isEqualTo(new SignedIn());
    assertThat(seen.told)
        .containsExactly("code 9A1B-2C3D", "text DEVICE https://github.com/login/device");
    assertThat(seen.tools.isTerminal).isFalse();
  }

  /** As gh 2.23.0: it asks for the cursor's position, and stands still without an answer. */
  @Test
  void aToolThatAsksItsTerminalIsAnsweredAndItsQuestionsToo() throws Exception {
    Seen seen =
        Seen.of(
            "github",
            1,
            io -> {
              io.print("? Authenticate   Git\r\n" + ASKED + "\u001b[6n");
              assertThat(io.read(7)).isEqualTo("\u001b[2;%dR".formatted(ASKED.length() + 1));
              assertThat(io.read(2)).isEqualTo("y\r");
              io.print("\r\n! First copy your one-time code: \u001b[1m9A1B-2C3D\u001b[0m\r\n");
              io.print("Press \u001b[1mEnter\u001b[0m to open github.com in your browser... ");
              assertThat(io.read(1)).isEqualTo("\r");
              io.open("https://github.com/login/device");
              seenLink(io);
              return 0;
            });
    CompletableFuture<LoginOutcome> outcome = running(seen);
    assertThat(outcome.get()).isEqualTo(new SignedIn());
    assertThat(seen.tools.isTerminal).isTrue();
    assertThat(seen.login.asked()).containsExactly("cursor position");
    assertThat(seen.told)
        .contains("answered Authenticate Git", "code 9A1B-2C3D", "answered Press Enter to open");
  }

  private static void seenLink(FakeIo io) throws IOException {
    io.print("https://github.com/login/device \r\n");
  }

  @Test
  void claudesTerminalGivesHyperlinksAndTakesACode() throws Exception {
    Seen seen =
        Seen.of(
            "claude-code",
            1,
            io -> {
              io.print("Visit: \u001b]8;;" + CLAUDE_PASTE + "\u0007\u001b[34mclaude.com\u001b[0m");
              io.print("\u001b]8;;\u0007\r\nPaste code here if prompted > ");
              String pasted = io.read("the-code#st\r".length());
              return pasted.equals("the-code#st\r") ? 0 : 1;
            });
    CompletableFuture<LoginOutcome> outcome = running(seen);
    seen.shown.await();
    assertThatThrownBy(() -> seen.login.paste("a\u001b[31m")).hasMessageContaining("control");
    seen.login.paste("the-code#st");
    assertThat(outcome.get()).isEqualTo(new SignedIn());
    assertThat(seen.told).containsExactly("osc8 PASTE " + CLAUDE_PASTE);
    assertThat(seen.tools.environment).containsEntry("CLAUDE_CODE_FULL_SIGN_IN_LINK", "1");
  }

  @Test
  void aToolThatEndsSaysWhyInItsLastLine() throws Exception {
    Seen text =
        Seen.of(
            "github",
            0,
            io -> {
              io.complain("first\nerror: \u001b[31mdenied\u001b[0m by provider\n\n");
              return 4;
            });
    assertThat(text.login.run())
        .isEqualTo(new NotSignedIn("the tool ended with 4: error: denied by provider"));
    Seen json =
        Seen.of(
            "codex",
            0,
            io -> {
              io.complain("codex: command not found\n");
              return 127;
            });
    assertThatThrownBy(json.login::run)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the tool ended with 127");
  }

  @Test
  void oneThatFloodsIsBounded() throws Exception {
    Seen seen =
        Seen.of(
            "github",
            0,
            io -> {
              for (int link = 0; link < 500; link++) {
                io.print(
                    "https://github.com/login/device?x=" + link + " 9A1B-2C" + (100 + link) % 100);
                io.print("\n");
              }
              io.print("x".repeat(4 << 20));
              return 0;
            });
    assertThat(seen.login.run()).isEqualTo(new SignedIn());
    assertThat(seen.told).hasSizeLessThan(60);
    Seen lines =
        Seen.of(
            "codex",
            0,
            io -> {
              JsonNode initialize = request(io);
              io.print("{\"id\":1,\"result\":\"" + "x".repeat(2 << 20) + "\"}\n");
              answer(io, initialize, Map.of());
              return 3;
            });
    assertThatThrownBy(lines.login::run).hasMessageContaining("the tool ended with 3");
  }

  @Test
  void aLoginThatIsEndedEndsItsTool() throws Exception {
    Seen seen =
        Seen.of(
            "claude-code",
            1,
            io -> {
              io.print("\u001b]8;;" + CLAUDE_PASTE + "\u0007");
              new CountDownLatch(1).await();
              return 0;
            });
    CompletableFuture<LoginOutcome> outcome = running(seen);
    seen.shown.await();
    seen.login.close();
    assertThatThrownBy(outcome::get).hasMessageContaining("the login was ended");
    assertThat(seen.tools.isClosed).isTrue();
  }
}
