package dev.visco.delivery;

import dev.visco.lifecycle.UsualProgram;
import dev.visco.provider.Provider;
import dev.visco.session.GuestCommand;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The variables of a provider's tool: those of its provider, and its credential where it takes it
 * so. What is secret goes to the process by its standard input, and is in no argument and no file.
 * Closing it zeroes that.
 *
 * @param plain those that are no secret
 * @param secret values by name, without line ends
 */
public record ToolEnvironment(SortedMap<String, String> plain, SortedMap<String, byte[]> secret)
    implements AutoCloseable {
  /** None. */
  public static final ToolEnvironment NONE = new ToolEnvironment(new TreeMap<>(), new TreeMap<>());

  /** Variables until an empty line, then the command with the rest of its input. */
  private static final String READ =
      "while IFS= read -r line && [ -n \"$line\" ]; do export \"$line\"; done; exec \"$@\"";

  /**
   * Those of a provider.
   *
   * @param placeholders that stand for its credential
   * @param secrets the credential, where its tool takes it so
   */
  static ToolEnvironment of(
      Provider provider, Map<String, String> placeholders, Map<String, byte[]> secrets) {
    var plain = new TreeMap<String, String>();
    provider.environment().forEach((name, text) -> plain.put(name, provider.filled(text)));
    plain.putAll(placeholders);
    return new ToolEnvironment(plain, new TreeMap<>(secrets));
  }

  /** All but what somebody has set to something else. */
  public ToolEnvironment without(Set<String> names) {
    var otherPlain = new TreeMap<>(plain);
    otherPlain.keySet().removeAll(names);
    var otherSecret = new TreeMap<>(secret);
    otherSecret.keySet().removeAll(names);
    return new ToolEnvironment(otherPlain, otherSecret);
  }

  /**
   * A command with these variables, where it sets no others of these names: it reads what is secret
   * from its input first, where {@link #input} comes before anything else.
   *
   * @param environment of the command itself
   */
  public GuestCommand command(
      UsualProgram usual,
      List<String> words,
      Map<String, String> environment,
      @Nullable String folder,
      @Nullable String user) {
    var all = new TreeMap<>(plain);
    all.putAll(environment);
    return usual.command(wrapped(words), all, folder, user);
  }

  private List<String> wrapped(List<String> words) {
    if (secret.isEmpty()) {
      return words;
    }
    var all = new ArrayList<>(List.of("sh", "-c", READ, "visco"));
    all.addAll(words);
    return all;
  }

  /** What such a command reads first; nothing where nothing is secret. The caller zeroes it. */
  public byte[] input() {
    return input(new byte[0]);
  }

  /** The same with the command's own input behind it. */
  public byte[] input(byte[] own) {
    if (secret.isEmpty()) {
      return own;
    }
    var bytes = new ByteArrayOutputStream();
    secret.forEach((name, value) -> {
      bytes.writeBytes((name + "=").getBytes(StandardCharsets.UTF_8));
      bytes.writeBytes(value);
      bytes.write('\n');
    });
    bytes.write('\n');
    bytes.writeBytes(own);
    return bytes.toByteArray();
  }

  @Override
  public String toString() {
    return "variables " + plain.keySet() + ", secret " + secret.keySet();
  }

  @Override
  public void close() {
    secret.values().forEach(value -> Arrays.fill(value, (byte) 0));
  }
}
