package dev.visco.cli;

import dev.visco.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code visco stats}. */
@Command(
    name = "stats",
    mixinStandardHelpOptions = true,
    description =
        "Shows what VMs use of processor, memory, disk and network, again and again until it is"
            + " interrupted. 100 percent is one processor of the host.",
    footer = {"", "Example: visco stats --no-stream"})
class StatsCommand implements Callable<Integer> {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final String CLEAR = "\033[H\033[2J";

  private final CommandContext context;
  private final boolean isByUse;

  @Parameters(paramLabel = "VM", arity = "0..*", description = "the VMs (all that run)")
  private List<String> vms = new ArrayList<>();

  @Option(names = "--no-stream", description = "shows them once, after a second")
  private boolean once;

  @Option(names = "--json", description = "prints one JSON object per VM and line")
  private boolean json;

  StatsCommand(CommandContext context) {
    this(context, false);
  }

  /**
   * @param isByUse whether the VM that uses most of the processor comes first
   */
  StatsCommand(CommandContext context, boolean isByUse) {
    this.context = context;
    this.isByUse = isByUse;
  }

  @Override
  public Integer call() throws InterruptedException {
    DaemonClient api = context.api();
    Map<String, JsonNode> before = stats(api);
    do {
      Thread.sleep(INTERVAL);
      Map<String, JsonNode> now = stats(api);
      show(before, now);
      before = now;
    } while (!once && !context.out().checkError());
    return CommandExitCode.OK;
  }

  /** By id; a VM that is named and does not run is refused by the daemon. */
  private Map<String, JsonNode> stats(DaemonClient api) {
    var found = new HashMap<String, JsonNode>();
    if (vms.isEmpty()) {
      api.list("/api/stats").forEach(one -> found.put(one.path("vmId").asString(), one));
    }
    for (String vm : vms) {
      JsonNode one = api.json("GET", "/api/vms/" + ApiPath.encoded(vm) + "/stats", null);
      found.put(one.path("vmId").asString(), one);
    }
    return found;
  }

  private void show(Map<String, JsonNode> before, Map<String, JsonNode> now) {
    var usage = new HashMap<String, Double>();
    now.forEach((id, one) -> usage.put(id, percent(before.get(id), one)));
    var ids = new ArrayList<>(new TreeSet<>(now.keySet()));
    if (isByUse) {
      ids.sort(Comparator.comparing((String id) -> -usage.getOrDefault(id, 0.0)));
    }
    if (json) {
      for (String id : ids) {
        if (now.get(id) instanceof ObjectNode one) {
          one.put("cpuPercent", Math.round(usage.getOrDefault(id, 0.0) * 100) / 100.0);
          context.out().println(Json.line(one));
        }
      }
      return;
    }
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "VM", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"));
    ids.forEach(id -> rows.add(row(id, now.get(id), usage.getOrDefault(id, 0.0))));
    if (context.isTerminal() && !once) {
      context.rawOut().print(CLEAR);
    }
    context.out().print(Tables.columns(rows));
    context.out().flush();
  }

  /** Processor time between two answers; of a machine that was launched in between, since then. */
  private static double percent(@Nullable JsonNode before, JsonNode now) {
    if (before == null) {
      return 0;
    }
    double used = now.path("cpuSeconds").asDouble() - before.path("cpuSeconds").asDouble();
    double passed =
        Duration.between(
                    Instant.parse(before.path("at").asString()),
                    Instant.parse(now.path("at").asString()))
                .toNanos()
            / 1e9;
    return passed <= 0 || used < 0 ? 0 : 100 * used / passed;
  }

  private static List<String> row(String id, @Nullable JsonNode one, double cpu) {
    if (one == null) {
      return List.of(id);
    }
    long memory = one.path("memoryBytes").asLong();
    long limit = one.path("memoryLimitBytes").asLong();
    return List.of(
        id,
        Tables.text(one, "name"),
        "%.2f%%".formatted(cpu),
        binary(memory) + " / " + binary(limit),
        "%.2f%%".formatted(limit == 0 ? 0 : 100.0 * memory / limit),
        decimal(one, "networkReceivedBytes") + " / " + decimal(one, "networkSentBytes"),
        decimal(one, "diskReadBytes") + " / " + decimal(one, "diskWrittenBytes"),
        one.path("threads").asString());
  }

  /** Memory in powers of 1024, as docker shows it. */
  static String binary(long bytes) {
    return scaled(bytes, 1024, "B", "KiB", "MiB", "GiB", "TiB");
  }

  private static String decimal(JsonNode one, String name) {
    return decimal(one.path(name).asLong());
  }

  /** What was read, written, received or sent, in powers of 1000, as docker shows it. */
  static String decimal(long bytes) {
    return scaled(bytes, 1000, "B", "kB", "MB", "GB", "TB");
  }

  private static String scaled(long bytes, int base, String... units) {
    double value = bytes;
    int unit = 0;
    while (value >= base && unit < units.length - 1) {
      value /= base;
      unit++;
    }
    return unit == 0
        ? bytes + "B"
        : "%.4g".formatted(value).replaceAll("\\.?0+$", "") + units[unit];
  }

  /** {@code visco top}. */
  @Command(
      name = "top",
      mixinStandardHelpOptions = true,
      description =
          "Shows what VMs use of processor, memory, disk and network as stats does, the one that uses"
              + " most of the processor first.",
      footer = {"", "Example: visco top"})
  static final class TopCommand extends StatsCommand {
    TopCommand(CommandContext context) {
      super(context, true);
    }
  }
}
