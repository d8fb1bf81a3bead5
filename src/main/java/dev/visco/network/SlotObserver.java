package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the state of a slot from the kernel; changes nothing. */
final class SlotObserver {
  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final Pattern COUNTER = Pattern.compile("counter (\\w+) \\{\\s*packets (\\d+)");
  private static final int MAX_PACKETS = 3000;
  private static final int BYTES_OF_A_PACKET = 256;
  private final Host host;

  SlotObserver(Host host) {
    this.host = host;
  }

  SlotState inspect(SlotPlan plan) {
    JsonNode tap = link(inside(plan, "ip", "-json", "-stats", "link", "show", plan.tap()));
    JsonNode veth = link(Command.of("ip", "-json", "link", "show", plan.hostVeth()));
    CommandResult tables = host.run(inside(plan, "nft", "list", "tables"));
    return new SlotState(
        state(tap),
        flag(tap, "LOWER_UP"),
        state(veth),
        tables.output().contains("table netdev guard")
            && tables.output().contains("table ip visco"),
        isForwarding(),
        tap.path("stats64").path("rx").path("packets").asLong(0),
        tap.path("stats64").path("tx").path("packets").asLong(0),
        dropped(plan));
  }

  /** What the guest sent to have a network; null for a slot whose rules are gone or older. */
  @Nullable SlotTraffic traffic(SlotPlan plan) {
    CommandResult result = host.run(inside(plan, "nft", "-j", "list", "table", "netdev", "guard"));
    return result.succeeded() ? SlotTraffic.read(Json.read(result.output(), JsonNode.class)) : null;
  }

  /**
   * The packets that the slot's rules dropped, by counter; counters of both directions with the
   * same name are added.
   */
  private Map<String, Long> dropped(SlotPlan plan) {
    var dropped = new HashMap<String, Long>();
    var counters = COUNTER.matcher(host.run(inside(plan, "nft", "list", "counters")).output());
    while (counters.find()) {
      dropped.merge(counters.group(1), Long.parseLong(counters.group(2)), Long::sum);
    }
    return dropped;
  }

  private static Command inside(SlotPlan plan, String... arguments) {
    return Command.of(arguments).inNetns(plan.netns());
  }

  private JsonNode link(Command command) {
    CommandResult result = host.run(command);
    return Json.read(result.succeeded() ? result.output() : "[]", JsonNode.class).path(0);
  }

  private static String state(JsonNode link) {
    if (link.isMissingNode()) {
      return SlotState.MISSING;
    }
    return flag(link, "UP") ? "up" : "down";
  }

  private static boolean flag(JsonNode link, String name) {
    for (JsonNode flag : link.path("flags")) {
      if (flag.asString().equals(name)) {
        return true;
      }
    }
    return false;
  }

  static boolean isForwarding() {
    try {
      return Files.readString(FORWARDING).strip().equals("1");
    } catch (IOException e) {
      throw new HostFault("cannot read " + FORWARDING + ": " + e.getMessage(), e);
    }
  }

  /** The name of uid 0 on this host, which is not always root. */
  private static String nameOfRoot() {
    try {
      return Files.getOwner(Path.of("/proc")).getName();
    } catch (IOException e) {
      throw new HostFault("cannot read the owner of /proc: " + e.getMessage(), e);
    }
  }

  /** {@code timeout} sends SIGINT, on which tcpdump writes what it has captured. */
  void capture(SlotPlan plan, Path file, Duration time) {
    String seconds = String.format(Locale.ROOT, "%.1f", time.toMillis() / 1000.0);
    host.run(
        inside(
                plan,
                "timeout",
                "--signal=INT",
                "--kill-after=2",
                seconds,
                "tcpdump",
                "-i",
                plan.tap(),
                "-n",
                "-U",
                "-Z",
                nameOfRoot(),
                "-s",
                Integer.toString(BYTES_OF_A_PACKET),
                "-c",
                Integer.toString(MAX_PACKETS),
                "-w",
                file.toString())
            .within(time.plusSeconds(10)));
  }
}
