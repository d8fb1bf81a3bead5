package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Checks that the programs of an image's services are in its root file system, with paths resolved
 * as in the guest.
 */
final class RootPrograms {
  private static final int FIRST_LINE = 256;
  private final NewRoot root;

  RootPrograms(NewRoot root) {
    this.root = root;
  }

  /**
   * Refuses services with missing programs: the service's own, those that it {@code needs}, and the
   * interpreters of scripts.
   */
  void require(List<Recipe.Service> services) throws IOException {
    for (Recipe.Service service : services) {
      require("services.program", service, service.program());
      for (String program : Inittab.programsBefore(service)) {
        require(
            service.user() == null ? "services.environment" : "services.user", service, program);
      }
      for (String need : service.needList()) {
        require("services.needs", service, need);
      }
    }
  }

  /** Refuses a recipe whose program for sign-ins is not in the image. */
  void requireSignIn(Recipe.SignInProgram signIn) throws IOException {
    require("sign-in.program", "for sign-ins", signIn.program());
  }

  private void require(String field, Recipe.Service service, String program) throws IOException {
    require(field, "of the service " + service.name(), program);
  }

  private void require(String field, String whose, String program) throws IOException {
    Optional<Path> file = file(program);
    if (file.isEmpty() || !Files.isExecutable(file.get())) {
      throw Refused.invalid(
          field,
          program,
          whose + (file.isEmpty() ? " is not in the image" : " cannot be executed"),
          file.isEmpty() ? "Add its package to the recipe." : "Give its file a mode like 755.");
    }
    Optional<String> interpreter = interpreter(file.get());
    if (interpreter.isPresent() && file(interpreter.get()).isEmpty()) {
      throw Refused.invalid(
          field,
          program,
          whose + " is a script for " + interpreter.get() + ", which is not in the image",
          "Add the interpreter's package to the recipe.");
    }
  }

  /** The file at a path of the guest. */
  private Optional<Path> file(String path) throws IOException {
    return root.find(path).filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
  }

  /** The interpreter in the first line of a script (execve(2)). */
  private static Optional<String> interpreter(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(FIRST_LINE), StandardCharsets.ISO_8859_1);
      return start.startsWith("#!")
          ? Optional.of(start.substring(2).strip().split("\\s", 2)[0])
          : Optional.empty();
    }
  }
}
