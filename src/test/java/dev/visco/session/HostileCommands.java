package dev.visco.session;

import dev.visco.host.Busy;
import dev.visco.verify.GuestQuestions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** Commands in guests, by a real sshd, that say far more than anybody asked for, many at once. */
public final class HostileCommands {
  private static final Duration LONG = Duration.ofSeconds(60);

  private HostileCommands() {}

  /**
   * @throws AssertionError when one of them is taken at more than its bound
   */
  public static void run(Path folder) throws Exception {
    var keys = new VmKeys(Files.createDirectories(folder));
    keys.create();
    var work = new ArrayList<Callable<Boolean>>();
    try (var sshd = new LoopbackSshd(folder, keys);
        var threads = Executors.newFixedThreadPool(8)) {
      for (int one = 0; one < 8; one++) {
        work.add(() -> isBounded(sshd.port(), keys, 32 << 20, GuestSession.MAX_OUTPUT));
        work.add(() -> isBounded(sshd.port(), keys, 31 << 20, GuestQuestions.MAX_BYTES));
      }
      for (var done : threads.invokeAll(work)) {
        if (!done.get()) {
          throw new AssertionError("more was taken than was asked for");
        }
      }
    }
  }

  private static boolean isBounded(int port, VmKeys keys, int says, int max) throws Exception {
    try (GuestSession session = new GuestSessions().connect("127.0.0.1", port, keys, LONG, LONG)) {
      session.exec(
          List.of("head", "-c", Integer.toString(says), "/dev/zero"), new byte[0], LONG, max);
      return false;
    } catch (IOException | Busy e) {
      return true;
    }
  }
}
