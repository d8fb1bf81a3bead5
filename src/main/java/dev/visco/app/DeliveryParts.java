package dev.visco.app;

import dev.visco.delivery.CredentialChecks;
import dev.visco.delivery.Deliveries;
import dev.visco.delivery.DeliveryGuests;
import dev.visco.delivery.DeliveryLoop;
import dev.visco.delivery.ToolCredentials;
import dev.visco.delivery.VaultToolCredentials;
import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.image.Manifest;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.UsualProgram;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Digest;
import dev.visco.model.Ipv4;
import dev.visco.network.Networks;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.settings.Settings;
import dev.visco.store.SignInRows;
import dev.visco.store.Store;
import dev.visco.store.VmCredentialRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vault.CredentialService;
import dev.visco.vault.Credentials;
import dev.visco.vault.Vault;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Users' credentials in their VMs. */
final class DeliveryParts {
  final Deliveries deliveries;
  final ToolCredentials tools;
  final CredentialChecks checks;
  final DeliveryLoop loop;
  final CredentialService credentials;

  DeliveryParts(
      Settings settings,
      Map<String, Provider> providers,
      Store store,
      VmRows vms,
      Images images,
      Networks networks,
      GuestAccess access,
      Vault vault,
      Placeholders placeholders,
      InstantSource clock) {
    var rows = new VmCredentialRows(store, store.host());
    var guests = new HostGuests(images, networks, access);
    this.deliveries =
        new Deliveries(
            vms,
            rows,
            vault,
            providers,
            placeholders,
            guests,
            new SignInRows(store, store.host())::inTheirVms,
            settings.credentials().readBack(),
            clock);
    this.tools = new VaultToolCredentials(rows, vault, providers, placeholders);
    this.checks =
        new CredentialChecks(
            vms, rows, vault, providers, tools, guests, settings.credentials().check(), clock);
    this.credentials = new Credentials(vault, List.of(checks));
    this.loop = new DeliveryLoop(deliveries, checks, store, SteadyClock.ofHost());
  }

  private record HostGuests(Images images, Networks networks, GuestAccess access)
      implements DeliveryGuests {
    @Override
    public GuestSession open(VmWork work, Duration deadline) throws GuestUnreachable {
      Ipv4 address =
          networks
              .address(work.slot())
              .orElseThrow(() -> new HostFault(work.id() + " has no address"));
      return access.session(work.row(), address, deadline);
    }

    private Manifest manifest(VmRow row) {
      return images.byDigest(new Digest(row.image())).manifest();
    }

    @Override
    public UsualProgram usual(VmRow row) {
      return UsualProgram.of(manifest(row));
    }

    @Override
    public boolean hasDesktop(VmRow row) {
      return manifest(row).hasDesktop();
    }
  }
}
