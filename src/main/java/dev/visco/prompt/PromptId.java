package dev.visco.prompt;

import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.ExecId;
import java.util.Optional;
import java.util.regex.Pattern;

/** The name of a prompt: the digits of its VM's id, and those of its command's in the guest. */
public record PromptId(VmId vm, ExecId exec) {
  private static final Pattern FORM = Pattern.compile("prompt-[0-9a-f]{8}-[0-9a-f]{16}");
  private static final String PREFIX = "prompt-";
  private static final int VM_END = PREFIX.length() + 8;

  /** Reads one; refused when it is none. */
  public static PromptId of(String text) {
    return find(text)
        .orElseThrow(() ->
            Refused.invalid(
                "prompt",
                text,
                "is no id of a prompt",
                "Give one as it was answered, like prompt-0123abcd-0123456789abcdef."));
  }

  /** Reads one; empty when it is none. */
  public static Optional<PromptId> find(String text) {
    return FORM.matcher(text).matches()
        ? Optional.of(
            new PromptId(
                new VmId("vm-" + text.substring(PREFIX.length(), VM_END)),
                new ExecId("ex-" + text.substring(VM_END + 1))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return PREFIX + vm.value().substring(3) + "-" + exec.value().substring(3);
  }
}
