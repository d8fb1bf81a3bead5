package dev.visco.rollout;

import dev.visco.model.Advice;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import dev.visco.model.Vm;
import dev.visco.model.VmSpec;
import dev.visco.rollout.Canaries.CanaryReport;
import dev.visco.store.EventKind;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.RolloutRow;
import dev.visco.store.RolloutRows;
import dev.visco.store.SnapshotRows;
import dev.visco.vmm.release.ReleaseRequest;
import dev.visco.vmm.release.Releases;
import dev.visco.vmm.release.Vulnerability;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes which release new VMs use: to a new one only after a canary of every type has met all of
 * its criteria on it, back to the previous one at once. Each change is one transaction, which fails
 * if somebody else has changed the release in use meanwhile.
 */
public final class Rollout implements RolloutService {
  private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

  private final Releases releases;
  private final ReleaseViews views;
  private final ReleaseRows rows;
  private final RolloutRows rollouts;
  private final SnapshotRows snapshots;
  private final Canaries canaries;
  private final OpenVulnerabilities vulnerabilities;
  private final Supplier<List<Vm>> vms;
  private final Collection<Transport> transports;
  private final InstantSource clock;

  /** Canaries of one release run at a time: two runs would compete for memory and time. */
  private final ReentrantLock checking = new ReentrantLock();

  /** The tables that it uses. */
  public record Rowsets(ReleaseRows releases, RolloutRows rollouts, SnapshotRows snapshots) {}

  /**
   * @param vms all VMs that are not destroyed
   * @param transports the transports that this host's VM types use
   */
  public Rollout(
      Releases releases,
      Rowsets rows,
      Canaries canaries,
      OpenVulnerabilities vulnerabilities,
      Supplier<List<Vm>> vms,
      Collection<Transport> transports,
      InstantSource clock) {
    this.releases = releases;
    this.views = new ReleaseViews(releases, rows.releases());
    this.rows = rows.releases();
    this.rollouts = rows.rollouts();
    this.snapshots = rows.snapshots();
    this.canaries = canaries;
    this.vulnerabilities = vulnerabilities;
    this.vms = vms;
    this.transports = List.copyOf(transports);
    this.clock = clock;
  }

  @Override
  public List<ReleaseView> releases() {
    return views.all(rollouts.get());
  }

  @Override
  public ReleaseView release(String name) {
    return views.one(name, rollouts.get());
  }

  @Override
  public ReleaseView add(ReleaseRequest request, Progress progress) {
    return views.one(releases.add(request, progress).name(), rollouts.get());
  }

  @Override
  public void remove(String name) {
    releases.remove(name);
  }

  @Override
  public CanaryReport canary(String name, Progress progress) {
    requireKnown(name);
    return checked(name, progress);
  }

  private void requireKnown(String name) {
    if (!name.equals(VmSpec.QEMU)) {
      releases.row(name);
    }
  }

  /** Runs the canaries and records their results; refused while other canaries run. */
  private CanaryReport checked(String name, Progress progress) {
    if (!checking.tryLock()) {
      throw new Refused(
          new Refusal.Conflict(
              "Canaries of a release run at the moment.", "Try again when they have ended."));
    }
    try {
      releases.check(name);
      CanaryReport report = canaries.run(name, progress);
      String text =
          report.isMet()
              ? "Release " + name + " has met all criteria of its canaries."
              : "Release " + name + " has not met all criteria: " + report.missing();
      rows.checked(
          name,
          report.isMet()
              ? ReleaseRow.ReleaseStatus.CANARY_MET
              : ReleaseRow.ReleaseStatus.CANARY_FAILED,
          report.isMet() ? null : report.missing(),
          report.isMet() ? EventKind.CANARY_MET : EventKind.CANARY_FAILED,
          text,
          clock.millis());
      LOG.info("{}", text);
      return report;
    } finally {
      checking.unlock();
    }
  }

  @Override
  public Plan plan(String name) {
    requireKnown(name);
    RolloutRow now = rollouts.get();
    return new Plan(
        name,
        now.current(),
        now.previous(),
        obstacles(name),
        name.equals(now.current()) ? List.of() : canaries.willBoot(),
        vms.get().stream()
            .filter(vm -> !vm.spec().release().equals(name))
            .map(vm ->
                new Kept(
                    vm.id().value(),
                    vm.spec().owner().value(),
                    vm.state().word(),
                    vm.spec().release()))
            .toList(),
        snapshots.list().stream()
            .filter(row -> !row.release().equals(name))
            .map(row -> new Pinned(row.id(), row.vm().value(), row.release(), row.format()))
            .toList());
  }

  /** Why {@link #use} would be refused without force. */
  private List<String> obstacles(String name) {
    var found = new ArrayList<String>();
    open(name).values().stream().map(one -> one.text() + ": " + one.summary()).forEach(found::add);
    if (!name.equals(VmSpec.QEMU)) {
      ReleaseRow row = releases.row(name);
      if (row.status() == ReleaseRow.ReleaseStatus.ROLLED_BACK) {
        found.add(row.reason() + "");
      }
    }
    return found;
  }

  /** Vulnerabilities of this release that would affect VMs of this host's types, by id. */
  private Map<String, Vulnerability> open(String name) {
    var found = new LinkedHashMap<String, Vulnerability>();
    for (Transport transport : transports) {
      vulnerabilities.of(name, transport).forEach(one -> found.putIfAbsent(one.id(), one));
    }
    return found;
  }

  @Override
  public ReleaseChange use(String name, boolean force, Progress progress) {
    requireKnown(name);
    RolloutRow seen = rollouts.get();
    List<String> obstacles = obstacles(name);
    if (!obstacles.isEmpty() && !force) {
      throw new Refused(
          new Refusal.Conflict(
              "The release " + name + " is not used: " + String.join("; ", obstacles),
              "Use a release without that; --force takes it upon yourself."));
    }
    List<String> accepted = List.copyOf(open(name).keySet());
    if (seen.current().equals(name)) {
      return accepted.isEmpty()
          ? new ReleaseChange(false, name, seen.previous(), null)
          : switched(seen, name, accepted, null);
    }
    CanaryReport report = checked(name, progress);
    return report.isMet()
        ? switched(seen, name, accepted, report)
        : new ReleaseChange(false, seen.current(), seen.previous(), report);
  }

  private ReleaseChange switched(
      RolloutRow seen, String name, List<String> accepted, @Nullable CanaryReport report) {
    String text =
        "New VMs use release %s instead of %s%s."
            .formatted(
                name,
                seen.current(),
                accepted.isEmpty() ? "" : "; accepted: " + String.join(", ", accepted));
    RolloutRow now =
        rollouts.use(seen, name, accepted, text, clock.millis()).orElseThrow(Rollout::raced);
    LOG.info("{}", text);
    return new ReleaseChange(!seen.current().equals(name), now.current(), now.previous(), report);
  }

  private static Refused raced() {
    return new Refused(
        new Refusal.Conflict(
            "Somebody changed the release in use meanwhile; nothing was changed here.",
            Advice.of("{} shows how things are.", new Remedy.ListReleases())));
  }

  @Override
  public ReleaseChange rollBack() {
    RolloutRow seen = rollouts.get();
    String previous = seen.previous();
    if (previous == null) {
      throw new Refused(
          new Refusal.Conflict(
              "There is no release to go back to from " + seen.current() + ".",
              Advice.of("{} tries another one and uses it.", new Remedy.UseRelease(null))));
    }
    releases.check(previous);
    String text = "New VMs use release " + previous + " again; " + seen.current() + " was left.";
    RolloutRow now =
        rollouts
            .rollBack(seen, Optional.empty(), EventKind.ROLLED_BACK, text, clock.millis())
            .orElseThrow(Rollout::raced);
    LOG.info("{}", text);
    return new ReleaseChange(true, now.current(), now.previous(), null);
  }

  /**
   * Rolls back because creates fail, but only if canaries on the previous release succeed: if they
   * fail too, the host is at fault and not the release.
   *
   * @param seen the release in use when the creates failed
   * @param why what failed, for people
   */
  public void rollBackFor(RolloutRow seen, String why) {
    String previous = seen.previous();
    if (previous == null) {
      return;
    }
    LOG.warn("{}; canaries show whether {} still works", why, previous);
    CanaryReport report = checked(previous, Progress.SILENT);
    if (report.isMet()) {
      String text =
          "New VMs use release %s again: %s, and canaries on %s meet all criteria. %s is not used again without force."
              .formatted(previous, why, previous, seen.current());
      rollouts
          .rollBack(
              seen,
              Optional.of("Visco rolled it back automatically: " + why + "."),
              EventKind.ROLLED_BACK_AUTOMATICALLY,
              text,
              clock.millis())
          .ifPresent(now -> LOG.error("{}", text));
    } else {
      String text =
          "%s, but canaries on %s fail too: it is not the release. Nothing was changed. %s"
              .formatted(why, previous, report.missing());
      rollouts
          .forgive(seen, EventKind.ROLLBACK_WITHHELD, text, clock.millis())
          .ifPresent(now -> LOG.error("{}", text));
    }
  }
}
