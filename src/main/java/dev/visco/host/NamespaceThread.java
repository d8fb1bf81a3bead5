package dev.visco.host;

import java.lang.foreign.Arena;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs work in another network namespace, by setns(2), on a thread of its own: a thread cannot
 * leave the namespace again, and so ends with the work.
 */
final class NamespaceThread {
  private static final int CLONE_NEWNET = 0x40000000;

  private NamespaceThread() {}

  /** The work; its arena is closed when it returns. */
  interface NamespaceWork<T> {
    T go(Arena arena) throws Exception;
  }

  /**
   * Runs the work and returns its result.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param words for the work in the message of a fault: "cannot {@code what} in NETNS: …"
   * @throws HostFault when there is no such namespace, or the work failed
   */
  static <T> T run(String netns, String what, NamespaceWork<T> work) {
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

  private static <T> T enter(String netns, NamespaceWork<T> work) throws Exception {
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
