package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.desktop.VncViewers;
import dev.visco.api.http.Route;
import dev.visco.desktop.DesktopService;
import dev.visco.model.UserId;
import dev.visco.signin.session.SignInService;
import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.store.SignInState;
import dev.visco.vault.CredentialService;
import dev.visco.wire.Json;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What happens in a sign-in, as the API tells it while it happens. */
class SignInEventsTest {
  private static final String ID = "signin-000000000001";
  private static final String PAGE = "https://provider.example/device";

  @TempDir private Path folder;

  private static SignInRow row(SignInState state, @Nullable String code, @Nullable Long ended) {
    return new SignInRow(
        ID,
        new UserId("alice"),
        "demo",
        "default",
        0,
        true,
        state,
        SignInHolder.USER,
        "admin",
        null,
        ended == null ? PAGE : null,
        null,
        code,
        null,
        null,
        null,
        null,
        1,
        1,
        1,
        100,
        ended);
  }

  private static SignInEventRow event(long number, String kind) {
    return new SignInEventRow(ID, number, number, kind, "A sentence.", null);
  }

  /** The tool shows its page, and its code while that is being told. */
  private static final class QuickTool {
    private SignInRow row = row(SignInState.WAITING, null, null);

    synchronized SignInRow get() {
      return row;
    }

    synchronized List<SignInEventRow> events(long after) {
      if (after == 0) {
        row = row(SignInState.WAITING, "WDJB-MJHT", null);
        return List.of(event(1, "waiting"), event(2, "code"));
      }
      if (after == 2) {
        row = row(SignInState.CANCELLED, null, 3L);
        return List.of(event(3, "cancelled"));
      }
      return List.of();
    }
  }

  private static <T> T without(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.toString());
            }));
  }

  private static SignInService of(QuickTool tool) {
    return (SignInService)
        Proxy.newProxyInstance(
            SignInService.class.getClassLoader(),
            new Class<?>[] {SignInService.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "get" -> tool.get();
                  case "events" -> tool.events((Long) arguments[1]);
                  case "follow" -> (SignInService.Following) () -> {};
                  default -> throw new UnsupportedOperationException(method.toString());
                });
  }

  @Test
  void aCodeThatComesTogetherWithThePageIsToldWithItsEvent() throws Exception {
    var routes =
        new SignInRoutes(
            of(new QuickTool()),
            without(CredentialService.class),
            without(DesktopService.class),
            new VncViewers(),
            null);
    try (var api = ApiUnderTest.start(folder, routes.routes().toArray(Route[]::new))) {
      ApiUnderTest.Answer answer = api.get("/api/auth/session/" + ID + "/events");
      List<JsonNode> told =
          answer
              .body()
              .lines()
              .filter(line -> line.startsWith("data:"))
              .map(line -> Json.read(line.substring("data:".length()), JsonNode.class))
              .toList();
      assertThat(told).hasSize(3);
      assertThat(told.get(0).path("link").asString("")).isEqualTo(PAGE);
      assertThat(told.get(1).path("link").asString("")).isEqualTo(PAGE);
      assertThat(told.get(1).path("code").asString("")).isEqualTo("WDJB-MJHT");
      assertThat(told.get(2).path("over").asBoolean(false)).as("the last one").isTrue();
    }
  }
}
