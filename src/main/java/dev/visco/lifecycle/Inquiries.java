package dev.visco.lifecycle;

import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.image.Images;
import dev.visco.model.Progress;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

/** Diagnoses, experiments and bundles of this host's VMs. */
final class Inquiries implements DiagnosisService {
  private final Vms vms;
  private final Images images;
  private final Machinery machinery;
  private final Networks networks;
  private final Path folder;
  private final Experiments experiments;
  private final Supplier<Map<String, String>> hostFacts;

  /**
   * @param folder with a folder for each VM
   * @param boots how many copies boot side by side
   */
  Inquiries(
      Vms vms,
      Images images,
      Machinery machinery,
      Networks networks,
      Path folder,
      int boots,
      Supplier<Map<String, String>> hostFacts) {
    this.vms = vms;
    this.images = images;
    this.machinery = machinery;
    this.networks = networks;
    this.folder = folder;
    this.experiments = new Experiments(vms, this, images, boots);
    this.hostFacts = hostFacts;
  }

  @Override
  public Diagnosis diagnose(VmId id) {
    VmWork work = vms.withMachine(id);
    return Diagnoses.explain(machinery.evidence(work))
        .of(id.value(), networks.plan(work.slot()).netns());
  }

  @Override
  public Experiment experiment(VmId id, Duration limit, Progress progress) {
    return experiments.run(id, limit, progress);
  }

  @Override
  public void bundle(VmId id, OutputStream out) throws IOException {
    VmWork work = vms.withMachine(id);
    new Bundle(
            folder.resolve(id.value()),
            vms.vm(id),
            images.byDigest(vms.imageOf(id)),
            hostFacts.get())
        .write(machinery.evidence(work), out);
  }
}
