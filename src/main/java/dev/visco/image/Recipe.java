package dev.visco.image;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * How an image is made: {@code images/NAME.toml}.
 *
 * @param packages of the host's Debian release, besides those of a minimal system
 * @param kernelPackage the package, or the one that depends on it, with the kernel and its modules
 * @param sizeMib the root disk's size, 256 to 1,048,576; it takes only what is written
 * @param vcpus what a VM has that does not ask, 1 to 32
 * @param memoryMib the same for memory, 32 to 1,048,576
 * @param leastMemoryMib MiB that it was found to need until it answers, 32 to {@code memory-mib};
 *     null when nobody tried
 * @param files copied into the image
 * @param services what its init starts and starts again
 * @param users people besides root
 */
public record Recipe(
    List<String> packages,
    @JsonProperty("kernel-package") String kernelPackage,
    @JsonProperty("size-mib") int sizeMib,
    int vcpus,
    @JsonProperty("memory-mib") int memoryMib,
    @JsonProperty("least-memory-mib") @Nullable Integer leastMemoryMib,
    @Nullable List<FileEntry> files,
    @Nullable List<Service> services,
    @Nullable List<User> users) {
  private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+");
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern PERSON = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

  /** No part of a path is {@code .} or {@code ..}, so that none leads out of where it begins. */
  private static final String PART = "(?!\\.\\.?(?:/|$))[^/\\s\\p{Cntrl}]+";

  private static final Pattern RELATIVE = Pattern.compile(PART + "(/" + PART + ")*");
  private static final Pattern ABSOLUTE = Pattern.compile("(/" + PART + ")+");

  /** What stands in an inittab: busybox would give anything else to a shell, or cut it off at #. */
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._+@%=:,/-]+");

  private static final Pattern WORD_PATH = Pattern.compile("(/[A-Za-z0-9._+@-]+)+");

  public Recipe {
    packages = List.copyOf(required("packages", packages));
    files = files == null ? List.of() : List.copyOf(files);
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
    if (leastMemoryMib != null && (leastMemoryMib < 32 || leastMemoryMib > memoryMib)) {
      throw Refused.invalid(
          "least-memory-mib",
          leastMemoryMib.toString(),
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
    once("users.name", users.stream().map(User::name));
    once("users.uid", users.stream().map(user -> Integer.toString(user.uid())));
  }

  private static void inRange(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw Refused.invalid(
          field, Integer.toString(value), "is out of range", "Give " + least + " to " + most + ".");
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
  public record FileEntry(String source, String target, String mode) {
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
   * A program that init keeps running.
   *
   * @param port 0 when it listens nowhere
   * @param vsockPort where the host reaches {@code port} by vsock as well, null for nowhere
   */
  public record Service(
      String name,
      String program,
      @Nullable List<String> arguments,
      int port,
      @JsonProperty("vsock-port") @Nullable Integer vsockPort) {
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
    }

    List<String> argumentList() {
      return arguments == null ? List.of() : arguments;
    }
  }

  /**
   * Somebody besides root, with a home of their own and no password.
   *
   * @param uid and gid of a group with the same name, 1000 to 59,999
   * @param shell {@code /bin/sh} when it is left out
   * @param groups further ones, which packages have made
   */
  public record User(String name, int uid, @Nullable String shell, @Nullable List<String> groups) {
    public User {
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

  List<User> userList() {
    return users == null ? List.of() : users;
  }

  List<FileEntry> fileList() {
    return files == null ? List.of() : files;
  }

  List<Service> serviceList() {
    return services == null ? List.of() : services;
  }

  Map<String, Integer> ports() {
    var ports = new TreeMap<String, Integer>();
    for (Service service : serviceList()) {
      if (service.port() > 0) {
        ports.put(service.name(), service.port());
      }
    }
    return ports;
  }

  /** What is installed: those that it names, and what passes a vsock on. */
  List<String> everyPackage() {
    var all = new TreeSet<>(packages);
    if (vsockPort() != null) {
      all.add("socat");
    }
    return List.copyOf(all);
  }

  /** Where its sshd is reached by vsock, null when it is not. */
  @Nullable Integer vsockPort() {
    return vsockService().map(Service::vsockPort).orElse(null);
  }

  Optional<Service> vsockService() {
    return serviceList().stream().filter(one -> one.vsockPort() != null).findFirst();
  }

  private static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw Refused.invalid(field, "", "is missing", "Add it to the recipe.");
    }
    return value;
  }

  private static void checked(String field, String value, Pattern form, String words) {
    if (!form.matcher(value).matches()) {
      throw Refused.invalid(field, value, "is not " + words, "Give " + words + ".");
    }
  }

  private static final Map<String, Set<String>> KEYS =
      Map.of(
          "files", Set.of("source", "target", "mode"),
          "services", Set.of("name", "program", "arguments", "port", "vsock-port"),
          "users", Set.of("name", "uid", "shell", "groups"));

  private static final List<String> NEEDED =
      List.of("packages", "kernel-package", "size-mib", "vcpus", "memory-mib");

  /** Reads a recipe; what is wrong in it is refused by the key's name. */
  public static Recipe read(Path file) {
    try {
      var mapper = TomlMapper.builder().disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT).build();
      JsonNode tree = mapper.readTree(Files.readString(file));
      // A misspelt key would else be reported as the lack of the right one.
      refuseUnknownKeys(tree, file);
      return mapper.treeToValue(tree, Recipe.class);
    } catch (IOException e) {
      throw Refused.invalid(
          "recipe", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (JacksonException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      throw wrong(file, e);
    }
  }

  private static void refuseUnknownKeys(JsonNode tree, Path file) {
    var known = new TreeSet<>(KEYS.keySet());
    known.addAll(NEEDED);
    known.add("least-memory-mib");
    refuseUnknownKeys(tree, "", known, file);
    KEYS.forEach((name, keys) ->
        tree.path(name).forEach(one -> refuseUnknownKeys(one, name + ".", keys, file)));
    for (String key : NEEDED) {
      if (!tree.has(key)) {
        throw Refused.invalid(key, file.toString(), "is missing", "Add it to the recipe.");
      }
    }
  }

  private static void refuseUnknownKeys(
      JsonNode node, String prefix, Set<String> known, Path file) {
    for (String key : node.propertyNames()) {
      if (!known.contains(key)) {
        throw Refused.invalid(
            prefix + key,
            file.toString(),
            "is a key that nobody knows",
            "Known are " + String.join(", ", new TreeSet<>(known)) + ".");
      }
    }
  }

  private static Refused wrong(Path file, JacksonException e) {
    String field = "recipe";
    if (e instanceof DatabindException databind && !databind.getPath().isEmpty()) {
      String name = databind.getPath().getLast().getPropertyName();
      field = name == null ? field : name;
    }
    return Refused.invalid(
        field,
        file.toString(),
        "is wrong: " + e.getOriginalMessage(),
        "Correct it; docs/recipes/add-an-image.md has every key.");
  }
}
