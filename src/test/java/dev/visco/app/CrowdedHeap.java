package dev.visco.app;

import dev.visco.api.HostileAnswers;
import dev.visco.image.probe.HostileKernels;
import dev.visco.lifecycle.HostileVms;
import dev.visco.session.HostileCommands;
import dev.visco.session.rfb.HostileScreens;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A program that does to the daemon's classes at once what guests and files can make them do, on
 * the heap that the daemon has, and then creates a VM. {@link CrowdedHeapTest} runs it.
 */
final class CrowdedHeap {
  private CrowdedHeap() {}

  /**
   * @param arguments a bzImage and a folder
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    List<Callable<Void>> parts =
        List.of(
            part(() -> HostileAnswers.run(folder.resolve("answers"))),
            part(() -> HostileCommands.run(folder.resolve("commands"))),
            part(() -> HostileScreens.run(3)),
            part(() -> HostileKernels.run(Path.of(arguments[0]), folder.resolve("kernels"))),
            part(() -> HostileVms.look(folder.resolve("looks"))));
    try (var threads = Executors.newFixedThreadPool(parts.size())) {
      for (Future<Void> part : threads.invokeAll(parts)) {
        part.get();
      }
    }
    HostileVms.list(folder.resolve("store"));
    System.out.println("all of it, and a VM afterwards");
    System.exit(0);
  }

  private interface Part {
    void run() throws Exception;
  }

  private static Callable<Void> part(Part part) {
    return () -> {
      part.run();
      return null;
    };
  }
}
