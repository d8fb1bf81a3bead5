package dev.visco.cli;

import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.model.UserData;
import dev.visco.wire.CreateRequest.FileRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a VM is created with for its guest, as docker's options give it. */
final class UserDataOptions {
  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description =
          "a variable of the guest's services and sessions, without a value this shell's; may be"
              + " repeated")
  private List<String> env = new ArrayList<>();

  @Option(
      names = "--env-file",
      paramLabel = "FILE",
      description = "reads such variables from a file, one a line; # begins a comment")
  private List<Path> envFiles = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "FILE:PATH[:MODE[:OWNER]]",
      description =
          "puts a file of this computer in place before the guest's services start, with mode 0644"
              + " and root as its owner unless others are given; may be repeated")
  private List<String> files = new ArrayList<>();

  /** Variables by name; null for none. Those of options come before those of files. */
  @Nullable Map<String, String> env() {
    var all = new TreeMap<String, String>();
    for (Path file : envFiles) {
      new String(bytes("--env-file", file), StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .forEach(line -> add(all, "--env-file", line));
    }
    env.forEach(text -> add(all, "--env", text));
    return all.isEmpty() ? null : all;
  }

  /** Those of options alone; null for none. */
  static @Nullable Map<String, String> variables(List<String> texts) {
    var all = new TreeMap<String, String>();
    texts.forEach(text -> add(all, "--env", text));
    return all.isEmpty() ? null : all;
  }

  private static void add(Map<String, String> all, String option, String text) {
    int equals = text.indexOf('=');
    if (equals >= 0) {
      all.put(text.substring(0, equals), text.substring(equals + 1));
      return;
    }
    String own = System.getenv(text);
    if (own == null) {
      throw Refused.invalid(
          option, text, "is no variable of this shell", "Give it a value: NAME=VALUE.");
    }
    all.put(text, own);
  }

  /** Files of the guest; null for none. */
  @Nullable List<FileRequest> files() {
    return files.isEmpty() ? null : files.stream().map(UserDataOptions::file).toList();
  }

  private static FileRequest file(String text) {
    String[] parts = text.split(":", 4);
    if (parts.length < 2 || parts[0].isEmpty()) {
      throw Refused.invalid(
          "--file",
          text,
          "is no FILE:PATH",
          "Give one like ./app.toml:/etc/app.toml or ./key:/etc/app.key:0600:root.");
    }
    byte[] content = bytes("--file", Path.of(parts[0]));
    return new FileRequest(
        parts[1],
        null,
        Base64.getEncoder().encodeToString(content),
        parts.length > 2 && !parts[2].isEmpty() ? parts[2] : null,
        parts.length > 3 && !parts[3].isEmpty() ? parts[3] : null);
  }

  /** The whole file; one that cannot be read, or is too large for any VM, is refused. */
  private static byte[] bytes(String option, Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(UserData.MAX_CONTENT + 1);
      if (content.length > UserData.MAX_CONTENT) {
        throw Refused.invalid(
            option,
            file.toString(),
            "has more than " + UserData.MAX_CONTENT + " bytes",
            "Copy it into the VM once that is ready.");
      }
      return content;
    } catch (IOException e) {
      throw Refused.invalid(
          option, file.toString(), "cannot be read: " + HostFault.words(e), "Give a file.");
    }
  }
}
