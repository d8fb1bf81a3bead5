package dev.visco.app;

import dev.visco.delivery.CredentialDelivery;
import dev.visco.delivery.CredentialDelivery.VmDeliveryState;
import dev.visco.desktop.DesktopService;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.lifecycle.ActiveUsers;
import dev.visco.lifecycle.Vms;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmType;
import dev.visco.provider.Provider;
import dev.visco.settings.Settings;
import dev.visco.settings.Settings.SignInSettings;
import dev.visco.signin.session.HostSignInVms;
import dev.visco.signin.session.SignInDelivery;
import dev.visco.signin.session.SignInDelivery.DeliveredTo;
import dev.visco.signin.session.SignInLimits;
import dev.visco.signin.session.SignInServices;
import dev.visco.signin.session.SignIns;
import dev.visco.store.SignInRows;
import dev.visco.store.Store;
import dev.visco.vault.CredentialService;
import dev.visco.vault.Vault;
import java.time.InstantSource;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What users sign tools in with. */
final class SignInParts {
  /** Views of a desktop among which one that is open is looked for. */
  private static final int VIEWS = 50;

  final SignIns signIns;
  private final DesktopService desktops;
  private final DiagnosisService diagnoses;

  SignInParts(
      Settings settings,
      Store store,
      Map<String, VmType> types,
      Map<String, Provider> providers,
      Images images,
      Vms vms,
      DesktopService desktops,
      DiagnosisService diagnoses,
      Vault vault,
      CredentialService credentials,
      CredentialDelivery delivery,
      ActiveUsers users,
      InstantSource clock,
      RandomGenerator random) {
    this.desktops = desktops;
    this.diagnoses = diagnoses;
    SignInSettings limits = settings.signIn();
    var ofHost =
        new HostSignInVms(vms, images, types, limits.vmType(), this::diagnosis, this::isWatched);
    this.signIns =
        new SignIns(
            new SignInRows(store, store.host()),
            new SignInServices(ofHost, providers, vault, credentials, delivering(delivery)),
            users::requireActive,
            new SignInLimits(limits.perUser(), limits.idle(), limits.maxTime()),
            clock,
            SteadyClock.ofHost(),
            random);
  }

  private static SignInDelivery delivering(CredentialDelivery delivery) {
    return credential ->
        delivery.deliver(credential).stream()
            .map(one ->
                new DeliveredTo(one.vm(), one.state() == VmDeliveryState.DELIVERED, one.reason()))
            .toList();
  }

  private String diagnosis(VmId vm) {
    try {
      return diagnoses.diagnose(vm).cause();
    } catch (Refused e) {
      return ""; // Its evidence went with it.
    }
  }

  private boolean isWatched(VmId vm) {
    return desktops.views(vm, VIEWS, Long.MAX_VALUE).stream()
        .anyMatch(view -> view.ended() == null && !view.user().equals(DesktopService.VISCO));
  }
}
