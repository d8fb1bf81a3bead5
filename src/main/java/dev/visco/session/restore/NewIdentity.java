package dev.visco.session.restore;

import dev.visco.host.ResourceText;
import dev.visco.model.GuestLink;
import dev.visco.model.GuestText;
import dev.visco.model.Ipv4;
import dev.visco.session.GuestEnvironment;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestShell;
import dev.visco.session.restore.RestoreHelper.Next;
import dev.visco.session.restore.RestoreHelper.Refreshed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
   * Gives the guest randomness and the time, since keys may be made from them, and then replaces
   * everything. The guest's address is the last, once this connection is closed.
   *
   * @param files those of the VM's seed, by their names
   * @param formerKey the public key by which the session was signed in, a line
   * @throws IOException when something could not be replaced; the message says what
   */
  public Refreshed replace(
      GuestSession session,
      RestoreHelper helper,
      Map<String, byte[]> files,
      String formerKey,
      Duration deadline)
      throws IOException {
    List<String> arguments =
        List.of(
            link.address().toString(),
            Integer.toString(link.prefix()),
            link.gateway().toString(),
            link.mac().toString(),
            link.device(),
            machineId,
            former.gateway().toString(),
            former.address().toString(),
            formerKey.strip().split(" ", 3)[1],
            hexadecimal(former.gateway()),
            hexadecimal(link.gateway()));
    var next = new Next(script("identity.sh"), arguments, told(files));
    return helper.refresh(session, next, deadline);
  }

  static String script(String name) {
    return ResourceText.of(NewIdentity.class, "names.sh")
        + ResourceText.of(NewIdentity.class, name);
  }

  /**
   * Gives a guest that waited for its user another host name, and variables for whatever is started
   * from now on. They come by standard input, since arguments are shown to everybody in the guest,
   * and take no program but the shell.
   *
   * @param variables the files of variables of the VM's seed ({@link GuestEnvironment#seedFiles})
   * @throws IOException when it cannot be given; the message says why
   */
  public static void handOver(
      GuestSession session, String name, Map<String, byte[]> variables, Duration deadline)
      throws IOException {
    List<String> words = List.of("sh", "-c", script("handover.sh"), "visco");
    var files = new TreeMap<>(variables);
    files.put("hostname", (name + "\n").getBytes(StandardCharsets.UTF_8));
    try (GuestOutput output = session.exec(words, told(files), deadline, MAX_SAID)) {
      if (output.exitCode() != 0) {
        throw new IOException("in the guest: " + GuestText.line(output.error()));
      }
    }
  }

  /**
   * Files as a guest's shell reads them: for each a line with its name and one of ASCII for
   * printf's {@code %b} (POSIX, printf), since some shells read no other bytes well; then a point.
   */
  private static byte[] told(Map<String, byte[]> files) {
    var text = new StringBuilder();
    files.forEach((name, content) -> {
      text.append(name).append('\n');
      for (byte one : content) {
        if (one >= ' ' && one < 127 && one != '\\') {
          text.append((char) one);
        } else {
          text.append("\\0%03o".formatted(one & 0xff));
        }
      }
      text.append('\n');
    });
    return text.append(".\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * An address as {@code /proc/net/tcp} of x86 shows it, whose bytes are in reverse (proc_net(5)).
   */
  private static String hexadecimal(Ipv4 address) {
    return "%08X".formatted(Integer.reverseBytes(address.bits()));
  }

  /**
   * Counts that the guest goes on from a snapshot, runs its hooks ({@code /etc/visco/restore.d/*}),
   * and asks it who it is now.
   */
  public static Answers confirm(GuestSession session, Duration deadline) throws IOException {
    return answers(confirmed(session, "", "", MAX_SAID, deadline));
  }

  /**
   * The same, and further questions in the same command.
   *
   * @param questions a script of a POSIX shell
   * @param argument its {@code $1}
   * @param maxSaid what it may say, in bytes
   */
  public static Confirmed confirm(
      GuestSession session, String questions, String argument, int maxSaid, Duration deadline)
      throws IOException {
    String[] parts =
        confirmed(session, END + questions, argument, MAX_SAID + maxSaid, deadline)
            .split("(?m)^" + MARK + "$", 2);
    return new Confirmed(answers(parts[0]), parts.length < 2 ? "" : parts[1]);
  }

  /**
   * What a guest says of itself.
   *
   * @param said by the further questions
   */
  public record Confirmed(Answers answers, String said) {}

  private static final String MARK = "questions";

  /** Between the two scripts. */
  private static final String END = "echo " + MARK + "\nset -- \"$2\"\n";

  private static String confirmed(
      GuestSession session, String more, String argument, int maxSaid, Duration deadline)
      throws IOException {
    List<String> words =
        GuestShell.runningInRootsShell(
            ResourceText.of(NewIdentity.class, "confirm.sh") + more,
            List.of(Long.toString(HOOK.toSeconds()), argument));
    try (GuestOutput output = session.exec(words, new byte[0], deadline, maxSaid)) {
      if (output.exitCode() != 0) {
        throw new IOException("in the guest: " + GuestText.line(output.error()));
      }
      return new String(output.output(), StandardCharsets.UTF_8);
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
