package dev.visco.delivery;

import dev.visco.host.MemoryBudget;
import dev.visco.lifecycle.UsualProgram;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.VmId;
import dev.visco.provider.GuestPlaceholder.GuestTrust;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestLines;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.GuestUnreachable.GuestStage;
import dev.visco.session.UnsupportedSession;
import dev.visco.store.VmRow;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Guests that are folders of this host, each the home of whom its tools run as; commands run in
 * them as they would in a guest.
 */
final class HomeGuests implements DeliveryGuests {
  private static final Set<List<String>> TRUSTS =
      Set.of(new GuestTrust("codex", "certificate").installation(), GuestTrust.removal("codex"));

  private final Path folder;
  private final Set<VmId> unreachable = new HashSet<>();
  private final Set<VmId> desktops = new HashSet<>();
  private final Map<VmId, Integer> opened = new HashMap<>();

  /** The arguments of all commands, of all guests. */
  final List<String> arguments = Collections.synchronizedList(new ArrayList<>());

  /**
   * Commands that change which certificates a guest trusts. They run nowhere: this host is none.
   */
  final List<List<String>> rootCommands = Collections.synchronizedList(new ArrayList<>());

  /** Called before and after each command, as {@code before} and {@code after}. */
  volatile Interruption interruption = (when, command) -> {};

  /** Kills a daemon, or does nothing. */
  interface Interruption {
    void at(String when, List<String> command) throws IOException;
  }

  HomeGuests(Path folder) {
    this.folder = folder;
  }

  Path home(VmId vm) {
    return folder.resolve(vm.value());
  }

  void reachable(VmId vm, boolean isReachable) {
    if (isReachable) {
      unreachable.remove(vm);
    } else {
      unreachable.add(vm);
    }
  }

  void hasDesktop(VmId vm) {
    desktops.add(vm);
  }

  /** How often a session into a VM was opened. */
  int opened(VmId vm) {
    return opened.getOrDefault(vm, 0);
  }

  @Override
  public synchronized GuestSession open(VmWork work, Duration deadline) throws GuestUnreachable {
    opened.merge(work.id(), 1, Integer::sum);
    if (unreachable.contains(work.id())) {
      throw new GuestUnreachable(GuestStage.NO_ANSWER, "no answer in time", null);
    }
    return new HomeSession(home(work.id()));
  }

  @Override
  public UsualProgram usual(VmRow row) {
    return UsualProgram.ROOT;
  }

  @Override
  public boolean hasDesktop(VmRow row) {
    return desktops.contains(row.id());
  }

  private static boolean isForRoot(List<String> command) {
    return TRUSTS.contains(command);
  }

  private final class HomeSession extends UnsupportedSession {
    private final Path home;

    HomeSession(Path home) {
      this.home = home;
    }

    @Override
    public GuestOutput execLimited(
        GuestCommand command, byte[] input, Duration timeout, int maxOutput) throws IOException {
      return run(command, input, timeout);
    }

    @Override
    public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int max) {
      try {
        return run(command, input, deadline);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    private GuestOutput run(GuestCommand command, byte[] input, Duration deadline)
        throws IOException {
      arguments.addAll(command.arguments());
      if (isForRoot(command.arguments())) {
        rootCommands.add(command.arguments());
        return new GuestOutput(
            new GuestOutput.Ending(0, false),
            new byte[0],
            new byte[0],
            MemoryBudget.shared().nothing());
      }
      interruption.at("before", command.arguments());
      Files.createDirectories(home);
      var words = new ArrayList<>(List.of("/usr/bin/env"));
      words.addAll(GuestLines.of(command));
      var builder = new ProcessBuilder(words).directory(home.toFile());
      builder.environment().clear();
      builder.environment().put("HOME", home.toString());
      builder.environment().put("PATH", home.resolve("bin") + ":/usr/bin:/bin");
      builder.environment().putAll(command.environment());
      Path out = Files.createTempFile(folder, "out", "");
      Path err = Files.createTempFile(folder, "err", "");
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try {
        try (OutputStream in = process.getOutputStream()) {
          in.write(input);
        } catch (IOException e) {
          // It has ended without reading all of it.
        }
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException("the command did not end in time");
        }
        interruption.at("after", command.arguments());
        return new GuestOutput(
            new GuestOutput.Ending(process.exitValue(), false),
            Files.readAllBytes(out),
            Files.readAllBytes(err),
            MemoryBudget.shared().nothing());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } finally {
        process.destroyForcibly();
        Files.delete(out);
        Files.delete(err);
      }
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
