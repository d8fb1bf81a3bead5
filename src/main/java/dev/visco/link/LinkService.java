package dev.visco.link;

import dev.visco.model.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Links to ports of guests that their owners have opened. Every call throws {@link
 * dev.visco.model.Refused} for what cannot be. Secrets are 256 random bits in URL-safe base64; only
 * their SHA-256 is stored.
 */
public interface LinkService {
  /** How long a link holds unless somebody says otherwise. */
  Duration USUAL = Duration.ofHours(1);

  /** How long a link may hold. */
  Duration MAX = Duration.ofDays(30);

  /**
   * Makes a link. It ends after its time, when it is revoked, with its VM, and with the token of
   * the {@link dev.visco.model.Caller}.
   *
   * @param port must be open
   * @param life {@link #MAX} at most
   */
  NewLink create(VmId vm, int port, Duration life);

  /** Those of a VM that hold, newest first. */
  List<PortLink> list(VmId vm);

  /** Revokes one: it opens nothing any more, and what it has opened ends. */
  void revoke(VmId vm, String id);

  /**
   * The link of a secret.
   *
   * @throws dev.visco.model.Refused as unauthorized for a secret that is unknown, expired, or
   *     another VM's or port's, whether there is such a VM or not; as forbidden when the port is
   *     not open any more
   */
  PortLink open(VmId vm, int port, @Nullable String secret);

  /** Whether what this link has opened may go on. */
  boolean isCurrent(PortLink link);

  /**
   * A link.
   *
   * @param creator the name of the token that made it
   * @param token the digest of the token that it ends with; null for none
   */
  record PortLink(
      String id,
      VmId vm,
      int port,
      String creator,
      @Nullable String token,
      Instant created,
      Instant expires) {}

  /**
   * A link that was just made.
   *
   * @param secret told once, and never to be logged
   */
  record NewLink(PortLink link, String secret) {
    @Override
    public String toString() {
      return "NewLink[" + link + "]";
    }
  }
}
