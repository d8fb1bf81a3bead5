package dev.visco.cli;

import dev.visco.wire.ClonePlan;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What VMs from a snapshot would cost, or those of a fork, as a text. */
final class PlanText {
  private PlanText() {}

  static String of(JsonNode answer, boolean isJson) {
    return isJson ? Json.line(answer) : text(Json.mapper().treeToValue(answer, ClonePlan.class));
  }

  private static String text(ClonePlan plan) {
    boolean isOne = plan.count() == 1;
    var lines = new ArrayList<String>();
    lines.add(
        "%s would %s %s%s with %s and %d MiB."
            .formatted(
                isOne ? "One VM" : plan.count() + " VMs",
                plan.boots() ? "boot from the disk of" : "go on from",
                plan.from() == null ? plan.vm() + " as it is now" : plan.from(),
                isOne ? "," : ", each",
                plan.vcpus() == 1 ? "1 vCPU" : plan.vcpus() + " vCPUs",
                plan.memoryMib()));
    lines.add(
        "memory    %d MiB of limits.memory-mib%s"
            .formatted(
                plan.countedMib(),
                plan.boots() ? "" : "; what they do not write they share with each other"));
    lines.add("disk      " + disk(plan));
    if (plan.vm() != null) {
      lines.add("snapshot  " + snapshot(plan));
    }
    lines.add("free      %d MiB on the disk".formatted(plan.freeMib()));
    lines.add("Nothing was made.");
    return String.join("\n", lines);
  }

  private static String disk(ClonePlan plan) {
    return switch (plan.disk()) {
      case "layer" -> "nothing until they write: layers over the snapshot's";
      case "shared" -> "nothing until they write: the file system shares blocks";
      default -> "%d MiB at once: copies of the snapshot's".formatted(plan.diskMib());
    };
  }

  private static String snapshot(ClonePlan plan) {
    List<String> parts =
        plan.snapshotDiskMib() == 0
            ? List.of("%d MiB at most until they are ready".formatted(plan.snapshotMib()))
            : List.of(
                "%d MiB at most until they are ready".formatted(plan.snapshotMib()),
                "%d MiB as long as one is there".formatted(plan.snapshotDiskMib()));
    return String.join(", then ", parts);
  }
}
