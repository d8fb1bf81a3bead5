package dev.visco.cli;

import dev.visco.model.Sizes;
import dev.visco.model.WarmPool;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code visco ps}. */
@Command(
    name = "ps",
    aliases = {"ls", "list"},
    mixinStandardHelpOptions = true,
    description = "Lists VMs, stopped ones too.",
    footer = {
      "",
      "Examples: visco ps",
      "          visco ps --filter state=ready --filter type=browser -o wide",
      "          visco ps --format '{{.ID}} {{.Address}}'",
      "          visco ps -q --filter user=alice"
    })
final class VmListCommand extends ListCommand {
  @Option(
      names = {"-a", "--all"},
      description = "also lists destroyed VMs, and those that wait in pools")
  private boolean all;

  VmListCommand(CommandContext context) {
    super(context);
  }

  @Override
  String route() {
    return "/api/vms" + (all ? "?all=true" : "");
  }

  /** Those that wait in pools are nobody's yet: {@code visco pool ls} counts them. */
  @Override
  boolean isShown(JsonNode vm) {
    return all
        || hasFilter("user")
        || hasFilter("userId")
        || !Tables.text(vm, "userId").equals(WarmPool.OWNER.value());
  }

  @Override
  List<String> heading() {
    return List.of(
        "VM",
        "NAME",
        "TYPE",
        "USER",
        "STATE",
        "ADDRESS",
        "CPUS",
        "MEMORY",
        "DISK",
        "IMAGE",
        "TRANSPORT",
        "VMM",
        "PID",
        "CREATED",
        "ENDS",
        "LABELS");
  }

  @Override
  Set<String> wideOnly() {
    return Set.of("CPUS", "MEMORY", "DISK", "IMAGE", "TRANSPORT", "VMM", "PID", "LABELS");
  }

  @Override
  String id(JsonNode vm) {
    return Tables.text(vm, "vmId");
  }

  @Override
  List<String> row(JsonNode vm) {
    return List.of(
        Tables.text(vm, "vmId"),
        Tables.text(vm, "name"),
        Tables.text(vm, "vmType"),
        Tables.text(vm, "userId"),
        state(vm),
        Tables.text(vm, "address"),
        Tables.text(vm, "vcpus"),
        size(vm, "memoryMib"),
        size(vm, "diskMib"),
        Tables.text(vm, "image"),
        Tables.text(vm, "transport"),
        Tables.text(vm, vm.has("vmm") ? "vmm" : "release"),
        Tables.text(vm, "pid"),
        age(vm, "created"),
        vm.has("expires") ? age(vm, "expires") : "never",
        vm.has("labels") ? String.join(",", Tables.labels(vm)) : "-");
  }

  private static String size(JsonNode vm, String field) {
    return vm.has(field) ? Sizes.text(vm.path(field).asLong()) : "-";
  }

  /** A VM that stands still though nobody paused it has a reason: the disk is full, or fails. */
  private static String state(JsonNode vm) {
    String state = Tables.text(vm, "state");
    return state.equals("paused") && vm.has("failure") ? "paused (disk)" : state;
  }
}
