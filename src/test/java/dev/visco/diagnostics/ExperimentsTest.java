package dev.visco.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.RolloutWorld;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a failed VM, in a fake world; what they show of real guests is {@code DiagnosisIT}. */
@Timeout(60)
class ExperimentsTest {
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private RolloutWorld daemon;
  private Experiments experiments;
  private Vm failed;

  /** Nobody asks it here: no copy fails. */
  private static final class NoDiagnoses implements DiagnosisService {
    @Override
    public List<EarlierBoot> boots(VmId id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isBooting(VmId id) {
      return false;
    }

    @Override
    public Diagnosis diagnose(VmId id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Experiment experiment(VmId id, Duration limit, Progress progress) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void bundle(VmId id, OutputStream out) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void start() {
    daemon = new RolloutWorld(folder, world, point -> {}).start();
    experiments = new Experiments(daemon.vms, new NoDiagnoses(), daemon.images(), 2);
    world.spoil(VmSpec.QEMU);
    failed = daemon.create();
    world.mend(VmSpec.QEMU);
    assertThat(failed.state()).isEqualTo(VmState.FAILED);
  }

  @AfterEach
  void close() {
    Awaitility.await().until(() -> daemon.vms.list(false).size() == 1);
    daemon.destroyAll();
    daemon.close();
  }

  /** As soon as it is ready, and not when somebody looks at it again. */
  @Test
  void aCopyThatWorksEndsTheSeries() {
    Experiment experiment = experiments.run(failed.id(), Duration.ofMinutes(1), Progress.SILENT);
    assertThat(experiment.outcomes().getFirst().changes()).as("the unchanged one").isEmpty();
    assertThat(experiment.outcomes()).allMatch(Experiment.ExperimentOutcome::isReady);
  }

  @Test
  void aDaemonThatEndsBreaksOffTheSeriesAndNoCopyIsLeft() throws Exception {
    world.muteGuests();
    var refused = new AtomicReference<Throwable>();
    Thread series =
        Thread.ofVirtual()
            .start(() -> {
              try {
                experiments.run(failed.id(), Duration.ofMinutes(10), Progress.SILENT);
              } catch (Refused e) {
                refused.set(e);
              }
            });
    Awaitility.await().until(() -> daemon.vms.list(false).size() == 3);
    series.interrupt();
    series.join();
    assertThat(refused.get()).hasMessage("The daemon is stopping; nothing was changed. Try again.");
  }

  @Test
  void experimentsAreForVmsThatFailed() {
    Vm ready = daemon.create();
    assertThatThrownBy(() -> experiments.run(ready.id(), Duration.ofMinutes(1), Progress.SILENT))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is ready, and experiments are for failed ones");
    daemon.vms.destroy(ready.id());
  }
}
