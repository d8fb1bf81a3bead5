package dev.visco.image;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * How an image is made: {@code images/NAME.toml}.
 *
 * @param packages of the host's Debian release, besides those of a minimal system
 * @param kernelPackage the package, or the one that depends on it, with the kernel and its modules
 * @param sizeMib the root disk's size, 256 to 1,048,576; it takes only what is written
 * @param files copied into the image
 * @param services what its init starts and starts again
 */
public record Recipe(
    List<String> packages,
    @JsonProperty("kernel-package") String kernelPackage,
    @JsonProperty("size-mib") int sizeMib,
    int vcpus,
    @JsonProperty("memory-mib") int memoryMib,
    @Nullable List<FileEntry> files,
    @Nullable List<Service> services) {
  private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+");
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public Recipe {
    packages = List.copyOf(required("packages", packages));
    files = files == null ? List.of() : List.copyOf(files);
    services = services == null ? List.of() : List.copyOf(services);
    for (String name : packages) {
      checked("packages", name, PACKAGE, "a Debian package's name");
    }
    checked(
        "kernel-package",
        required("kernel-package", kernelPackage),
        PACKAGE,
        "a Debian package's name");
    if (sizeMib < 256 || sizeMib > 1_048_576) {
      throw Refused.invalid(
          "size-mib", Integer.toString(sizeMib), "is out of range", "Give 256 to 1048576 MiB.");
    }
  }

  /**
   * A file below the recipe's folder, copied to {@code target} with a mode like {@code 755}, owned
   * by root.
   */
  public record FileEntry(String source, String target, String mode) {
    public FileEntry {
      required("files.source", source);
      checked(
          "files.target",
          required("files.target", target),
          Pattern.compile("(/[^/\\s]+)+"),
          "an absolute path");
      checked(
          "files.mode",
          required("files.mode", mode),
          Pattern.compile("[0-7]{3,4}"),
          "an octal mode like 755");
    }
  }

  /** A program that init keeps running; {@code port} is 0 when it listens nowhere. */
  public record Service(String name, String program, @Nullable List<String> arguments, int port) {
    public Service {
      checked(
          "services.name",
          required("services.name", name),
          NAME,
          "1 to 32 lower-case letters, digits and hyphens");
      checked(
          "services.program",
          required("services.program", program),
          Pattern.compile("(/[^/\\s:]+)+"),
          "an absolute path");
      arguments = arguments == null ? List.of() : List.copyOf(arguments);
      if (port < 0 || port > 65_535) {
        throw Refused.invalid(
            "services.port", Integer.toString(port), "is out of range", "Give 1 to 65535.");
      }
    }

    List<String> argumentList() {
      return arguments == null ? List.of() : arguments;
    }
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

  /** Reads a recipe; what is wrong in it is refused by the key's name. */
  public static Recipe read(Path file) {
    try {
      return TomlMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build()
          .readValue(Files.readString(file), Recipe.class);
    } catch (IOException e) {
      throw Refused.invalid(
          "recipe", file.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
    } catch (JacksonException e) {
      if (e.getCause() instanceof Refused refused) {
        throw refused;
      }
      throw Refused.invalid(
          "recipe",
          file.toString(),
          "is wrong: " + e.getOriginalMessage(),
          "Correct what it names; docs/recipes/add-an-image.md has every key.");
    }
  }
}
