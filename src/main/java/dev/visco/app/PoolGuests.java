package dev.visco.app;

import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.PooledVms;
import dev.visco.lifecycle.VmCreation;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmType;
import dev.visco.network.Networks;
import dev.visco.pool.Pools;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.VmRow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes VMs that wait in pools, and asks their guests whether they are there. */
record PoolGuests(VmCreation creation, PooledVms pooled, GuestAccess guests, Networks networks)
    implements Pools.WaitingVms {
  /** For signing in, and for the command. */
  private static final Duration MAX = Duration.ofSeconds(15);

  private static final int MAX_SAID = 1024;

  @Override
  public String kind(VmType type) {
    return creation.waitingKind(type);
  }

  @Override
  public VmId create(VmType type, @Nullable String template) {
    return creation.createWaiting(type, template);
  }

  @Override
  public boolean areOnHold() {
    return pooled.isOnHold();
  }

  @Override
  public Optional<String> whyNotGiven(VmType type) {
    return creation.whyNotGiven(type);
  }

  /** A command over the kept connection, which its user's first command uses, too. */
  @Override
  public boolean answers(VmRow row) {
    Integer slot = row.slot();
    Optional<Ipv4> address =
        slot == null ? Optional.empty() : networks.address(new SlotIndex(slot));
    if (address.isEmpty()) {
      return false;
    }
    try (GuestSession session = guests.session(row, address.get(), MAX);
        var output = session.exec(List.of("true"), new byte[0], MAX, MAX_SAID)) {
      return output.exitCode() == 0;
    } catch (GuestUnreachable | IOException e) {
      return false;
    }
  }
}
