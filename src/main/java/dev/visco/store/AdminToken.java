package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's token, as given by its file: replacing the file revokes the token that was in it,
 * at once while the daemon runs, else at its next start. If the file is removed, the next start
 * makes a new one.
 */
public final class AdminToken {
  private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);

  /** The token's name. */
  public static final String NAME = "admin";

  /** A token that fits into a header and cannot be guessed. */
  private static final String FORM = "[!-~]{16,200}";

  private final TokenRows tokens;
  private final Path file;
  private final RandomGenerator random;
  private final InstantSource clock;
  private volatile @Nullable Stamp seen;

  /** Tells whether the file was replaced or edited. */
  private record Stamp(@Nullable Object key, FileTime modified, long size) {}

  /**
   * @param file {@code admin-token} in the data folder
   * @param random a generator whose numbers cannot be guessed
   */
  public AdminToken(TokenRows tokens, Path file, RandomGenerator random, InstantSource clock) {
    this.tokens = tokens;
    this.file = file;
    this.random = random;
    this.clock = clock;
  }

  /**
   * To be called at start: creates the file if there is none, and removes the rows of all other
   * tokens of the operator.
   */
  public void start() {
    try {
      Stamp stamp = stamp().orElse(null);
      if (stamp == null) {
        // The file first: nobody could revoke the token of a row without a file.
        DurableFiles.write(
            file,
            (TokenRows.newSecret(random) + "\n").getBytes(StandardCharsets.UTF_8),
            "rw-------");
        stamp = stamp().orElse(null);
      }
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      tokens.replace(read(), NAME, clock.millis());
      seen = stamp;
    } catch (IOException e) {
      throw new Refused(
          new Refusal.HostLacks(
              "token",
              "The token in " + file + " cannot be read: " + e.getMessage(),
              "Remove the file, and the next start makes a new one."));
    }
  }

  private Optional<Stamp> stamp() throws IOException {
    try {
      var facts = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Optional.of(new Stamp(facts.fileKey(), facts.lastModifiedTime(), facts.size()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private String read() throws IOException {
    String token = Files.readString(file).strip();
    if (!token.matches(FORM)) {
      throw new IOException("it holds no token of 16 to 200 visible characters without blanks");
    }
    return token;
  }

  /**
   * Reads the file again if it has changed; to be called before a token is looked up. An unreadable
   * or missing file changes nothing until the next start.
   */
  public void follow() {
    try {
      Stamp now = stamp().orElse(null);
      if (now != null && !now.equals(seen)) {
        seen = now;
        tokens.replace(read(), NAME, clock.millis());
        LOG.warn("the token in {} is another one now; the one before is refused", file);
      }
    } catch (IOException e) {
      LOG.error("the token in {} was changed and cannot be used; the one before holds", file, e);
    }
  }
}
