package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Refused;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tool that users sign in to: data from {@code providers/NAME.toml}.
 *
 * @param name 1 to 32 lower-case letters, digits and hyphens
 * @param title for people
 * @param tool the program that must be in the guest
 * @param versions of the tool with which the file was tried
 * @param hosts that the tool and its sign-in reach
 * @param memoryMib guest memory that it needs; null when unknown
 * @param diskMib room that it needs on the guest's disk; null when unknown
 * @param caVariable the variable with the file of a private authority's certificate; null when it
 *     trusts the system's
 * @param logoutRevokes whether its own logout makes the credential useless everywhere
 * @param plainHttp whether its sign-in pages may be plain http, as in a lab
 * @param values texts for {@code {NAME}} in commands and variables
 * @param environment of the tool, whatever it is started for
 * @param login the ways to sign in, the preferred one first
 * @param seedFiles put in place before it starts
 * @param check how a credential is checked
 * @param prompt null when it answers none
 * @param placeholder null when the tool needs the secret itself
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Provider(
    String name,
    String title,
    String tool,
    List<String> versions,
    List<String> hosts,
    @Nullable Integer memoryMib,
    @Nullable Integer diskMib,
    @Nullable String caVariable,
    boolean logoutRevokes,
    boolean plainHttp,
    Map<String, String> values,
    Map<String, String> environment,
    List<LoginMethod> login,
    ProviderCredential credential,
    List<SeedFile> seedFiles,
    ProviderCheck check,
    @Nullable ProviderPrompt prompt,
    @Nullable ProviderPlaceholder placeholder) {
  private static final Pattern TOOL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");
  private static final Pattern VALUE = Pattern.compile("\\{([a-z0-9-]{1,32})}");
  private static final int MAX_MIB = 1_048_576;

  /**
   * How a credential is checked. That a file is there proves nothing: tools keep files whose tokens
   * were refused.
   *
   * @param offline a command that exits 0 when the tool finds its credential; empty for none
   * @param online a command that exits 0 when the provider accepts it; empty for none
   * @param refresh a command that has the tool refresh it, cheaper than {@code online}; empty for
   *     none
   * @param refreshes whether {@code online} has the tool take new tokens each time, of which
   *     another process of it does not get to know: it is run at the sign-in and on demand alone
   * @param signInExits exit codes of both that mean that it has to be signed in again; those of its
   *     prompts when there are none
   * @param signInText what it prints besides in that case; null when the exit code says enough
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ProviderCheck(
      List<String> offline,
      List<String> online,
      List<String> refresh,
      boolean refreshes,
      List<Integer> signInExits,
      @Nullable String signInText) {
    /** None. */
    static final ProviderCheck NONE =
        new ProviderCheck(List.of(), List.of(), List.of(), false, List.of(), null);

    public ProviderCheck {
      offline = ProviderText.command("offline", offline);
      online = ProviderText.command("online", online);
      refresh = ProviderText.command("refresh", refresh);
      signInExits = ProviderText.list("sign-in-exits", signInExits);
      signInExits.forEach(code -> ProviderText.exitCode("sign-in-exits", code));
      if (signInText != null) {
        ProviderText.text("sign-in-text", signInText);
      }
    }
  }

  public Provider {
    ProviderText.matching("name", name, ProviderText.WORD, "lower-case letters, digits, hyphens");
    title = ProviderText.text("title", title);
    tool = ProviderText.matching("tool", tool, TOOL, "a program's name");
    versions = ProviderText.list("versions", versions);
    versions.forEach(version -> ProviderText.text("versions", version));
    hosts = ProviderText.hosts("hosts", hosts);
    inRange("memory-mib", memoryMib);
    inRange("disk-mib", diskMib);
    if (caVariable != null) {
      ProviderText.matching("ca-variable", caVariable, ProviderText.VARIABLE, "a variable's name");
    }
    values = values == null ? Map.of() : Map.copyOf(values);
    values.forEach((key, value) -> {
      ProviderText.matching("values", key, ProviderText.WORD, "lower-case letters and hyphens");
      ProviderText.text("values." + key, value);
    });
    environment = ProviderText.variables("environment", environment);
    login = ProviderText.list("login", login);
    if (login.isEmpty()) {
      throw Refused.invalid("login", "", "is missing", "Give at least one [[login]].");
    }
    credential = ProviderText.required("credential", credential);
    seedFiles = ProviderText.list("seed-files", seedFiles);
    check = check == null ? ProviderCheck.NONE : check;
    for (LoginMethod method : login) {
      requireValues("login.command", method.command(), values);
      requireValues("login.environment", List.copyOf(method.environment().values()), values);
    }
    requireValues("environment", List.copyOf(environment.values()), values);
    requireValues("check.offline", check.offline(), values);
    requireValues("check.online", check.online(), values);
    requireValues("check.refresh", check.refresh(), values);
  }

  /** The way to sign in of this number; refused when there is none. */
  public LoginMethod loginMethod(int number) {
    if (number < 0 || number >= login.size()) {
      throw Refused.invalid(
          "method",
          Integer.toString(number),
          "is no way to sign in to " + name,
          "Give 0 to " + (login.size() - 1) + ".");
    }
    return login.get(number);
  }

  private static void inRange(String field, @Nullable Integer value) {
    if (value != null && (value < 1 || value > MAX_MIB)) {
      throw Refused.invalid(
          field, value.toString(), "is out of range", "Give 1 to " + MAX_MIB + ".");
    }
  }

  private static void requireValues(String field, List<String> texts, Map<String, String> values) {
    for (String text : texts) {
      VALUE
          .matcher(text)
          .results()
          .map(found -> found.group(1))
          .filter(key -> !values.containsKey(key))
          .findFirst()
          .ifPresent(key -> {
            throw Refused.invalid(
                field,
                "{" + key + "}",
                "stands for no value of the provider",
                "Give it as " + key + " = \"…\" in [values].");
          });
    }
  }

  /** Replaces {@code {NAME}} by the provider's values; a value is never looked at again. */
  public String filled(String text) {
    return VALUE
        .matcher(text)
        .replaceAll(found ->
            java.util.regex.Matcher.quoteReplacement(
                values.getOrDefault(found.group(1), found.group())));
  }

  /** A command with the values in it. */
  public List<String> filled(List<String> command) {
    return command.stream().map((UnaryOperator<String>) this::filled).toList();
  }

  /** The variables of a login: the tool's and the login's own, which win. */
  public Map<String, String> environment(LoginMethod method) {
    var all = new TreeMap<String, String>();
    environment.forEach((name, value) -> all.put(name, filled(value)));
    method.environment().forEach((name, value) -> all.put(name, filled(value)));
    return all;
  }
}
