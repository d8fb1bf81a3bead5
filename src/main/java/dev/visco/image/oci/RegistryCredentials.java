package dev.visco.image.oci;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What {@code docker login} has left for the daemon's user: {@code config.json} in {@code
 * ~/.docker} or in the folder DOCKER_CONFIG, with credential helpers.
 */
public final class RegistryCredentials {
  /** What docker calls a token in the place of a user's name. */
  private static final String TOKEN = "<token>";

  /** What an address begins with under which docker keeps the login of its own registry. */
  private static final String INDEX = "index.";

  private static final Duration HELPER = Duration.ofSeconds(30);
  private final Host host;
  private final Path file;
  private final Map<String, String> environment;

  /**
   * @param own the daemon's environment: HOME, DOCKER_CONFIG and proxies
   */
  public RegistryCredentials(Host host, Map<String, String> own) {
    this.host = host;
    this.environment = new HashMap<>(ChildEnvironment.proxies(own));
    String folder = own.get("DOCKER_CONFIG");
    String home = own.getOrDefault("HOME", System.getProperty("user.home"));
    environment.put("HOME", home);
    if (folder != null) {
      environment.put("DOCKER_CONFIG", folder);
    }
    this.file =
        folder == null ? Path.of(home, ".docker", "config.json") : Path.of(folder, "config.json");
  }

  /** A user with a password, or with a token that is given for tokens (OAuth 2, refresh token). */
  record Login(String user, String secret) {
    boolean isToken() {
      return user.equals(TOKEN);
    }

    String basic() {
      byte[] both = (user + ":" + secret).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(both);
    }

    @Override
    public String toString() {
      return user; // The secret goes to no log.
    }
  }

  /** What programs that ask registries are given: proxies, HOME and DOCKER_CONFIG. */
  Map<String, String> environment() {
    return environment;
  }

  /**
   * The login for a registry; empty when there is none. That of docker's own registry stands under
   * the address of its index, like {@code https://index.REGISTRY/v1/}, others' under their host.
   */
  Optional<Login> of(OciReference reference) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    JsonNode config;
    try {
      config = Json.mapper().readTree(Files.readAllBytes(file));
    } catch (IOException | JacksonException e) {
      throw damaged("is no JSON document");
    }
    Optional<String> key = keyOf(reference, config.path("auths"));
    String own = key.orElse(reference.registry());
    String helper = text(config.path("credHelpers").path(own));
    if (helper.isEmpty()) {
      helper = text(config.path("credsStore"));
    }
    if (!helper.isEmpty()) {
      Optional<Login> found = helped(helper, own);
      if (found.isEmpty() && key.isEmpty()) {
        String name = helper;
        found = keyOf(reference, listed(helper)).flatMap(other -> helped(name, other));
      }
      if (found.isPresent()) {
        return found;
      }
    }
    return key.flatMap(name -> stored(config.path("auths").path(name)));
  }

  /** The key of a registry's login; its own host counts more than another name of it. */
  private static Optional<String> keyOf(OciReference reference, JsonNode byKey) {
    for (String wanted :
        List.of(reference.registry(), reference.host(), INDEX + reference.registry())) {
      for (var entry : byKey.properties()) {
        if (host(entry.getKey()).equals(wanted)) {
          return Optional.of(entry.getKey());
        }
      }
    }
    return Optional.empty();
  }

  private Refused damaged(String why) {
    return new Refused(
        new Refusal.HostLacks(
            "registry login",
            file + " " + why + ".",
            "Sign in once more by docker login, as the daemon's user on its host."));
  }

  private static String text(JsonNode node) {
    return node.asString("");
  }

  private Optional<Login> stored(JsonNode one) {
    String identity = text(one.path("identitytoken"));
    if (!identity.isEmpty()) {
      return Optional.of(new Login(TOKEN, identity));
    }
    String user = text(one.path("username"));
    if (!user.isEmpty()) {
      return Optional.of(new Login(user, text(one.path("password"))));
    }
    return text(one.path("auth")).isEmpty()
        ? Optional.empty()
        : Optional.of(decoded(text(one.path("auth"))));
  }

  /** The host alone: docker's own keys are addresses, others' are hosts. */
  private static String host(String key) {
    return key.replaceFirst("^https?://", "").replaceFirst("/.*", "");
  }

  private Login decoded(String auth) {
    try {
      String both = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
      int colon = both.indexOf(':'); // A password may hold further ones.
      if (colon > 0) {
        return new Login(both.substring(0, colon), both.substring(colon + 1));
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    throw damaged("holds a login that is not USER:PASSWORD in base64");
  }

  private Optional<Login> helped(String helper, String key) {
    CommandResult result = run(helper, "get", key);
    if (!result.succeeded()) {
      return Optional.empty(); // It knows none for this registry, and says so in words of its own.
    }
    JsonNode found = answer(helper, result);
    return Optional.of(new Login(text(found.path("Username")), text(found.path("Secret"))));
  }

  /** The keys that a helper has logins for; none where it does not list them. */
  private JsonNode listed(String helper) {
    CommandResult result = run(helper, "list", "");
    return result.succeeded() ? answer(helper, result) : Json.mapper().createObjectNode();
  }

  private CommandResult run(String helper, String action, String input) {
    if (!helper.matches("[A-Za-z0-9_.-]{1,64}")) {
      throw damaged("names a credential helper that is no name");
    }
    return host.run(
        Command.of("docker-credential-" + helper, action)
            .withInput(input)
            .withEnvironment(environment)
            .within(HELPER));
  }

  private JsonNode answer(String helper, CommandResult result) {
    try {
      return Json.mapper().readTree(result.output());
    } catch (JacksonException e) {
      throw damaged("names docker-credential-" + helper + ", which answers no JSON");
    }
  }
}
