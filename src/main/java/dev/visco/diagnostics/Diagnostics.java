package dev.visco.diagnostics;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.host.MemoryBudget;
import dev.visco.host.WorkPool;
import dev.visco.image.Images;
import dev.visco.lifecycle.VmWork;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.boot.Explainer;
import dev.visco.model.Progress;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Diagnoses, experiments and bundles of this host's VMs. */
public final class Diagnostics implements DiagnosisService {
  private static final Duration PACKING = Duration.ofMinutes(1);

  /** Heap for a bundle: one text at a time, the evidence, and the compressed archive. */
  private static final long BUNDLE_BYTES = 32 << 20;

  private final Vms vms;
  private final Images images;
  private final Function<VmWork, BootEvidence> evidence;
  private final Networks networks;
  private final Path folder;
  private final Experiments experiments;
  private final Supplier<Map<String, String>> hostFacts;

  /**
   * @param evidence the evidence kept when a VM's boot failed, or that of its present state
   * @param folder the folder that holds each VM's folder
   * @param boots how many copies boot at the same time
   */
  public Diagnostics(
      Vms vms,
      Images images,
      Function<VmWork, BootEvidence> evidence,
      Networks networks,
      Path folder,
      int boots,
      Supplier<Map<String, String>> hostFacts) {
    this.vms = vms;
    this.images = images;
    this.evidence = evidence;
    this.networks = networks;
    this.folder = folder;
    this.experiments = new Experiments(vms, this, images, boots);
    this.hostFacts = hostFacts;
  }

  @Override
  public Diagnosis diagnose(VmId id) {
    VmWork work = vms.withMachine(id);
    BootEvidence found = evidence.apply(work);
    String netns = networks.plan(work.slot()).netns();
    return Explainer.weighed(id, () -> Diagnoses.explain(found).of(id.value(), netns));
  }

  @Override
  public boolean isBooting(VmId id) {
    return switch (vms.vm(id).state()) {
      case CREATING, STARTING -> true;
      case READY,
          PAUSED,
          SUSPENDED,
          ASLEEP,
          ARCHIVED,
          FAILED,
          STOPPING,
          STOPPED,
          DESTROYING,
          DESTROYED ->
          false;
    };
  }

  @Override
  public Experiment experiment(VmId id, Duration limit, Progress progress) {
    return experiments.run(id, limit, progress);
  }

  @Override
  public List<EarlierBoot> boots(VmId id) {
    return EarlierBoot.of(folder.resolve(vms.vm(id).id().value()));
  }

  @Override
  public void bundle(VmId id, OutputStream out) throws IOException {
    VmWork work = vms.withMachine(id);
    BootEvidence found = evidence.apply(work);
    var bundle =
        new Bundle(
            folder.resolve(id.value()),
            vms.vm(id),
            images.byDigest(vms.imageOf(id)),
            hostFacts.get());
    String what = "the bundle of " + id;
    try (var taken = MemoryBudget.shared().take(what, BUNDLE_BYTES, PACKING)) {
      // Complete before the first byte is sent, since the receiver may be slow.
      var packed = new ByteArrayOutputStream();
      WorkPool.shared()
          .run(
              "packing " + what,
              PACKING,
              () -> {
                bundle.write(found, packed);
                return packed;
              });
      taken.keep(2L * packed.size());
      packed.writeTo(out);
    }
  }
}
