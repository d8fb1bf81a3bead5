package dev.visco.model;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a user gives a VM at its creation for its guest. It may hold secrets: no answer, log or
 * bundle has it, and refusals repeat names and paths alone.
 *
 * @param environment variables of its services and sessions, at most {@value #MAX_ENVIRONMENT}
 *     bytes of names and values
 * @param files put in place once for each root disk, before its services start; at most {@value
 *     #MAX_FILES}, with {@value #MAX_CONTENT} bytes together
 */
public record UserData(SortedMap<String, String> environment, List<UserDataFile> files) {
  public static final int MAX_ENVIRONMENT = 32 << 10;
  public static final int MAX_FILES = 64;
  public static final int MAX_CONTENT = 1 << 20;
  public static final UserData NONE = new UserData(new TreeMap<>(), List.of());

  /** What a shell can export (POSIX, Base Definitions 3.216). */
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  public UserData {
    environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
    files = List.copyOf(files);
    checkEnvironment(environment);
    checkFiles(files);
  }

  public static UserData of(Map<String, String> environment, List<UserDataFile> files) {
    return new UserData(new TreeMap<>(environment), files);
  }

  public boolean hasAny() {
    return !environment.isEmpty() || !files.isEmpty();
  }

  /** Whether a variable may have this name. */
  public static boolean isVariable(String name) {
    return VARIABLE.matcher(name).matches();
  }

  private static void checkEnvironment(Map<String, String> environment) {
    int bytes = 0;
    for (var variable : environment.entrySet()) {
      String name = variable.getKey();
      String value = variable.getValue();
      if (!isVariable(name)) {
        throw Refused.invalid(
            "env", name, "is no name of a variable", "Give letters, digits and _, no digit first.");
      }
      if (value.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
        throw Refused.invalid(
            "env",
            name,
            "has a value that no variable can have",
            "Send text that can be written as UTF-8, without a NUL.");
      }
      bytes += name.length() + value.getBytes(StandardCharsets.UTF_8).length;
    }
    if (bytes > MAX_ENVIRONMENT) {
      throw Refused.invalid(
          "env",
          bytes + " bytes",
          "are too many",
          "Give at most " + MAX_ENVIRONMENT + " bytes of names and values, or a file.");
    }
  }

  private static void checkFiles(List<UserDataFile> files) {
    if (files.size() > MAX_FILES) {
      throw Refused.invalid(
          "files", files.size() + " files", "are too many", "Give at most " + MAX_FILES + ".");
    }
    var paths = new HashSet<String>();
    long bytes = 0;
    for (UserDataFile file : files) {
      if (!paths.add(file.path())) {
        throw Refused.invalid(
            "files.path", file.path(), "is given more than once", "Give it once.");
      }
      bytes += file.content().length;
    }
    if (bytes > MAX_CONTENT) {
      throw Refused.invalid(
          "files",
          bytes + " bytes",
          "are too many",
          "Give at most " + MAX_CONTENT + " bytes, and copy the others once it is ready.");
    }
  }

  /** Without any value, which may be a secret. */
  @Override
  public String toString() {
    return "UserData[" + environment.size() + " variables, " + files.size() + " files]";
  }
}
