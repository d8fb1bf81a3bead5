package dev.visco.host;

import java.lang.foreign.Arena;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work in another network namespace, by setns(2). The thread that enters it stays in it, and so
 * ends with the work.
 */
final class NamespaceThread {
  private static final int CLONE_NEWNET = 0x40000000;

  private NamespaceThread() {}

  /** What is done there; the arena is closed with it. */
  interface Work<T> {
    T go(Arena arena) throws Exception;
  }

  /**
   * Does it and gives its result.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param what it is, for a fault: "cannot {@code what} in NETNS: …"
   * @throws HostFault when there is no such namespace, or the work failed
   */
  static <T> T run(String netns, String what, Work<T> work) {
    var task = new FutureTask<>(() -> enter(netns, work));
    Thread.ofPlatform().name("in " + netns).start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HostFault fault) {
        throw fault;
      }
      String why = e.getCause() == null ? "" : String.valueOf(e.getCause().getMessage());
      throw new HostFault("cannot " + what + " in " + netns + ": " + why, e);
    }
  }

  private static <T> T enter(String netns, Work<T> work) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      int namespace = CLibrary.open(arena, "/run/netns/" + netns, CLibrary.O_CLOEXEC);
      try {
        CLibrary.enterNamespace(arena, namespace, CLONE_NEWNET);
      } finally {
        CLibrary.close(namespace);
      }
      return work.go(arena);
    }
  }
}
