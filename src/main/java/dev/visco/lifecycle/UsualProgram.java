package dev.visco.lifecycle;

import dev.visco.image.ContainerFacts;
import dev.visco.image.Manifest;
import dev.visco.session.GuestCommand;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * As whom and where commands of users run in a guest unless they say it: as root in its home, or in
 * a guest of a container image as the image says, as {@code docker exec} does.
 *
 * @param user null for root
 * @param folder null for the user's home
 */
public record UsualProgram(@Nullable String user, @Nullable String folder) {
  /** As root in its home. */
  public static final UsualProgram ROOT = new UsualProgram(null, null);

  /** As whom and where commands run in a guest of an image. */
  public static UsualProgram of(Manifest manifest) {
    ContainerFacts container = manifest.container();
    return container == null
        ? ROOT
        : new UsualProgram(
            container.config().user().isEmpty() ? null : container.config().user(),
            container.config().folder());
  }

  /** A command that says what it wants, with this for what it leaves out. */
  public GuestCommand command(
      List<String> arguments,
      Map<String, String> environment,
      @Nullable String cwd,
      @Nullable String asUser) {
    if (asUser == null) {
      return new GuestCommand(arguments, environment, cwd == null ? folder : cwd, user);
    }
    // An image need not have a file of users, and the session is root's already.
    boolean isRoot = folder != null && (asUser.equals("root") || asUser.equals("0"));
    return new GuestCommand(arguments, environment, cwd, isRoot ? null : asUser);
  }
}
