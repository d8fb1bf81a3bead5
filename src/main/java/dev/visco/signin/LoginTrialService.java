package dev.visco.signin;

import dev.visco.model.VmId;
import java.time.Duration;

/** Tries logins of providers out. */
public interface LoginTrialService {
  /**
   * Runs a provider's login in a VM up to its link or its device code, and ends it.
   *
   * @param method which of the provider's ways, from 0
   * @param max for all of it
   * @throws dev.visco.model.Refused when there is no such provider or method, when the VM's image
   *     has no sign-in helper, or when a login runs in the VM already
   */
  LoginTrial run(VmId vm, String provider, int method, Duration max);
}
