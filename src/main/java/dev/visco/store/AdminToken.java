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
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token of the operator, whose file is the truth for it: whoever replaces the file has revoked
 * the token that stood in it, at once where the daemon runs and at its next start otherwise. When
 * the file is removed the next start makes a new one.
 */
public final class AdminToken {
  private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
  private static final String NAME = "admin";

  /** What fits into a header, and cannot be guessed. */
  private static final String FORM = "[!-~]{16,200}";

  private static final int BYTES = 24;

  private final TokenRows tokens;
  private final Path file;
  private final RandomGenerator random;
  private final InstantSource clock;
  private volatile @Nullable Stamp seen;

  /** By which a file that was replaced or edited is known. */
  private record Stamp(@Nullable Object key, FileTime modified, long size) {}

  /**
   * @param file {@code admin-token} in the data folder
   * @param random one whose numbers cannot be guessed
   */
  public AdminToken(TokenRows tokens, Path file, RandomGenerator random, InstantSource clock) {
    this.tokens = tokens;
    this.file = file;
    this.random = random;
    this.clock = clock;
  }

  /** At start: makes the file when there is none, and forgets every token that it does not hold. */
  public void start() {
    try {
      Stamp stamp = stamp().orElse(null);
      if (stamp == null) {
        byte[] secret = new byte[BYTES];
        random.nextBytes(secret);
        // The file first: a row without it would be a token that nobody can revoke.
        DurableFiles.write(
            file,
            ("visco-" + HexFormat.of().formatHex(secret) + "\n").getBytes(StandardCharsets.UTF_8),
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

  /** Whose a token is; empty when it is none of ours. */
  public Optional<String> nameOf(String token) {
    follow();
    return tokens.nameOf(token);
  }

  /** A file that cannot be read, or is gone, changes nothing until the next start. */
  private void follow() {
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
