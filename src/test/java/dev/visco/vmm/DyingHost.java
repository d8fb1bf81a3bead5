package dev.visco.vmm;

import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.host.WrappedHost;

/**
 * A host whose daemon dies right after it has started so many lasting processes: from then on
 * nothing can be done any more, not even cleaning up.
 */
public final class DyingHost extends WrappedHost {
  private int left;
  private volatile boolean dead;

  public DyingHost(Host host, int processes) {
    super(host);
    this.left = processes;
  }

  /** No exception of the program's own: nobody handles it. */
  public static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Override
  protected Host host() {
    if (dead) {
      throw new Death();
    }
    return super.host();
  }

  /** One after another, whatever thread starts it: none begins once the daemon is dead. */
  @Override
  public synchronized ProcessRef start(Detached process) {
    if (left == 0) {
      dead = true;
    }
    ProcessRef started = host().start(process);
    left--;
    if (left == 0) {
      dead = true;
      throw new Death();
    }
    return started;
  }
}
