package dev.visco.session.restore;

import dev.visco.host.ResourceText;
import dev.visco.model.GuestLink;
import dev.visco.model.GuestText;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Replaces what a guest has from the VM that it is a copy of, by what is its own. Guests differ, so
 * whatever can be found in the usual places is replaced there; a guest in which something that must
 * be replaced cannot be is refused.
 *
 * @param link its own network card and address
 * @param former those that it still has
 * @param machineId its own, 32 hexadecimal digits (machine-id(5))
 */
public record NewIdentity(GuestLink link, GuestLink former, String machineId) {
  private static final int MAX_SAID = 16 << 10;

  /** How long a hook of the guest may take. */
  private static final Duration HOOK = Duration.ofSeconds(20);

  /**
   * What a guest says of itself.
   *
   * @param values by their words: {@code hostname}, {@code machine-id}, {@code generation}
   * @param hostKeys those that lie in the guest, type and base64
   * @param failedHooks names of hooks that failed, with what they said
   * @param hooks how many ran
   */
  public record Answers(
      Map<String, String> values, List<String> hostKeys, List<String> failedHooks, int hooks) {}

  /**
   * Replaces everything. The guest's address is the last, so that the session ends with it.
   *
   * @param seed the VM's seed disk, a tar archive
   * @param formerKey the public key by which the session was signed in, a line
   * @throws IOException when something could not be replaced; the message says what
   */
  public void replace(GuestSession session, byte[] seed, String formerKey, Duration deadline)
      throws IOException {
    List<String> words =
        List.of(
            "sh",
            "-c",
            script("identity.sh"),
            "visco",
            link.address().toString(),
            Integer.toString(link.prefix()),
            link.gateway().toString(),
            link.mac().toString(),
            link.device(),
            machineId,
            former.gateway().toString(),
            former.address().toString(),
            formerKey.strip().split(" ", 3)[1]);
    try (GuestOutput output = session.exec(words, seed, deadline, MAX_SAID)) {
      if (output.exitCode() != 0) {
        throw new IOException("in the guest: " + GuestText.line(output.error()));
      }
    }
  }

  private static String script(String name) {
    return ResourceText.of(NewIdentity.class, "names.sh")
        + ResourceText.of(NewIdentity.class, name);
  }

  /**
   * Gives a guest that waited for its user another host name, and variables for whatever is started
   * from now on.
   *
   * @param seed the VM's seed disk, a tar archive
   * @throws IOException when it cannot be given; the message says why
   */
  public static void handOver(GuestSession session, byte[] seed, Duration deadline)
      throws IOException {
    List<String> words = List.of("sh", "-c", script("handover.sh"), "visco");
    try (GuestOutput output = session.exec(words, seed, deadline, MAX_SAID)) {
      if (output.exitCode() != 0) {
        throw new IOException("in the guest: " + GuestText.line(output.error()));
      }
    }
  }

  /**
   * Counts that the guest goes on from a snapshot, runs its hooks ({@code /etc/visco/restore.d/*}),
   * and asks it who it is now.
   */
  public static Answers confirm(GuestSession session, Duration deadline) throws IOException {
    List<String> words =
        List.of(
            "sh",
            "-c",
            ResourceText.of(NewIdentity.class, "confirm.sh"),
            "visco",
            Long.toString(HOOK.toSeconds()));
    try (GuestOutput output = session.exec(words, new byte[0], deadline, MAX_SAID)) {
      if (output.exitCode() != 0) {
        throw new IOException("in the guest: " + GuestText.line(output.error()));
      }
      return answers(new String(output.output(), StandardCharsets.UTF_8));
    }
  }

  static Answers answers(String text) {
    var values = new HashMap<String, String>();
    var keys = new ArrayList<String>();
    var failed = new ArrayList<String>();
    int hooks = 0;
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 2);
      String value = words.length < 2 ? "" : words[1].strip();
      switch (words[0]) {
        case "host-key" -> keys.add(value);
        case "hook" -> {
          hooks++;
          String[] hook = value.split(" ", 3);
          if (!hook[0].equals("0")) {
            String said = hook.length < 3 ? "" : ": " + GuestText.line(hook[2]);
            failed.add((hook.length < 2 ? "?" : hook[1]) + " ended with " + hook[0] + said);
          }
        }
        default -> values.put(words[0], value);
      }
    }
    return new Answers(values, List.copyOf(keys), List.copyOf(failed), hooks);
  }
}
