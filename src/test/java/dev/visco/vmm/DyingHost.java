package dev.visco.vmm;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import java.util.List;
import java.util.OptionalInt;

/**
 * A host whose daemon dies right after it has started so many lasting processes: from then on
 * nothing can be done any more, not even cleaning up.
 */
public final class DyingHost implements Host {
  private final Host host;
  private int left;
  private boolean dead;

  public DyingHost(Host host, int processes) {
    this.host = host;
    this.left = processes;
  }

  /** No exception of the program's own: nobody handles it. */
  public static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  private Host living() {
    if (dead) {
      throw new Death();
    }
    return host;
  }

  @Override
  public ProcessRef start(Detached process) {
    if (left == 0) {
      dead = true;
    }
    ProcessRef started = living().start(process);
    left--;
    if (left == 0) {
      dead = true;
      throw new Death();
    }
    return started;
  }

  @Override
  public CommandResult run(Command command) {
    return living().run(command);
  }

  @Override
  public boolean isAlive(ProcessRef process) {
    return living().isAlive(process);
  }

  @Override
  public OptionalInt tapOwner(String netns, String tap) {
    return living().tapOwner(netns, tap);
  }

  @Override
  public void terminate(ProcessRef process, boolean kill) {
    living().terminate(process, kill);
  }

  @Override
  public List<RunningProcess> processes() {
    return living().processes();
  }

  @Override
  public String bootId() {
    return host.bootId();
  }

  @Override
  public String kernelRelease() {
    return host.kernelRelease();
  }

  @Override
  public long memoryMib() {
    return host.memoryMib();
  }

  @Override
  public int processors() {
    return host.processors();
  }
}
