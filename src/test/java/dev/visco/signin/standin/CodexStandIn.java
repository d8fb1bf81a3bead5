package dev.visco.signin.standin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Codex's provider, sign-in and model at one host: a page that comes back, a device code, tokens as
 * JSON Web Tokens, and the Responses API.
 */
final class CodexStandIn {
  private static final String ACCOUNT = "account-of-alice";

  private final StandInTokens tokens;
  private final Map<String, Device> devices = new HashMap<>();

  private record Device(String userCode, String verifier, boolean isApproved) {}

  CodexStandIn(StandInTokens tokens) {
    this.tokens = tokens;
  }

  StandInAnswer answer(StandInRequest request) {
    return switch (request.method() + " " + request.path()) {
      case "GET /oauth/authorize" ->
          StandInProviders.signInPage("", request.parameters(), List.of("name", "password"));
      case "POST /oauth/authorize" -> authorized(request);
      case "POST /oauth/token" -> token(request);
      case "POST /oauth/revoke" -> StandInAnswer.json(200, Map.of());
      case "POST /api/accounts/deviceauth/usercode" -> device();
      case "POST /api/accounts/deviceauth/token" -> deviceCode(request.form());
      case "GET /codex/device" ->
          StandInProviders.signInPage("", Map.of(), List.of("code", "name", "password"));
      case "POST /codex/device" -> approved(request.form());
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

  private synchronized StandInAnswer device() {
    String id = tokens.next("device-");
    String code = "CODE-%05d".formatted(devices.size() + 1);
    devices.put(id, new Device(code, tokens.next("verifier-of-the-stand-in-"), false));
    return StandInAnswer.json(
        200, Map.of("device_auth_id", id, "user_code", code, "interval", "1"));
  }

  private synchronized StandInAnswer approved(Map<String, String> form) {
    if (!StandInProviders.isTheUser(form)) {
      return StandInProviders.signInPage(
          "Wrong name or password.", Map.of(), List.of("code", "name", "password"));
    }
    String code = form.getOrDefault("code", "");
    if (devices.values().stream().noneMatch(device -> device.userCode().equals(code))) {
      return StandInProviders.signInPage(
          "There is no such code.", Map.of(), List.of("code", "name", "password"));
    }
    devices.replaceAll((id, device) ->
        new Device(
            device.userCode(),
            device.verifier(),
            device.isApproved() || device.userCode().equals(code)));
    return StandInAnswer.page("You can close this page");
  }

  private synchronized StandInAnswer deviceCode(Map<String, String> form) {
    Device device = devices.get(form.getOrDefault("device_auth_id", ""));
    if (device == null || !device.userCode().equals(form.get("user_code"))) {
      return StandInAnswer.json(404, Map.of("error", "unknown device"));
    }
    if (!device.isApproved()) {
      return StandInAnswer.json(403, Map.of("error", "pending"));
    }
    String challenge = StandInTokens.challenge(device.verifier());
    return StandInAnswer.json(
        200,
        Map.of(
            "authorization_code", tokens.code(challenge),
            "code_challenge", challenge,
            "code_verifier", device.verifier()));
  }

  private StandInAnswer token(StandInRequest request) {
    Map<String, String> form = request.form();
    String issuer = "https://" + request.host();
    return switch (form.getOrDefault("grant_type", "")) {
      case "authorization_code" ->
          tokens.use(form.getOrDefault("code", ""), form.getOrDefault("code_verifier", ""))
              ? granted(issuer)
              : refused();
      case "refresh_token" ->
          tokens.useRefresh(form.getOrDefault("refresh_token", "")) ? granted(issuer) : refused();
      default -> refused();
    };
  }

  private static StandInAnswer refused() {
    return StandInAnswer.json(
        400, Map.of("error", "invalid_grant", "error_description", "The grant is not valid."));
  }

  private StandInAnswer granted(String issuer) {
    var claims = new TreeMap<String, Object>();
    claims.put("iss", issuer);
    claims.put("sub", "user-alice");
    claims.put("jti", tokens.next("token-"));
    claims.put("iat", tokens.now());
    claims.put("exp", tokens.now() + StandInTokens.LIFE.toSeconds());
    claims.put("email", "alice@example.test");
    claims.put(
        "https://api.openai.com/auth",
        Map.of(
            "chatgpt_account_id", ACCOUNT,
            "chatgpt_user_id", "user-alice",
            "chatgpt_plan_type", "plus",
            "user_id", "user-alice"));
    String token = StandInTokens.jwt(claims);
    return StandInAnswer.json(
        200,
        Map.of(
            "token_type", "Bearer",
            "access_token", tokens.accessToken(token),
            "id_token", token,
            "refresh_token", tokens.refreshToken(),
            "expires_in", StandInTokens.LIFE.toSeconds()));
  }

  private StandInAnswer withToken(StandInRequest request) {
    if (!tokens.isValid(request.bearer())) {
      return StandInAnswer.json(
          401, Map.of("error", Map.of("code", "token_expired", "message", "invalid token")));
    }
    return switch (request.method() + " " + request.path()) {
      case "GET /backend-api/wham/accounts/check" -> accounts();
      case "POST /backend-api/codex/responses" ->
          ACCOUNT.equals(request.fields().get("chatgpt-account-id"))
              ? response()
              : StandInAnswer.json(403, Map.of("error", Map.of("message", "not this account's")));
      // The handshake of a WebSocket: Codex then asks by a request of its own.
      case "GET /backend-api/codex/responses" ->
          StandInAnswer.json(426, Map.of("error", Map.of("message", "no WebSockets here")));
      default -> StandInAnswer.json(404, Map.of("error", Map.of("message", "not found")));
    };
  }

  private static StandInAnswer accounts() {
    return StandInAnswer.json(
        200,
        Map.of(
            "accounts",
            List.of(
                Map.of(
                    "id", ACCOUNT,
                    "account_user_id", "user-alice",
                    "plan_type", "plus",
                    "structure", "personal",
                    "name", "Alice",
                    "workspace_backend_origin", "NO_CONSTRAINT",
                    "account_routing_override", "NO_CONSTRAINT")),
            "account_ordering",
            List.of(ACCOUNT),
            "default_account_id",
            ACCOUNT));
  }

  private StandInAnswer response() {
    // What was asked is compressed in a way that Java does not know (zstd).
    String text = "The stand-in of Codex answers " + StandInProviders.NAME + ".";
    String id = tokens.next("resp_");
    Map<String, ?> item =
        Map.of(
            "type", "message",
            "id", "msg_" + id,
            "role", "assistant",
            "status", "completed",
            "content",
                List.of(Map.of("type", "output_text", "text", text, "annotations", List.of())));
    var response = new TreeMap<String, Object>();
    response.put("id", id);
    response.put("object", "response");
    response.put("created_at", tokens.now());
    response.put("status", "completed");
    response.put("output", List.of(item));
    response.put(
        "usage",
        Map.of(
            "input_tokens", 3,
            "input_tokens_details", Map.of("cached_tokens", 0),
            "output_tokens", 5,
            "output_tokens_details", Map.of("reasoning_tokens", 0),
            "total_tokens", 8));
    return StandInAnswer.events(
        List.of(
            Map.of(
                "type", "response.created", "response", Map.of("id", id, "status", "in_progress")),
            Map.of("type", "response.output_item.added", "output_index", 0, "item", item),
            Map.of(
                "type",
                "response.output_text.delta",
                "item_id",
                "msg_" + id,
                "output_index",
                0,
                "content_index",
                0,
                "delta",
                text),
            Map.of("type", "response.output_item.done", "output_index", 0, "item", item),
            Map.of("type", "response.completed", "response", response)));
  }
}
