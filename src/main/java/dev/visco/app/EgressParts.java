package dev.visco.app;

import dev.visco.egress.Egress;
import dev.visco.host.Host;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import dev.visco.network.SlotEgress;
import dev.visco.placeholder.UserPlaceholders;
import dev.visco.provider.Provider;
import dev.visco.relay.AddressGuard;
import dev.visco.relay.NameLookup;
import dev.visco.relay.secret.HostTls;
import dev.visco.settings.Key;
import dev.visco.settings.Settings;
import dev.visco.store.SlotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import dev.visco.vault.Vault;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** What guests send: where it may go, by which way, and which secrets are put into it. */
final class EgressParts {
  private static final int DNS_PORT = 53;
  private static final Duration LOOKUP = Duration.ofSeconds(3);
  private static final Duration TLS = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(1);

  final UserPlaceholders placeholders;
  final Egress egress;

  /** Applies policies again that could not be applied. */
  final Loop retries;

  private Consumer<VmId> renew = _ -> {};

  EgressParts(
      Settings settings,
      Map<String, Provider> providers,
      Host host,
      Store store,
      VmRows rows,
      SlotRows slots,
      Networks networks,
      Vault vault,
      Clocks clocks,
      RandomGenerator random) {
    this.placeholders =
        new UserPlaceholders(
            providers, rows, store.facts(), vault, clocks.wall(), random, vm -> renew.accept(vm));
    this.egress =
        new Egress(
            rows,
            store.facts(),
            slots,
            networks,
            new SlotEgress(host, networks),
            vault,
            new NameLookup(
                () -> new InetSocketAddress(networks.uplink().nameserver().toString(), DNS_PORT),
                random,
                LOOKUP),
            new AddressGuard(networks::pools, settings.egressNetworks()),
            placeholders::interception,
            tls(settings),
            clocks.wall(),
            clocks.steady());
    this.renew = egress.applied()::renew;
    this.retries =
        Loop.every("egress", RETRY, RETRY, clocks.steady(), () -> egress.applied().retry());
  }

  private static HostTls tls(Settings settings) {
    try {
      return HostTls.of(settings.egressCaFile(), TLS);
    } catch (IOException e) {
      throw Refused.invalid(
          Key.EGRESS_CA_FILE.path(),
          String.valueOf(settings.egressCaFile()),
          "cannot be used: " + e.getMessage(),
          "Give a file with certificates in PEM.");
    }
  }
}
