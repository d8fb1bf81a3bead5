package dev.visco.lifecycle.boot;

import dev.visco.diagnose.Diagnosis;
import dev.visco.lifecycle.BootProbe;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmId;
import java.time.Duration;

/** Probes and explains boots on this host. */
public record HostBootProbe(BootContext.Source contexts, BootChecks checks, Explainer explainer)
    implements BootProbe {
  @Override
  public BootStatus probe(VmWork work) {
    return checks.probe(contexts.of(work));
  }

  @Override
  public void pause(VmWork work, Duration max) {
    checks.pause(contexts.of(work), max);
  }

  @Override
  public String explain(VmWork work) {
    Diagnosis diagnosis = explainer.keep(contexts.of(work));
    return "Cause (" + diagnosis.rule() + "): " + diagnosis.cause() + " " + diagnosis.remedy();
  }

  @Override
  public void forget(VmId id) {
    checks.forget(id);
  }
}
