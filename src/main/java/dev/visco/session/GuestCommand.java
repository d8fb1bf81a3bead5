package dev.visco.session;

import dev.visco.model.Refused;
import dev.visco.model.UserData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is run in a guest.
 *
 * @param arguments the program and its arguments; with none it is a login shell, which only a
 *     terminal can run
 * @param environment variables besides those that the guest sets
 * @param folder where it runs, absolute; null for the user's home
 * @param user a name or number of the guest's, also {@code USER:GROUP}; null for root
 */
public record GuestCommand(
    List<String> arguments,
    Map<String, String> environment,
    @Nullable String folder,
    @Nullable String user) {
  /** Longest name of a user: useradd(8) allows 32; with a group it is twice that and a colon. */
  private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

  /**
   * Checks all that can be checked without the guest.
   *
   * @throws Refused that names the field
   */
  public GuestCommand {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    environment.forEach(GuestCommand::checkVariable);
    if (folder != null) {
      if (!folder.startsWith("/")) {
        throw Refused.invalid(
            "cwd", folder, "is not absolute", "Give a folder of the guest that begins with /.");
      }
      ShellQuoting.check("cwd", folder);
    }
    if (user != null) {
      checkUser(user);
    }
  }

  /** A program and its arguments, as root in its home. */
  public static GuestCommand of(List<String> arguments) {
    return new GuestCommand(arguments, Map.of(), null, null);
  }

  /** The same with one more variable. */
  GuestCommand with(String name, String value) {
    var all = new HashMap<>(environment);
    all.put(name, value);
    return new GuestCommand(arguments, all, folder, user);
  }

  private static void checkVariable(String name, String value) {
    if (!UserData.isVariable(name)) {
      throw Refused.invalid(
          "env", name, "is no name of a variable", "Give letters, digits and _, no digit first.");
    }
    ShellQuoting.check("env." + name, value);
  }

  private static void checkUser(String user) {
    String[] parts = user.split(":", -1);
    if (parts.length > 2 || !USER.matcher(parts[0]).matches() || !isGroup(parts)) {
      throw Refused.invalid(
          "user",
          user,
          "is no user of a guest",
          "Give a name or a number, like app or 1000, or with a group: app:users.");
    }
  }

  private static boolean isGroup(String[] parts) {
    return parts.length < 2 || USER.matcher(parts[1]).matches();
  }
}
