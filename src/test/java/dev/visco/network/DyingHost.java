package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.WrappedHost;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A real host whose daemon dies after so many commands. Each line of an {@code ip -batch} counts as
 * one, since the kernel takes them one by one.
 */
final class DyingHost extends WrappedHost {
  private int left;

  DyingHost(Host host, int commands) {
    super(host);
    this.left = commands;
  }

  /** How many commands it could still have run. */
  int left() {
    return left;
  }

  @Override
  public CommandResult run(Command command) {
    if (!command.arguments().contains("-batch")) {
      spend(1);
      return host().run(command);
    }
    List<String> lines = new String(command.input(), StandardCharsets.UTF_8).lines().toList();
    int reached = Math.min(left, lines.size());
    CommandResult result =
        host().run(command.withInput(String.join("\n", lines.subList(0, reached)) + "\n"));
    spend(lines.size());
    return result;
  }

  @Override
  public void setParameters(String netns, Map<String, String> values) {
    spend(1);
    host().setParameters(netns, values);
  }

  private void spend(int commands) {
    if (left < commands) {
      left = 0;
      throw new HostFault("the daemon died here");
    }
    left -= commands;
  }
}
