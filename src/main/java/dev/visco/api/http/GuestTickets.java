package dev.visco.api.http;

import dev.visco.host.SteadyClock;
import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Tickets, each of which opens one WebSocket into one VM: for pages of browsers, which can send no
 * token with one. What is opened with a ticket is its issuer's: it may what the issuer's token may,
 * and ends with that. Tickets are in memory; a restart of the daemon ends those that are not used.
 */
public final class GuestTickets {
  /** How long a ticket holds. */
  static final Duration LIFE = Duration.ofSeconds(30);

  /** How many may be unused at a time. */
  static final int MAX = 1024;

  private static final int SECRET_BYTES = 32;

  /** Oldest first, by secret. */
  private final Map<String, Issued> issued = new LinkedHashMap<>();

  private final SteadyClock steady;
  private final InstantSource wall;
  private final RandomGenerator random;

  private record Issued(VmId vm, Access access, long end) {}

  /**
   * A ticket.
   *
   * @param secret never to be logged
   */
  public record GuestTicket(String secret, Instant expires) {
    @Override
    public String toString() {
      return "GuestTicket[" + expires + "]";
    }
  }

  /**
   * @param wall for what people read
   * @param random for secrets
   */
  public GuestTickets(SteadyClock steady, InstantSource wall, RandomGenerator random) {
    this.steady = steady;
    this.wall = wall;
    this.random = random;
  }

  /** With this host's clocks. */
  public static GuestTickets ofHost() {
    return new GuestTickets(SteadyClock.ofHost(), InstantSource.system(), new SecureRandom());
  }

  /**
   * Issues one.
   *
   * @param access what whoever asks for it may do
   * @throws Refused while too many are unused
   */
  public synchronized GuestTicket issue(VmId vm, Access access) {
    long now = steady.nanos();
    issued.values().removeIf(one -> one.end() - now <= 0);
    if (issued.size() >= MAX) {
      throw new Refused(
          new Refusal.TooMany(
              "tickets", MAX + " tickets are not used yet.", LIFE, "Use them, or wait."));
    }
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    issued.put(secret, new Issued(vm, access, now + LIFE.toNanos()));
    return new GuestTicket(secret, wall.instant().plus(LIFE));
  }

  /** Uses a ticket up; empty when there is none of this VM, or it has expired. */
  synchronized Optional<Access> redeem(String vm, String secret) {
    Issued one = issued.remove(secret);
    return one == null || !one.vm().value().equals(vm) || one.end() - steady.nanos() <= 0
        ? Optional.empty()
        : Optional.of(one.access());
  }
}
