package dev.visco.session;

import dev.visco.model.UserData;
import dev.visco.model.UserDataFile;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a VM was created with, as files on its seed disk. Our images read them from {@code
 * /run/visco}: a service's shell and the shell of each command read {@code environment}, sshd reads
 * {@code sshd_environment}, and the files are put in place as {@code files} says.
 */
public final class GuestEnvironment {
  /** The file of variables in a guest, for a shell; root's alone. */
  private static final String FILE = "/run/visco/environment";

  /** Reads the variables where there are any. */
  static final String LOADED = "[ ! -r " + FILE + " ] || . " + FILE + "; ";

  private GuestEnvironment() {}

  /** The files for the seed disk, by their names below {@code /run/visco}. */
  public static Map<String, byte[]> seedFiles(UserData data) {
    var files = new HashMap<String, byte[]>();
    if (!data.environment().isEmpty()) {
      files.put("environment", bytes(exports(data.environment())));
      files.put("sshd_environment", bytes(setEnv(data.environment())));
    }
    if (!data.files().isEmpty()) {
      files.put("files", bytes(index(data.files())));
      for (int at = 0; at < data.files().size(); at++) {
        files.put("file-" + at, data.files().get(at).content());
      }
    }
    return files;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String exports(Map<String, String> environment) {
    return environment.entrySet().stream()
        .map(one -> "export " + one.getKey() + "=" + ShellQuoting.quoted(one.getValue()) + "\n")
        .collect(Collectors.joining());
  }

  /**
   * The one line that sshd takes them from (sshd_config(5), SetEnv). Its file knows no value of
   * several lines; the shells of commands have those too.
   */
  private static String setEnv(Map<String, String> environment) {
    String variables =
        environment.entrySet().stream()
            .filter(one -> one.getValue().chars().noneMatch(Character::isISOControl))
            .map(one -> one.getKey() + "=" + one.getValue())
            .map(one -> " \"" + one.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
            .collect(Collectors.joining());
    return variables.isEmpty() ? "" : "SetEnv" + variables + "\n";
  }

  /** A line for each: its number, mode, owner and path, which ends the line. */
  private static String index(List<UserDataFile> files) {
    var lines = new StringBuilder();
    for (int at = 0; at < files.size(); at++) {
      UserDataFile file = files.get(at);
      lines.append(at + " " + file.mode() + " " + file.owner() + " " + file.path() + "\n");
    }
    return lines.toString();
  }
}
