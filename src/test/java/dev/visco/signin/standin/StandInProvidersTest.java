package dev.visco.signin.standin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The stand-ins, held to what the real tools were seen to ask for, and refused what is wrong. */
class StandInProvidersTest {
  private static final Path TRAFFIC = Path.of("src/test/resources/sign-in/traffic");
  private static final Map<String, String> TAKEN =
      Map.of(
          "access_token", "access",
          "refresh_token", "refresh",
          "device_auth_id", "device",
          "user_code", "user-code",
          "authorization_code", "code",
          "code_verifier", "verifier");

  private final StandInProviders providers =
      new StandInProviders(() -> Instant.ofEpochSecond(1_800_000_000), null);
  private final Map<String, String> known = new HashMap<>();

  /** A recorded request, and what it was answered. */
  record Recorded(
      String method,
      String host,
      String path,
      String query,
      Map<String, String> fields,
      String body,
      int status) {}

  private static List<Recorded> recorded(String file) throws IOException {
    return Files.readAllLines(TRAFFIC.resolve(file)).stream()
        .map(line -> Json.read(line, Recorded.class))
        .toList();
  }

  private String filled(String text) {
    String found = text;
    for (Map.Entry<String, String> it : known.entrySet()) {
      found = found.replace("<" + it.getKey() + ">", it.getValue());
    }
    return found;
  }

  private StandInAnswer replay(Recorded recorded) {
    var fields = new HashMap<String, String>();
    recorded.fields().forEach((name, value) -> fields.put(name, filled(value)));
    StandInAnswer answer =
        providers.answer(
            new StandInRequest(
                recorded.method(),
                recorded.host(),
                recorded.path(),
                recorded.query(),
                fields,
                filled(recorded.body())));
    take(answer);
    return answer;
  }

  /** Keeps the codes and tokens of an answer for the requests that come after it. */
  private void take(StandInAnswer answer) {
    String location = answer.fields().getOrDefault("Location", "");
    if (location.contains("?code=")) {
      known.put("code", location.replaceFirst(".*[?]code=([^&]*).*", "$1"));
    }
    if (answer.body().startsWith("{")) {
      JsonNode document = Json.read(answer.body(), JsonNode.class);
      TAKEN.forEach((field, name) -> {
        if (document.has(field)) {
          known.put(name, document.path(field).asString());
        }
      });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"codex-device.jsonl", "codex-page.jsonl", "claude-page.jsonl"})
  void whatTheToolsAskForIsAnsweredAsItWasWhenTheyWorked(String file) throws IOException {
    for (Recorded one : recorded(file)) {
      assertThat(replay(one).status()).as(one.method() + " " + one.path()).isEqualTo(one.status());
    }
    assertThat(known).containsKeys("access", "refresh", "code");
  }

  @Test
  void aCodeARefreshTokenAndAVerifierCountOnce() throws IOException {
    for (Recorded one : recorded("claude-page.jsonl")) {
      String code = known.getOrDefault("code", "");
      if (one.path().equals("/v1/oauth/token") && one.body().contains("<code>")) {
        assertThat(
                replay(other(one, one.body().replace("code_verifier\":\"", "code_verifier\":\"x")))
                    .status())
            .as("another verifier, which uses the code up")
            .isEqualTo(400);
        assertThat(replay(one).status()).isEqualTo(400);
        assertThat(code).isNotEmpty();
        return;
      }
      replay(one);
    }
    throw new AssertionError("no token was asked for");
  }

  private static Recorded other(Recorded one, String body) {
    return new Recorded(
        one.method(), one.host(), one.path(), one.query(), one.fields(), body, one.status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"codex-page.jsonl", "claude-page.jsonl"})
  void aRefreshTokenCountsOnce(String file) throws IOException {
    for (Recorded one : recorded(file)) {
      String old = known.getOrDefault("refresh", "");
      replay(one);
      if (one.body().contains("<refresh>")) {
        assertThat(replay(other(one, one.body().replace("<refresh>", old))).status())
            .isEqualTo(400);
        return;
      }
    }
    throw new AssertionError("no token was refreshed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"codex-page.jsonl", "claude-page.jsonl"})
  void aWrongPasswordGivesNoCode(String file) throws IOException {
    Recorded page =
        recorded(file).stream()
            .filter(it -> it.body().contains("password="))
            .findFirst()
            .orElseThrow();
    StandInAnswer refused =
        replay(other(page, page.body().replace("correct+horse", "wrong+horse")));
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.body()).contains("Wrong name or password.", "<form method=post>");
    assertThat(known).isEmpty();
  }

  @Test
  void aDeviceWaitsUntilTheUserHasTypedItsCode() throws IOException {
    List<Recorded> all = recorded("codex-device.jsonl");
    replay(all.get(0));
    assertThat(replay(all.get(2)).status()).as("not approved").isEqualTo(403);
    assertThat(
            replay(other(all.get(1), "code=CODE-99999&name=alice&password=correct+horse")).body())
        .contains("There is no such code.");
    assertThat(replay(all.get(2)).status()).as("another's").isEqualTo(403);
    assertThat(replay(all.get(1)).status()).isEqualTo(200);
    assertThat(replay(all.get(2)).status()).isEqualTo(200);
  }

  @Test
  void nothingIsThereForAnUnknownTokenOrAnotherAccount() throws IOException {
    known.put("access", "made-up");
    for (String file : List.of("codex-page.jsonl", "claude-page.jsonl")) {
      for (Recorded one : recorded(file)) {
        if (one.fields().containsKey("authorization")) {
          assertThat(replay(one).status()).as(one.path()).isEqualTo(401);
        }
      }
    }
    known.clear();
    for (Recorded one : recorded("codex-page.jsonl")) {
      boolean isPrompt = one.method().equals("POST") && one.path().endsWith("/responses");
      var fields = new HashMap<>(one.fields());
      fields.computeIfPresent("chatgpt-account-id", (_, _) -> "another");
      assertThat(
              replay(
                      isPrompt
                          ? new Recorded(
                              "POST", one.host(), one.path(), "", fields, "", one.status())
                          : one)
                  .status())
          .isEqualTo(isPrompt ? 403 : one.status());
    }
  }

  /** Of an access token of Codex the daemon reads the end, and Codex the account. */
  @Test
  void codexTokensSayWhoseTheyAreAndWhenTheyEnd() throws IOException {
    for (Recorded one : recorded("codex-page.jsonl")) {
      replay(one);
    }
    JsonNode claims =
        Json.read(
            new String(
                Base64.getUrlDecoder().decode(known.getOrDefault("access", "").split("\\.", -1)[1]),
                StandardCharsets.UTF_8),
            JsonNode.class);
    assertThat(claims.path("exp").asLong()).isEqualTo(1_800_003_600);
    assertThat(claims.path("https://api.openai.com/auth").path("chatgpt_account_id").asString())
        .isEqualTo("account-of-alice");
  }

  @Test
  void modelsAnswerAsTheirToolsReadThem() throws IOException {
    StandInAnswer codex =
        recorded("codex-page.jsonl").stream().map(this::replay).toList().getLast();
    StandInAnswer claude =
        recorded("claude-page.jsonl").stream().map(this::replay).toList().getLast();
    assertThat(codex.body())
        .contains("event: response.completed", "The stand-in of Codex answers alice.");
    assertThat(claude.body())
        .contains("event: message_stop", "\"The stand-in was asked: Say hello\"");
    assertThat(codex.status()).isEqualTo(200);
    assertThat(claude.status()).isEqualTo(200);
  }
}
