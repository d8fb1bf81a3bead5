package dev.visco.api;

import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.rollout.Canaries;
import dev.visco.rollout.ReleaseView;
import dev.visco.rollout.RolloutService;
import dev.visco.vmm.release.ReleaseRequest;
import dev.visco.vmm.release.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Releases that are names in memory; a test says whether canaries are met. */
final class FakeRollout implements RolloutService {
  /** Oldest first, all of one millisecond. */
  private final List<String> names = new ArrayList<>(List.of("qemu"));

  private String current = "qemu";
  private @Nullable String previous;
  @Nullable ReleaseRequest asked;
  boolean isGood = true;

  private ReleaseView view(String name) {
    boolean isQemu = name.equals("qemu");
    return new ReleaseView(
        name,
        isQemu ? null : Version.of(name),
        name.equals(current) ? "in use" : name.equals(previous) ? "previous" : "added",
        null,
        isQemu ? null : new Digest("sha256:" + "0".repeat(64)),
        null,
        null,
        null,
        null,
        null,
        List.of(),
        List.of(),
        0,
        0);
  }

  @Override
  public List<ReleaseView> releases() {
    return names.stream().map(this::view).toList();
  }

  @Override
  public ReleaseView release(String name) {
    if (!names.contains(name)) {
      throw new Refused(new Refusal.NotFound("VMM release", name, "Known are " + names + "."));
    }
    return view(name);
  }

  @Override
  public ReleaseView add(ReleaseRequest request, Progress progress) {
    asked = request;
    progress.report("copy", 0.5);
    if (request.sha256() != null) {
      throw Refused.invalid("sha256", request.sha256().hex(), "is not the file's", "Look again.");
    }
    names.add("1.16.1");
    return view("1.16.1");
  }

  @Override
  public void remove(String name) {
    release(name);
    if (name.equals(current)) {
      throw new Refused(
          new Refusal.Conflict(
              "The release " + name + " is the one that new VMs use.", "Use another."));
    }
    names.remove(name);
  }

  @Override
  public Canaries.CanaryReport canary(String name, Progress progress) {
    release(name);
    progress.report("canaries on " + name + ": cli", 0);
    return new Canaries.CanaryReport(
        name,
        List.of(
            new Canaries.CanaryResult(
                "cli",
                Transport.MMIO,
                new VmId("vm-00000001"),
                isGood,
                isGood ? "all met" : "Criterion 1: nothing.",
                12)),
        List.of("gui: its image gui is not there"));
  }

  @Override
  public Plan plan(String name) {
    release(name);
    return new Plan(
        name,
        current,
        previous,
        List.of(),
        List.of("cli"),
        List.of(new Kept("vm-00000001", "u", "ready", current)),
        List.of(new Pinned("snap-1", "vm-00000001", current, 8)));
  }

  @Override
  public ReleaseChange use(String name, boolean force, Progress progress) {
    Canaries.CanaryReport report = canary(name, progress);
    if (isGood) {
      previous = current;
      current = name;
    }
    return new ReleaseChange(isGood, current, previous, report);
  }

  @Override
  public ReleaseChange rollBack() {
    if (previous == null) {
      throw new Refused(new Refusal.Conflict("There is nothing to go back to.", "Use one."));
    }
    current = Objects.requireNonNull(previous);
    previous = null;
    return new ReleaseChange(true, current, null, null);
  }
}
