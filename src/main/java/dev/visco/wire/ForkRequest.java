package dev.visco.wire;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/vms/{id}/fork}: what is set for the new VMs. All else they have from
 * the one that is forked. It may be left out.
 *
 * @param count how many, 1 to 100; 1 when left out
 * @param name of one, and with several the beginning of their names, which end in a number
 * @param labels by which they are listed
 * @param ttl how long each lives, like 2h
 * @param ttlFrom from when that counts, {@code created} or {@code used}
 * @param restart when each is started again after its machine has ended
 * @param sleepAfter how long nobody has to need one until it is put to sleep
 * @param env variables of its guest's services and sessions, over those that it has
 */
public record ForkRequest(
    @Nullable Integer count,
    @Nullable String name,
    @Nullable Map<String, String> labels,
    @Nullable String ttl,
    @Nullable String ttlFrom,
    @Nullable String restart,
    @Nullable String sleepAfter,
    @Nullable Map<String, String> env) {
  /** How many VMs. */
  public int number() {
    return count == null ? 1 : count;
  }

  /** The same as a request for one VM. */
  public CreateRequest each() {
    return CreateRequest.of(null, null)
        .name(name)
        .labels(labels)
        .ttl(ttl, ttlFrom)
        .restart(restart)
        .sleepAfter(sleepAfter)
        .env(env)
        .build();
  }
}
