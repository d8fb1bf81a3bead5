package dev.visco.signin.standin;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Claude Code's provider: {@code claude.com} with the page, {@code platform.claude.com} with the
 * tokens and the page that shows a code, {@code api.anthropic.com} with the model.
 */
final class ClaudeStandIn {
  /** How access tokens begin. */
  static final String ACCESS = "sk-ant-oat01-stand-in-";

  private static final String ACCOUNT = "00000000-0000-4000-8000-0000000000a1";
  private static final String ORGANIZATION = "00000000-0000-4000-8000-0000000000b1";
  private final StandInTokens tokens;

  ClaudeStandIn(StandInTokens tokens) {
    this.tokens = tokens;
  }

  StandInAnswer answer(StandInRequest request) {
    return switch (request.method() + " " + request.path()) {
      case "GET /cai/oauth/authorize" ->
          StandInProviders.signInPage("", request.parameters(), List.of("name", "password"));
      case "POST /cai/oauth/authorize" -> authorized(request);
      case "GET /oauth/code/callback" ->
          StandInAnswer.page(
              request.parameters().get("code") + "#" + request.parameters().get("state"));
      case "GET /oauth/code/success" -> StandInAnswer.page("You can close this page");
      case "POST /v1/oauth/token" -> token(request.form());
      case "GET /v1/oauth/hello", "GET /api/hello", "HEAD /api/hello" ->
          StandInAnswer.json(200, Map.of("message", "hello"));
      default -> withToken(request);
    };
  }

  private StandInAnswer authorized(StandInRequest request) {
    Map<String, String> form = request.form();
    if (!StandInProviders.isTheUser(form)) {
      return StandInProviders.signInPage(
          "Wrong name or password.", request.parameters(), List.of("name", "password"));
    }
    String code = tokens.code(form.getOrDefault("code_challenge", ""));
    return StandInAnswer.redirect(
        form.get("redirect_uri") + "?code=" + code + "&state=" + form.get("state"));
  }

  private StandInAnswer token(Map<String, String> form) {
    boolean isGranted =
        switch (form.getOrDefault("grant_type", "")) {
          case "authorization_code" ->
              tokens.use(form.getOrDefault("code", ""), form.getOrDefault("code_verifier", ""));
          case "refresh_token" -> tokens.useRefresh(form.getOrDefault("refresh_token", ""));
          default -> false;
        };
    if (!isGranted) {
      return StandInAnswer.json(
          400, Map.of("error", "invalid_grant", "error_description", "The grant is not valid."));
    }
    var granted = new TreeMap<String, Object>();
    granted.put("token_type", "Bearer");
    granted.put("access_token", tokens.accessToken(tokens.next(ACCESS)));
    granted.put("refresh_token", tokens.refreshToken());
    granted.put("expires_in", StandInTokens.LIFE.toSeconds());
    granted.put("scope", "user:inference user:profile");
    granted.put("account", Map.of("uuid", ACCOUNT, "email_address", "alice@example.test"));
    granted.put("organization", Map.of("uuid", ORGANIZATION, "name", "Alice's"));
    return StandInAnswer.json(200, granted);
  }

  private StandInAnswer withToken(StandInRequest request) {
    if (!tokens.isValid(request.bearer())) {
      return StandInAnswer.json(
          401,
          Map.of(
              "type",
              "error",
              "error",
              Map.of("type", "authentication_error", "message", "invalid bearer token")));
    }
    return switch (request.method() + " " + request.path()) {
      case "GET /api/oauth/profile" -> StandInAnswer.json(200, profile());
      case "GET /api/oauth/claude_cli/roles" ->
          StandInAnswer.json(
              200, Map.of("organization_role", "admin", "organization_name", "Alice's"));
      case "POST /v1/messages" -> message(request.json());
      default ->
          StandInAnswer.json(
              404,
              Map.of(
                  "type",
                  "error",
                  "error",
                  Map.of("type", "not_found_error", "message", "There is no such thing.")));
    };
  }

  private static Map<String, ?> profile() {
    return Map.of(
        "account",
        Map.of(
            "uuid",
            ACCOUNT,
            "email",
            "alice@example.test",
            "full_name",
            "Alice",
            "display_name",
            "Alice",
            "has_claude_max",
            false,
            "has_claude_pro",
            true),
        "organization",
        Map.of(
            "uuid",
            ORGANIZATION,
            "name",
            "Alice's",
            "organization_type",
            "claude_pro",
            "rate_limit_tier",
            "default_claude_ai",
            "billing_type",
            "stripe_subscription"));
  }

  /** What the user has asked last: the tool puts texts of its own around it, in tags. */
  private static String asked(JsonNode request) {
    return request
        .path("messages")
        .valueStream()
        .filter(message -> message.path("role").asString("").equals("user"))
        .flatMap(message ->
            message.path("content").isString()
                ? Stream.of(message.path("content").asString())
                : message.path("content").valueStream().map(it -> it.path("text").asString("")))
        .filter(text -> !text.isEmpty() && !text.startsWith("<"))
        .reduce("", (_, last) -> last);
  }

  private StandInAnswer message(JsonNode request) {
    String model = request.path("model").asString("");
    String text = "The stand-in was asked: " + asked(request);
    var message = new TreeMap<String, Object>();
    message.put("id", tokens.next("msg_"));
    message.put("type", "message");
    message.put("role", "assistant");
    message.put("model", model);
    message.put("usage", Map.of("input_tokens", 3, "output_tokens", 5));
    if (!request.path("stream").asBoolean(false)) {
      message.put("content", List.of(Map.of("type", "text", "text", text)));
      message.put("stop_reason", "end_turn");
      return StandInAnswer.json(200, message);
    }
    message.put("content", List.of());
    return StandInAnswer.events(
        List.of(
            Map.of("type", "message_start", "message", message),
            Map.of(
                "type",
                "content_block_start",
                "index",
                0,
                "content_block",
                Map.of("type", "text", "text", "")),
            Map.of(
                "type",
                "content_block_delta",
                "index",
                0,
                "delta",
                Map.of("type", "text_delta", "text", text)),
            Map.of("type", "content_block_stop", "index", 0),
            Map.of(
                "type", "message_delta",
                "delta", Map.of("stop_reason", "end_turn"),
                "usage", Map.of("output_tokens", 5)),
            Map.of("type", "message_stop")));
  }
}
