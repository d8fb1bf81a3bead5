package dev.visco.vault;

import dev.visco.store.FactRows;
import dev.visco.store.SecretRows;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The vault of this host. */
public final class HostVault implements VaultService {
  private final VaultKeys keys;
  private final SecretRows rows;
  private final FactRows facts;
  private final Runnable opened;

  /**
   * @param opened what is done once there is a vault
   */
  public HostVault(VaultKeys keys, SecretRows rows, FactRows facts, Runnable opened) {
    this.keys = keys;
    this.rows = rows;
    this.facts = facts;
    this.opened = opened;
  }

  @Override
  public VaultReport report() {
    VaultState state = keys.state();
    Map<String, Long> masters = rows.countsByMaster();
    String current = MasterRecord.in(facts).map(MasterRecord::id).orElse("");
    Instant since = MasterRecord.in(facts).map(MasterRecord::since).orElse(null);
    long earlier =
        masters.entrySet().stream()
            .filter(count -> !count.getKey().equals(current))
            .mapToLong(Map.Entry::getValue)
            .sum();
    return new VaultReport(state, since, rows.countsByKind(), earlier);
  }

  @Override
  public VaultState state() {
    return keys.state();
  }

  @Override
  public VaultReport initialize() {
    keys.initialize();
    opened.run();
    return report();
  }

  @Override
  public int rotate(@Nullable Path next, List<Path> earlier) {
    return keys.rotate(next, earlier);
  }
}
