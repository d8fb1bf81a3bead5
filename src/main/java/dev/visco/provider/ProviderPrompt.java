package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a tool that is signed in answers a prompt.
 *
 * @param command with {@code {prompt}} for the prompt
 * @param stream what it prints
 * @param signInExits exit codes that mean that it has to be signed in again
 * @param signInText what it prints besides in that case; null when the exit code says enough
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProviderPrompt(
    List<String> command,
    PromptStream stream,
    List<Integer> signInExits,
    @Nullable String signInText) {
  public ProviderPrompt {
    command = ProviderText.command("command", command);
    if (!command.contains("{prompt}")) {
      throw Refused.invalid(
          "command",
          String.join(" ", command),
          "does not say where the prompt stands",
          "Give {prompt} as an argument of its own.");
    }
    stream = ProviderText.required("stream", stream);
    signInExits = ProviderText.list("sign-in-exits", signInExits);
    signInExits.forEach(code -> ProviderText.exitCode("sign-in-exits", code));
    if (signInText != null) {
      ProviderText.text("sign-in-text", signInText);
    }
  }
}
