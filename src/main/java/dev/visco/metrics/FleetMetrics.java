package dev.visco.metrics;

import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.ReadyTimes;
import dev.visco.store.RolloutRows;
import dev.visco.store.SlotRows;
import dev.visco.store.VmStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Metrics that are counted in the store, so that the counters survive a restart of the daemon. */
public final class FleetMetrics implements Metric.MetricSource {
  private final VmStatistics vms;
  private final SlotRows slots;
  private final EventRows events;
  private final RolloutRows rollouts;

  public FleetMetrics(VmStatistics vms, SlotRows slots, EventRows events, RolloutRows rollouts) {
    this.vms = vms;
    this.slots = slots;
    this.events = events;
    this.rollouts = rollouts;
  }

  @Override
  public List<Metric> metrics() {
    var found = new ArrayList<Metric>();
    vms.states()
        .forEach(count ->
            found.add(
                Metric.gauge(
                    "visco.vms",
                    "VMs that are not destroyed",
                    Map.of("release", count.release(), "state", count.word()),
                    count.number())));
    vms.outcomes()
        .forEach(count ->
            found.add(
                Metric.counter(
                    "visco.creates",
                    "creations that came to an end",
                    Map.of("release", count.release(), "outcome", count.word()),
                    count.number())));
    slots
        .states()
        .forEach((state, number) ->
            found.add(
                Metric.gauge("visco.slots", "network slots", Map.of("state", state), number)));
    found.add(
        Metric.gauge(
            "visco.release.in.use",
            "1 for the VMM release that new VMs use",
            Map.of("release", rollouts.get().current()),
            1));
    addEvents(found);
    return found;
  }

  @Override
  public List<MetricHistogram> histograms() {
    var found = new ArrayList<MetricHistogram>();
    vms.readyTimes()
        .forEach((kind, times) ->
            found.add(
                new MetricHistogram(
                    "visco_ready_seconds",
                    "seconds from the request until a user's new VM was ready",
                    Map.of("start", kind.word()),
                    ReadyTimes.bounds(),
                    times.counts(),
                    times.count(),
                    times.seconds())));
    return found;
  }

  private void addEvents(List<Metric> found) {
    Map<String, Long> counts = events.counts();
    Map<String, String> ways =
        Map.of(
            "by-operator", EventKind.ROLLED_BACK.word(),
            "automatic", EventKind.ROLLED_BACK_AUTOMATICALLY.word(),
            "withheld", EventKind.ROLLBACK_WITHHELD.word());
    ways.forEach((how, kind) ->
        found.add(
            Metric.counter(
                "visco.rollbacks",
                "changes back to the previous VMM release, and those that canaries advised against",
                Map.of("how", how),
                counts.getOrDefault(kind, 0L))));
    for (boolean isMet : List.of(true, false)) {
      found.add(
          Metric.counter(
              "visco.canaries",
              "runs of canaries on a VMM release",
              Map.of("outcome", isMet ? "met" : "failed"),
              counts.getOrDefault(
                  (isMet ? EventKind.CANARY_MET : EventKind.CANARY_FAILED).word(), 0L)));
    }
  }
}
