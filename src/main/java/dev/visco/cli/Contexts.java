package dev.visco.cli;

import dev.visco.host.DurableFiles;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Daemons that somebody uses, by names of their own, in a file of theirs that nobody else may read,
 * since it has tokens. Without one in use commands go to the daemon of this host.
 */
public final class Contexts {
  /** Means the daemon of this host. */
  static final String LOCAL = "local";

  private final Path file;

  /**
   * One of them.
   *
   * @param url like {@code https://visco.example.com}
   * @param ca a PEM file with the certificates that the server's is checked against; null for those
   *     of the Java runtime
   */
  record ServerContext(String url, String token, @Nullable String ca) {
    ApiAddress address() {
      return ApiAddress.of("url", url, token, ca == null ? null : Path.of(ca));
    }

    /** Never the token. */
    @Override
    public String toString() {
      return url;
    }
  }

  /**
   * The file's content.
   *
   * @param current the name of the one in use; null for the daemon of this host
   */
  record ContextFile(@Nullable String current, @Nullable Map<String, ServerContext> contexts) {
    ContextFile {
      contexts = contexts == null ? Map.of() : new TreeMap<>(contexts);
    }

    Map<String, ServerContext> all() {
      return Objects.requireNonNull(contexts);
    }
  }

  Contexts(Path file) {
    this.file = file;
  }

  /** Those of whoever has this environment (XDG Base Directory Specification). */
  public static Contexts of(Map<String, String> environment) {
    String configuration = environment.get("XDG_CONFIG_HOME");
    Path folder =
        configuration == null || configuration.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", "/root"), ".config")
            : Path.of(configuration);
    return new Contexts(folder.resolve("visco/contexts.json"));
  }

  ContextFile read() {
    try {
      return Files.exists(file)
          ? Json.read(Files.readString(file), ContextFile.class)
          : new ContextFile(null, null);
    } catch (IOException | JacksonException e) {
      throw new Refused(
          new Refusal.Conflict(
              file + " cannot be read: " + e.getMessage(), "Mend it, or remove it."));
    }
  }

  private void write(@Nullable String current, Map<String, ServerContext> all) {
    try {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] content = Json.line(new ContextFile(current, all)).getBytes(StandardCharsets.UTF_8);
    DurableFiles.write(file, content, "rw-------");
  }

  /** Adds one, or changes it. */
  void put(String name, ServerContext context) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}") || name.equals(LOCAL)) {
      throw Refused.invalid(
          "context",
          name,
          "is no name for one",
          "Give letters, digits, dots and dashes; " + LOCAL + " is this host's.");
    }
    ContextFile known = read();
    var all = new TreeMap<>(known.all());
    all.put(name, context);
    write(known.current(), all);
  }

  /** From now on commands go there. */
  void use(String name) {
    ContextFile known = read();
    if (!name.equals(LOCAL)) {
      var _ = named(known, name);
    }
    write(name.equals(LOCAL) ? null : name, known.all());
  }

  /** Removes one; commands go to this host when it was in use. */
  void remove(String name) {
    ContextFile known = read();
    var _ = named(known, name);
    var all = new TreeMap<>(known.all());
    all.remove(name);
    write(name.equals(known.current()) ? null : known.current(), all);
  }

  private static ServerContext named(ContextFile known, String name) {
    return Optional.ofNullable(known.all().get(name))
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "context", name, Advice.words("visco context ls lists them."))));
  }

  /**
   * Where commands go: to what the environment names ({@code VISCO_HOST}, {@code VISCO_CONTEXT}),
   * else to the context in use; empty for the daemon of this host.
   *
   * @param environment with {@code VISCO_TOKEN} for {@code VISCO_HOST}, and {@code VISCO_CA}
   */
  public Optional<ApiAddress> address(Map<String, String> environment) {
    String url = environment.get("VISCO_HOST");
    if (url != null && !url.isEmpty()) {
      String token = environment.get("VISCO_TOKEN");
      if (token == null) {
        throw new Refused(
            new Refusal.Unauthorized(
                "VISCO_HOST names a daemon, and there is no token for it.",
                "Set VISCO_TOKEN too."));
      }
      String ca = environment.get("VISCO_CA");
      return Optional.of(ApiAddress.of("VISCO_HOST", url, token, ca == null ? null : Path.of(ca)));
    }
    ContextFile known = read();
    String name = environment.getOrDefault("VISCO_CONTEXT", Objects.toString(known.current(), ""));
    return name.isEmpty() || name.equals(LOCAL)
        ? Optional.empty()
        : Optional.of(named(known, name).address());
  }
}
