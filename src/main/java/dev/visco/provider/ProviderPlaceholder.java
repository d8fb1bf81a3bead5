package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a VM instead of the secret, which a proxy puts into the requests on their way out.
 *
 * @param hosts whose requests get the secret, exactly these
 * @param header that has it
 * @param scheme before the secret in the header, like {@code Bearer}; null for none
 * @param webSocket whether the handshakes of WebSockets get it too
 * @param text the placeholder, in environment and files; {@value #DEFAULT_TEXT} when left out
 * @param field the secret's place in the first file of the credential, like {@code
 *     /tokens/access_token}; its first field that must not be empty when left out
 * @param values further values of the credential that are put into headers, and are no secrets
 * @param environment variables with the placeholder
 * @param files files with the placeholder
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProviderPlaceholder(
    List<String> hosts,
    String header,
    @Nullable String scheme,
    boolean webSocket,
    String text,
    @Nullable String field,
    List<PlaceholderValue> values,
    Map<String, String> environment,
    List<SeedFile> files) {
  private static final String DEFAULT_TEXT = "placeholder";
  private static final int MIN_TEXT = 8;

  /**
   * A value that is no secret but another one for each account, like the account's id.
   *
   * @param header that has it
   * @param text the placeholder for it
   * @param field its place in the first file of the credential
   */
  public record PlaceholderValue(String header, String text, String field) {
    public PlaceholderValue {
      header = ProviderText.matching("header", header, ProviderText.HEADER, "a header's name");
      text = placeholder(text);
      field =
          ProviderText.matching("field", field, ProviderText.POINTER, "a pointer like /tokens/id");
    }
  }

  public ProviderPlaceholder {
    hosts = ProviderText.hosts("hosts", hosts);
    header = ProviderText.matching("header", header, ProviderText.HEADER, "a header's name");
    if (scheme != null) {
      ProviderText.matching("scheme", scheme, ProviderText.HEADER, "a word like Bearer");
    }
    text = placeholder(text == null ? DEFAULT_TEXT : text);
    if (field != null) {
      ProviderText.matching("field", field, ProviderText.POINTER, "a pointer like /tokens/id");
    }
    values = ProviderText.list("values", values);
    environment = ProviderText.variables("environment", environment);
    files = ProviderText.list("files", files);
    if (hosts.isEmpty()) {
      throw Refused.invalid(
          "hosts", "", "are missing", "Name those whose requests get the secret.");
    }
    for (String host : hosts) {
      if (host.startsWith("*.")) {
        throw Refused.invalid(
            "hosts", host, "are several", "Name each host: none is given a secret by a pattern.");
      }
    }
    var texts = new ArrayList<>(environment.values());
    files.forEach(file -> texts.add(file.content()));
    String wanted = text;
    if (texts.stream().noneMatch(one -> one.contains(wanted))) {
      throw Refused.invalid(
          "text", text, "stands in no variable and no file", "Give environment or files with it.");
    }
  }

  /** Visible characters that a header may have. */
  private static String placeholder(@Nullable String text) {
    String found = ProviderText.text("text", text);
    if (found.length() < MIN_TEXT || found.chars().anyMatch(one -> one <= ' ' || one > '~')) {
      throw Refused.invalid(
          "text",
          found,
          "can be no placeholder",
          "Give at least " + MIN_TEXT + " visible ASCII characters without blanks.");
    }
    return found;
  }
}
