package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sign-in leaves behind, which makes the tool work elsewhere.
 *
 * @param files that the tool writes
 * @param variables environment variables that the tool takes instead, or only
 */
public record ProviderCredential(List<CredentialFile> files, List<String> variables) {
  public ProviderCredential {
    files = ProviderText.list("files", files);
    variables = ProviderText.list("variables", variables);
    variables.forEach(name ->
        ProviderText.matching("variables", name, ProviderText.VARIABLE, "a variable's name"));
    if (files.isEmpty() && variables.isEmpty()) {
      throw Refused.invalid(
          "files", "", "is missing, and so are variables", "Say where the credential is.");
    }
  }

  /**
   * A file with a credential.
   *
   * @param path below {@code ~}, the home of whom the tool runs as
   * @param mode that it has in the end, like 600
   * @param format of its content
   * @param fields that must not be empty, as JSON pointers (RFC 6901) in which {@code *} stands for
   *     any key
   * @param expiry when the tool has to refresh it; null when it does not expire or does not say
   * @param rotates whether a refresh makes the earlier content useless
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record CredentialFile(
      String path,
      String mode,
      CredentialFormat format,
      List<String> fields,
      @Nullable ExpiryField expiry,
      boolean rotates) {
    public CredentialFile {
      path = SeedFile.homePath("path", path);
      mode = ProviderText.matching("mode", mode, ProviderText.MODE, "an octal mode like 600");
      format = ProviderText.required("format", format);
      fields = ProviderText.list("fields", fields);
      fields.forEach(field -> pointer("fields", field));
      if (fields.isEmpty() == (format != CredentialFormat.OPAQUE)) {
        throw Refused.invalid(
            "fields",
            String.join(", ", fields),
            format == CredentialFormat.OPAQUE ? "cannot be looked at" : "are missing",
            format == CredentialFormat.OPAQUE
                ? "Leave them out."
                : "Name those that must not be empty, like [\"/access_token\"].");
      }
    }
  }

  /** A field with a time. */
  public record ExpiryField(String field, ExpiryUnit unit) {
    public ExpiryField {
      field = pointer("field", field);
      unit = ProviderText.required("unit", unit);
    }
  }

  private static String pointer(String name, String field) {
    return ProviderText.matching(name, field, ProviderText.POINTER, "a pointer like /tokens/id");
  }
}
