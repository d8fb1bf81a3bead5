package dev.visco.image.recipe;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Adds users to a root file system that is being made: lines in passwd(5), group(5), shadow(5) and
 * gshadow(5), and home folders. Not done by useradd, whose output depends on the date.
 */
final class Accounts {
  private final NewRoot root;

  Accounts(NewRoot root) {
    this.root = root;
  }

  /** Adds users; refuses a name or id that a package uses already. */
  void add(List<Recipe.RecipeUser> users) {
    for (Recipe.RecipeUser user : users) {
      try {
        add(user);
      } catch (IOException e) {
        throw new HostFault("cannot add the user " + user.name() + ": " + e.getMessage(), e);
      }
    }
  }

  private void add(Recipe.RecipeUser user) throws IOException {
    String name = user.name();
    String id = Integer.toString(user.uid());
    refuseTaken("passwd", user);
    refuseTaken("group", user);
    String shell = user.shell() + "";
    if (root.find(shell).isEmpty()) {
      throw Refused.invalid(
          "users.shell",
          shell,
          "of " + name + " is not in the image",
          "Add its package to the recipe.");
    }
    append("passwd", String.join(":", name, "x", id, id, "", "/home/" + name, shell));
    append("group", String.join(":", name, "x", id, ""));
    // No password matches "*"; with "!", sshd would treat the account as locked and refuse keys
    // too.
    append("shadow", name + ":*::0:99999:7:::");
    append("gshadow", name + ":!::");
    for (String group : user.groupList()) {
      join("group", group, name);
      join("gshadow", group, name);
    }
    home(user);
  }

  private void refuseTaken(String file, Recipe.RecipeUser user) throws IOException {
    for (String line : lines(file)) {
      String[] fields = line.split(":", -1);
      boolean isName = fields[0].equals(user.name());
      if (isName || fields.length > 2 && fields[2].equals(Integer.toString(user.uid()))) {
        throw Refused.invalid(
            isName ? "users.name" : "users.uid",
            isName ? user.name() : Integer.toString(user.uid()),
            "is taken in the image's /etc/" + file + " (" + fields[0] + ")",
            "Give another.");
      }
    }
  }

  /** The path of a file that may not exist yet. */
  private Path file(String name) throws IOException {
    Optional<Path> found = root.find("/etc/" + name);
    return found.isPresent() ? found.get() : root.makeFolder("/etc").resolve(name);
  }

  private List<String> lines(String file) throws IOException {
    return Files.exists(file(file)) ? Files.readAllLines(file(file)) : List.of();
  }

  private void append(String file, String line) throws IOException {
    var lines = new ArrayList<>(lines(file));
    lines.add(line);
    write(file, lines);
  }

  private void join(String file, String group, String name) throws IOException {
    var lines = new ArrayList<>(lines(file));
    Pattern of = Pattern.compile(Pattern.quote(group) + ":.*");
    int at = 0;
    while (at < lines.size() && !of.matcher(lines.get(at)).matches()) {
      at++;
    }
    if (at == lines.size()) {
      throw Refused.invalid(
          "users.groups", group, "is no group in the image", "Add the package that makes it.");
    }
    String line = lines.get(at);
    lines.set(at, line + (line.endsWith(":") ? "" : ",") + name);
    write(file, lines);
  }

  /** Writes in place, so that owner and mode are kept. */
  private void write(String file, List<String> lines) throws IOException {
    Files.write(file(file), (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    DurableFiles.deleteTree(file(file + "-"));
  }

  private void home(Recipe.RecipeUser user) throws IOException {
    Path home = root.makeFolder("/home/" + user.name());
    own(home, user.uid(), "rwxr-x---");
    Optional<Path> skeleton = root.find("/etc/skel").filter(Files::isDirectory);
    if (skeleton.isPresent()) {
      try (var files = Files.newDirectoryStream(skeleton.get())) {
        for (Path file : files) {
          if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            own(Files.copy(file, home.resolve(file.getFileName())), user.uid(), "rw-r--r--");
          }
        }
      }
    }
  }

  private static void own(Path file, int uid, String mode) throws IOException {
    Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(file, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
