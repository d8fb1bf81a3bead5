package dev.visco.image.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The user of an image, found in the image's own {@code /etc/passwd} and {@code /etc/group} as
 * docker does.
 *
 * @param groups further groups
 */
record ContainerUser(long uid, long gid, List<Long> groups, String home) {
  private static final String REMEDY = "Name a user of the image, or a number, by USER.";

  /**
   * Finds it.
   *
   * @param user a name or number, also {@code USER:GROUP}; empty for root
   * @param passwd the lines of passwd(5)
   * @param group those of group(5)
   */
  static ContainerUser of(String user, List<String> passwd, List<String> group) {
    String[] parts = (user.isEmpty() ? "0" : user).split(":", 2);
    Optional<String[]> line =
        passwd.stream()
            .map(one -> one.split(":", -1))
            .filter(one -> one.length >= 6 && isNumber(one[2]) && isNumber(one[3]))
            .filter(one -> one[0].equals(parts[0]) || one[2].equals(parts[0]))
            .findFirst();
    if (line.isEmpty() && !isNumber(parts[0])) {
      throw OciRefusal.of(user, "is a user that the image's /etc/passwd does not have", REMEDY);
    }
    long uid = Long.parseLong(line.map(one -> one[2]).orElse(parts[0]));
    long gid = Long.parseLong(line.map(one -> one[3]).orElse("0"));
    String home = line.map(one -> one[5]).filter(one -> one.startsWith("/")).orElse("/");
    if (parts.length == 2 && !parts[1].isEmpty()) {
      return new ContainerUser(uid, group(user, parts[1], group), List.of(), home);
    }
    String name = line.map(one -> one[0]).orElse("");
    return new ContainerUser(uid, gid, memberships(name, group), home);
  }

  private static long group(String user, String wanted, List<String> groups) {
    for (String line : groups) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 3 && fields[0].equals(wanted) && isNumber(fields[2])) {
        return Long.parseLong(fields[2]);
      }
    }
    if (!isNumber(wanted)) {
      throw OciRefusal.of(user, "is of a group that the image's /etc/group does not have", REMEDY);
    }
    return Long.parseLong(wanted);
  }

  private static List<Long> memberships(String name, List<String> groups) {
    var found = new ArrayList<Long>();
    for (String line : groups) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 4
          && !name.isEmpty()
          && isNumber(fields[2])
          && List.of(fields[3].split(",", -1)).contains(name)) {
        found.add(Long.parseLong(fields[2]));
      }
    }
    return found;
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,9}");
  }
}
