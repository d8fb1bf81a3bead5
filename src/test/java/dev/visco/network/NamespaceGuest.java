package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.WrappedHost;
import dev.visco.model.SlotIndex;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest without a machine: a namespace whose eth0 is the other end of its slot's tap0, which is a
 * veth here. Everything else of the slot is as Visco makes it, rules and all, so that whatever
 * programs run in this namespace meet what a guest's would.
 */
final class NamespaceGuest implements AutoCloseable {
  private final Host host;
  private final SlotPlan plan;

  /** A host on which slots get a veth to such a guest's namespace, instead of a TAP. */
  static Host hostFor(Host host) {
    return new WrappedHost(host) {
      @Override
      public CommandResult run(Command command) {
        String input = new String(command.input(), StandardCharsets.UTF_8);
        if (!input.contains("tuntap add tap0")) {
          return host().run(command);
        }
        String netns = command.arguments().get(1).replaceFirst(".*/", "");
        host().check(Command.of("ip", "netns", "add", name(netns)));
        return host()
            .run(
                command.withInput(
                    input.replaceFirst(
                        "tuntap add tap0 .*",
                        "link add tap0 type veth peer name eth0 netns " + name(netns))));
      }
    };
  }

  private static String name(String netns) {
    return "guest-of-" + netns;
  }

  /** Opens the slot and sets the guest's network up as its kernel would by {@code ip=}. */
  static NamespaceGuest open(Host host, Networks networks, SlotIndex index) {
    networks.open(index);
    var guest = new NamespaceGuest(host, networks.plan(index));
    var link = guest.plan.guest();
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                """
                link set lo up
                link set eth0 address %s
                link set eth0 up
                addr add %s/24 dev eth0
                route add default via %s
                """
                    .formatted(link.mac(), link.address(), link.gateway()))
            .inNetns(name(guest.plan.netns())));
    return guest;
  }

  private NamespaceGuest(Host host, SlotPlan plan) {
    this.host = host;
    this.plan = plan;
  }

  SlotPlan plan() {
    return plan;
  }

  CommandResult run(String... command) {
    return host.run(Command.of(command).inNetns(name(plan.netns())));
  }

  /** A program in the guest, not yet started. */
  ProcessBuilder start(String... command) {
    return new ProcessBuilder(
        Command.of(command).inNetns(name(plan.netns())).arguments().toArray(String[]::new));
  }

  /** Runs {@link GuestTraffic} to its end and gives what it printed. */
  String traffic(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                GuestTraffic.class.getName()));
    command.addAll(List.of(arguments));
    CommandResult result = run(command.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.error()).isZero();
    return result.output().strip();
  }

  @Override
  public void close() {
    host.run(Command.of("ip", "netns", "del", name(plan.netns())));
  }
}
