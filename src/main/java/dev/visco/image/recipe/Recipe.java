package dev.visco.image.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The recipe of an image, {@code images/NAME.toml}, combined with its base. The file's keys are
 * written out here, since they are part of an image's digest ({@link RecipeIdentity}).
 *
 * @param packages packages of the host's Debian release, in addition to a minimal system
 * @param kernelPackage the package with the kernel and its modules, or a meta package that depends
 *     on it
 * @param sizeMib the root disk's size, 256 to 1,048,576; only written blocks take space
 * @param vcpus the default number of vCPUs, 1 to 32
 * @param memoryMib the default memory, 32 to 1,048,576
 * @param minMemoryMib MiB that it needs until it answers, as measured, 32 to {@code memory-mib};
 *     null when unknown
 * @param exclude paths of packages that are left out, {@code *} for any characters
 * @param files copied into the image
 * @param services programs that its init starts and restarts
 * @param users users besides root
 * @param signIn what starts the tools that users sign in; null for none
 * @param tools with all that is known of them; those from npm are on a disk of their own
 * @param kernel one that is built of its source, instead of {@code kernel-package}; null for none
 */
public record Recipe(
    @JsonProperty("packages") List<String> packages,
    @JsonProperty("kernel-package") String kernelPackage,
    @JsonProperty("size-mib") int sizeMib,
    @JsonProperty("vcpus") int vcpus,
    @JsonProperty("memory-mib") int memoryMib,
    @JsonProperty("min-memory-mib") @Nullable Integer minMemoryMib,
    @JsonProperty("exclude") @Nullable List<String> exclude,
    @JsonProperty("files") @Nullable List<FileEntry> files,
    @JsonProperty("services") @Nullable List<Service> services,
    @JsonProperty("users") @Nullable List<RecipeUser> users,
    @JsonProperty("sign-in") @Nullable SignInProgram signIn,
    @JsonProperty("tools") @Nullable List<Tool> tools,
    @JsonProperty("kernel") @Nullable KernelRecipe kernel) {
  static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+");
  static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern PERSON = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

  /**
   * A part of a path, but neither {@code .} nor {@code ..}, so that a path cannot lead out of its
   * folder.
   */
  private static final String PART = "(?!\\.\\.?(?:/|$))[^/\\s\\p{Cntrl}]+";

  static final Pattern RELATIVE = Pattern.compile(PART + "(/" + PART + ")*");
  private static final Pattern ABSOLUTE = Pattern.compile("(/" + PART + ")+");

  /**
   * A word for the inittab: busybox would pass other characters to a shell, or cut the line at #.
   */
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._+@%=:,/-]+");

  private static final Pattern PATHS = Pattern.compile("(/[A-Za-z0-9._+@*-]+)+");
  private static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]{0,63}");

  private static final Set<String> DHCP_CLIENTS = Set.of("udhcpc", "dhclient", "dhcpcd");

  private static final Pattern WORD_PATH = Pattern.compile("(/[A-Za-z0-9._+@-]+)+");

  public Recipe {
    packages = List.copyOf(required("packages", packages));
    exclude = exclude == null ? List.of() : List.copyOf(exclude);
    for (String path : exclude) {
      checked("exclude", path, PATHS, "an absolute path, with * for any characters");
    }
    once("exclude", exclude.stream());
    files = files == null ? List.of() : List.copyOf(files);
    tools = tools == null ? List.of() : List.copyOf(tools);
    services = services == null ? List.of() : List.copyOf(services);
    users = users == null ? List.of() : List.copyOf(users);
    for (String name : packages) {
      checked("packages", name, PACKAGE, "a Debian package's name");
    }
    checked(
        "kernel-package",
        required("kernel-package", kernelPackage),
        PACKAGE,
        "a Debian package's name");
    inRange("size-mib", sizeMib, 256, 1_048_576);
    inRange("vcpus", vcpus, 1, 32);
    inRange("memory-mib", memoryMib, 32, 1_048_576);
    if (minMemoryMib != null && (minMemoryMib < 32 || minMemoryMib > memoryMib)) {
      throw Refused.invalid(
          "min-memory-mib",
          minMemoryMib.toString(),
          "is less than 32 or more than memory-mib",
          "Give 32 to " + memoryMib + ", or leave it out.");
    }
    once("packages", packages.stream());
    once("files.target", files.stream().map(FileEntry::target));
    once("services.name", services.stream().map(Service::name));
    once(
        "services.port",
        services.stream().filter(one -> one.port() > 0).map(one -> Integer.toString(one.port())));
    once(
        "services.vsock-port",
        services.stream().filter(one -> one.vsockPort() != null).map(one -> "vsock-port"));
    once("users.name", users.stream().map(RecipeUser::name));
    once("users.uid", users.stream().map(user -> Integer.toString(user.uid())));
    for (Service service : services) {
      requireUser("services.user", service.user(), "of the service " + service.name() + " ", users);
    }
    if (signIn != null) {
      requireUser("sign-in.user", signIn.user(), "", users);
    }
  }

  private static void requireUser(
      String field, @Nullable String name, String whose, List<RecipeUser> users) {
    if (name != null && users.stream().noneMatch(user -> user.name().equals(name))) {
      throw Refused.invalid(
          field, name, whose + "is no user of the recipe", "Add it to users, or leave it out.");
    }
  }

  static void inRange(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw Refused.invalid(
          field, Integer.toString(value), "is out of range", "Give " + min + " to " + max + ".");
    }
  }

  private static void once(String field, Stream<String> values) {
    var seen = new HashSet<String>();
    values.forEach(value -> {
      if (!seen.add(value)) {
        throw Refused.invalid(field, value, "is there twice", "Leave one out.");
      }
    });
  }

  /**
   * A file below the recipe's folder, copied to {@code target} with a mode like {@code 755}, owned
   * by root.
   */
  public record FileEntry(
      @JsonProperty("source") String source,
      @JsonProperty("target") String target,
      @JsonProperty("mode") String mode) {
    public FileEntry {
      checked(
          "files.source",
          required("files.source", source),
          RELATIVE,
          "a path below the recipe's folder");
      checked("files.target", required("files.target", target), ABSOLUTE, "an absolute path");
      checked(
          "files.mode",
          required("files.mode", mode),
          Pattern.compile("[0-7]{3,4}"),
          "an octal mode like 755");
    }
  }

  /**
   * The program that starts tools while somebody signs them in, as docs/recipes/add-an-image.md
   * describes it.
   *
   * @param user the user that they run as
   */
  public record SignInProgram(
      @JsonProperty("program") String program, @JsonProperty("user") String user) {
    public SignInProgram {
      checked(
          "sign-in.program",
          required("sign-in.program", program),
          WORD_PATH,
          "an absolute path of letters, digits and ._+@-");
      checked("sign-in.user", required("sign-in.user", user), PERSON, "a user's name");
    }
  }

  /**
   * A service: a program that init starts and restarts.
   *
   * @param port 0 when it listens nowhere
   * @param vsockPort the vsock port by which the host reaches {@code port} too, null for none
   * @param user the user that it runs as, with that user's groups, home and shell; null for root
   * @param environment its additional variables
   * @param needs other programs that it starts, which must be in the image too
   */
  public record Service(
      @JsonProperty("name") String name,
      @JsonProperty("program") String program,
      @JsonProperty("arguments") @Nullable List<String> arguments,
      @JsonProperty("port") int port,
      @JsonProperty("vsock-port") @Nullable Integer vsockPort,
      @JsonProperty("user") @Nullable String user,
      @JsonProperty("environment") @Nullable Map<String, String> environment,
      @JsonProperty("needs") @Nullable List<String> needs) {
    public Service {
      checked(
          "services.name",
          required("services.name", name),
          NAME,
          "1 to 32 lower-case letters, digits and hyphens");
      checked(
          "services.program",
          required("services.program", program),
          WORD_PATH,
          "an absolute path of letters, digits and ._+@-");
      arguments = arguments == null ? List.of() : List.copyOf(arguments);
      for (String argument : arguments) {
        checked(
            "services.arguments",
            argument,
            WORD,
            "one word of letters, digits and ._+@%=:,/- (write a script for more)");
      }
      inRange("services.port", port, 0, 65_535);
      if (vsockPort != null) {
        inRange("services.vsock-port", vsockPort, 1, 65_535);
        inRange("services.port", port, 1, 65_535);
      }
      if (user != null) {
        checked("services.user", user, PERSON, "a user's name");
      }
      environment = environment == null ? Map.of() : new TreeMap<>(environment);
      environment.forEach((variable, value) -> {
        checked("services.environment", variable, VARIABLE, "a variable's name");
        checked("services.environment", value, WORD, "one word of letters, digits and ._+@%=:,/-");
      });
      needs = needs == null ? List.of() : List.copyOf(needs);
      for (String need : needs) {
        checked("services.needs", need, WORD_PATH, "an absolute path of letters, digits and ._+@-");
      }
    }

    Map<String, String> variables() {
      return environment == null ? Map.of() : environment;
    }

    List<String> needList() {
      return needs == null ? List.of() : needs;
    }

    List<String> argumentList() {
      return arguments == null ? List.of() : arguments;
    }
  }

  /**
   * A user besides root, with a home and without a password.
   *
   * @param uid and gid of a group with the same name, 1000 to 59,999
   * @param shell {@code /bin/sh} when it is left out
   * @param groups additional groups, which packages have created
   */
  public record RecipeUser(
      @JsonProperty("name") String name,
      @JsonProperty("uid") int uid,
      @JsonProperty("shell") @Nullable String shell,
      @JsonProperty("groups") @Nullable List<String> groups) {
    public RecipeUser {
      checked(
          "users.name",
          required("users.name", name),
          PERSON,
          "1 to 32 lower-case letters, digits, - and _, a letter first");
      inRange("users.uid", uid, 1000, 59_999);
      shell = shell == null ? "/bin/sh" : shell;
      checked("users.shell", shell, WORD_PATH, "an absolute path");
      groups = groups == null ? List.of() : List.copyOf(groups);
      for (String group : groups) {
        checked("users.groups", group, PERSON, "a group's name");
      }
    }

    List<String> groupList() {
      return groups == null ? List.of() : groups;
    }
  }

  List<String> excludeList() {
    return exclude == null ? List.of() : exclude;
  }

  List<RecipeUser> userList() {
    return users == null ? List.of() : users;
  }

  List<FileEntry> fileList() {
    return files == null ? List.of() : files;
  }

  List<Service> serviceList() {
    return services == null ? List.of() : services;
  }

  /** With those that its tools need. */
  public List<Tool> toolList() {
    return tools == null ? List.of() : tools;
  }

  /** MiB that the files on the disk of tools take. */
  public int toolsMib() {
    return toolList().stream().mapToInt(Tool::diskMib).sum();
  }

  /** Its tools that come from npm, and so are on the disk of tools. */
  List<Tool> toolsOnDisk() {
    return toolList().stream().filter(tool -> tool.npm() != null).toList();
  }

  /** The default memory in MiB, with which its tools run too. */
  public int enoughMemoryMib() {
    return Math.max(memoryMib, toolList().stream().mapToInt(Tool::memoryMib).max().orElse(0));
  }

  public Map<String, Integer> ports() {
    var ports = new TreeMap<String, Integer>();
    for (Service service : serviceList()) {
      if (service.port() > 0) {
        ports.put(service.name(), service.port());
      }
    }
    return ports;
  }

  /** All packages that are installed: its own, its tools', and the one that forwards a vsock. */
  List<String> everyPackage() {
    var all = new TreeSet<>(packages);
    toolList().forEach(tool -> all.addAll(tool.packageList()));
    if (vsockPort() != null) {
      all.add("socat");
    }
    return List.copyOf(all);
  }

  /** The vsock port of its sshd, null for none. */
  @Nullable
  public Integer vsockPort() {
    return vsockService().map(Service::vsockPort).orElse(null);
  }

  /** Its services that are or start a DHCP client, and so configure the interface's address. */
  public List<String> dhcpClients() {
    var found = new ArrayList<String>();
    for (Service service : serviceList()) {
      var words = new ArrayList<>(List.of(service.program()));
      words.addAll(service.argumentList());
      if (words.stream()
          .map(word -> word.substring(word.lastIndexOf('/') + 1))
          .anyMatch(DHCP_CLIENTS::contains)) {
        found.add("service " + service.name() + ": " + String.join(" ", words));
      }
    }
    return found;
  }

  Optional<Service> vsockService() {
    return serviceList().stream().filter(one -> one.vsockPort() != null).findFirst();
  }

  static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw Refused.invalid(field, "", "is missing", "Add it to the recipe.");
    }
    return value;
  }

  static void checked(String field, String value, Pattern form, String words) {
    if (!form.matcher(value).matches()) {
      throw Refused.invalid(field, value, "is not " + words, "Give " + words + ".");
    }
  }
}
