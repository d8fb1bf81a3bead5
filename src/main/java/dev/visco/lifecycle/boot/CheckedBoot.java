package dev.visco.lifecycle.boot;

import dev.visco.host.BackgroundTask;
import dev.visco.lifecycle.Clocks;
import dev.visco.model.MacAddress;
import dev.visco.session.GuestUnreachable;
import dev.visco.verify.ConsoleWatch;
import dev.visco.verify.DeadEnd;
import dev.visco.verify.DeadEnd.BootStand;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.SignInFacts;
import dev.visco.verify.WayOut;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that the probes of one boot have found so far. Used by one thread at a time. */
final class CheckedBoot {
  final ConsoleWatch console;

  /** When its machine was launched, in milliseconds of the steady clock. */
  final long launched;

  /** Whether it is an experiment's copy, which may reach nothing outside of the host. */
  final boolean isCutOff;

  private final SequencedMap<String, Long> marks = new LinkedHashMap<>();

  /** Whether an ARP request was sent at all. */
  boolean arpAsked;

  /** The MAC address that answered ARP; null when none did. */
  @Nullable MacAddress arp;

  /** The ARP request that is under way; null for none. */
  private @Nullable BackgroundTask<Optional<MacAddress>> asking;

  /** The guest's answers to {@link dev.visco.verify.GuestQuestions}; null when it must be asked. */
  @Nullable Map<String, String> guest;

  /** Its last answers, kept when it must be asked again; null before the first. */
  @Nullable Map<String, String> lastAnswers;

  /** How far the last session came that failed; null when it succeeded. */
  GuestUnreachable.@Nullable GuestStage stage;

  /** Why the last session failed, for people; null when it succeeded. */
  @Nullable String shell = "no connection tried yet";

  /** The running checks of its desktop; null when there are none. */
  DesktopChecks.@Nullable CheckedDesktop desktops;

  /** The result of a single check of its desktop, where no checks are running. */
  @Nullable DesktopFacts desktop;

  /** Whether the guest is asked about its VNC server too. */
  boolean asksDesktop;

  /** What its sign-in helper said last; null before it was asked. */
  @Nullable SignInFacts signIn;

  /** The result of the last try to reach the outside; null before the first. */
  @Nullable WayOut wayOut;

  /** When its console last said something new, in milliseconds of the steady clock. */
  private long progressAt;

  private long news;

  /** When its machine was last seen to compute, or its console said something new. */
  private final MachineWork work;

  /**
   * The verdicts and marks of the report that was written last, to write it only when they change.
   */
  String written = "";

  CheckedBoot(ConsoleWatch console, long launched, boolean isCutOff) {
    this.console = console;
    this.launched = launched;
    this.isCutOff = isCutOff;
    this.progressAt = launched;
    this.work = new MachineWork(launched);
  }

  /**
   * Reads what was added to the console; returns whether it says something new.
   *
   * @param cpu processor time that its machine has used; null when not known
   */
  boolean read(Clocks clocks, @Nullable Duration cpu) {
    console.read();
    work.sample(clocks.uptime(), cpu);
    boolean isNew = console.news() != news;
    if (isNew) {
      news = console.news();
      progressAt = clocks.uptime();
    }
    return isNew;
  }

  /** How far it has come, for one that no session reaches; empty for any other. */
  Optional<BootStand> stand(Clocks clocks) {
    if (shell == null || lastAnswers != null) {
      return Optional.empty();
    }
    long now = clocks.uptime();
    return Optional.of(
        new BootStand(
            console.text(),
            Duration.ofMillis(now - launched),
            Duration.ofMillis(now - progressAt),
            Duration.ofMillis(now - Math.max(progressAt, work.last())),
            reach()));
  }

  private DeadEnd.Reach reach() {
    return switch (stage) {
      case PORT_CLOSED -> DeadEnd.Reach.REFUSED;
      case NO_ANSWER, NO_ROUTE -> DeadEnd.Reach.NOTHING;
      case null, default -> DeadEnd.Reach.OTHER;
    };
  }

  /** Sends an ARP request in a thread of its own, unless it was answered or one is under way. */
  void askArp(Supplier<Optional<MacAddress>> request) {
    if (arp == null && asking == null) {
      arpAsked = true;
      asking = new BackgroundTask<>(request);
    }
  }

  /** Waits for the answer of the request that is under way. */
  void awaitArp() {
    BackgroundTask<Optional<MacAddress>> request = asking;
    if (request != null) {
      asking = null;
      arp = request.join().orElse(null);
    }
  }

  /** Records that the boot has reached this mark, unless it had before. */
  void mark(String mark, Clocks clocks) {
    marks.putIfAbsent(mark, clocks.uptime() - launched);
  }

  /**
   * Milliseconds from launch to each mark that was reached. Of a mark that both the console and the
   * network show, the earlier time counts.
   */
  SequencedMap<String, Long> timeline() {
    var all = new LinkedHashMap<>(console.marks());
    marks.forEach((mark, millis) -> all.merge(mark, millis, Math::min));
    if (desktops != null) {
      put(all, "vnc", desktops.vnc());
      put(all, "desktop", desktops.desktop());
    }
    return all;
  }

  private static void put(Map<String, Long> all, String mark, @Nullable Long millis) {
    if (millis != null) {
      all.put(mark, millis);
    }
  }

  /** The result of the last check of the desktop; null before the first. */
  @Nullable DesktopFacts desktop() {
    return desktops == null ? desktop : desktops.facts();
  }

  /** Whether the guest is to try to reach the outside: not tried yet, or to be tried again. */
  boolean asksWayOut() {
    return wayOut == null || (wayOut instanceof WayOut.Blocked blocked && !blocked.isFinal());
  }

  /**
   * Whether its sign-in helper is asked: as soon as its desktop was seen, on which tools open their
   * links, or when that did not come in time.
   *
   * @param isLate whether the boot's deadline has passed
   */
  boolean asksSignIn(boolean isLate) {
    return (signIn == null || !signIn.isHealthy()) && (desktops == null || isLate || seesDesktop());
  }

  /** How many tries to reach the outside have failed in a row. */
  int failedTries() {
    return wayOut instanceof WayOut.Blocked blocked ? blocked.tries() : 0;
  }

  boolean seesDesktop() {
    DesktopFacts found = desktop();
    return found != null && found.isSeen();
  }
}
