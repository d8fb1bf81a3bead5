package dev.visco.app;

import dev.visco.delivery.ToolCredentials;
import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.lifecycle.Vms;
import dev.visco.model.Vm;
import dev.visco.prompt.Prompts;
import dev.visco.prompt.Prompts.PromptLimits;
import dev.visco.provider.Provider;
import dev.visco.session.DetachedExecs;
import dev.visco.settings.Settings;
import dev.visco.signin.LoginTrials;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** The tools in guests: their logins, their prompts, and the commands that run detached. */
final class ToolParts {
  final Map<String, Provider> providers;
  final DetachedExecs execs;
  final Prompts prompts;
  final LoginTrials logins;

  ToolParts(
      Settings settings,
      Map<String, Provider> providers,
      Images images,
      Vms vms,
      ToolCredentials credentials,
      InstantSource clock,
      RandomGenerator random) {
    this.providers = providers;
    this.execs = new DetachedExecs(clock, random);
    Predicate<Vm> hasDesktop = vm -> images.byDigest(vm.image()).manifest().hasDesktop();
    this.prompts =
        new Prompts(
            vms,
            hasDesktop,
            providers,
            credentials,
            execs,
            new PromptLimits(settings.prompts().perVm(), settings.prompts().kept()),
            clock);
    this.logins =
        new LoginTrials(
            providers,
            id -> Optional.ofNullable(images.byDigest(vms.vm(id).image()).manifest().signIn()),
            vms::session,
            SteadyClock.ofHost());
  }
}
