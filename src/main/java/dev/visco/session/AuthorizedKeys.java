package dev.visco.session;

import dev.visco.host.ResourceText;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.GuestSession.GuestOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * People's own keys in a guest, beside the one with which Visco signs in. The guest's OpenSSH takes
 * each until a time ({@code expiry-time} of sshd(8)); all are gone with the guest's next start,
 * which takes its keys from the seed.
 */
public final class AuthorizedKeys {
  /** Whom a key signs in. */
  public static final String USER = "root";

  /** How many keys a guest takes. */
  public static final int MAX = 64;

  private static final String FILE = "/run/visco/authorized_keys";
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int TOO_MANY = 75;
  private static final String SCRIPT = ResourceText.of(AuthorizedKeys.class, "authorize.sh");

  private final String file;
  private final InstantSource clock;

  public AuthorizedKeys(InstantSource clock) {
    this(FILE, clock);
  }

  /**
   * @param file which the guest's sshd reads
   */
  public AuthorizedKeys(String file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * Has a guest take a key for some time from now on, by its own clock; also one that it knows.
   * Returns until when.
   *
   * @throws Refused when it knows too many
   * @throws IOException when it could not, or the connection broke
   */
  public Instant add(GuestSession session, SshPublicKey key, Duration time) throws IOException {
    List<String> words =
        List.of(
            "sh",
            "-c",
            SCRIPT,
            "visco",
            file,
            key.toString(),
            Long.toString(time.toSeconds()),
            Integer.toString(MAX));
    Instant until = clock.instant().plus(time).truncatedTo(ChronoUnit.SECONDS);
    try (GuestOutput said = session.exec(words, new byte[0], LIMIT)) {
      if (said.exitCode() == TOO_MANY) {
        throw new Refused(
            new Refusal.LimitReached(
                "ssh-keys",
                "The guest takes " + MAX + " keys already.",
                "Wait until one of them has expired."));
      }
      if (said.exitCode() != 0) {
        throw new IOException(
            "the guest could not take the key: "
                + new String(said.error(), StandardCharsets.UTF_8).strip());
      }
    }
    return until;
  }
}
