package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.model.SlotIndex;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Slots as the host sees them, with namespace, link, route and neighbour, and with nothing inside:
 * many of them, made in one go.
 */
public final class BareSlots {
  private BareSlots() {}

  public static void open(Host host, Networks networks, List<SlotIndex> slots) {
    run(host, slots.stream().map(slot -> SlotSetup.outer(networks.plan(slot))));
    run(host, slots.stream().map(slot -> SlotSetup.route(networks.plan(slot))));
  }

  /** Takes their namespaces away, and their links with them. */
  public static void close(Host host, Networks networks, List<SlotIndex> slots) {
    run(host, slots.stream().map(slot -> "link del " + networks.plan(slot).hostVeth() + "\n"));
    run(host, slots.stream().map(slot -> "netns del " + networks.plan(slot).netns() + "\n"));
  }

  private static void run(Host host, Stream<String> lines) {
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(lines.collect(Collectors.joining()))
            .within(Duration.ofMinutes(5)));
  }
}
