package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DISK_REGISTERED;
import static dev.visco.diagnose.ConsoleMessage.EXT4_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_ROOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_ROOT_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_SPEAKS;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_STARTED;
import static dev.visco.diagnose.ConsoleMessage.KERNEL_STARTED;
import static dev.visco.diagnose.ConsoleMessage.MOUNT_NO_DEVICE;
import static dev.visco.diagnose.ConsoleMessage.PANIC;
import static dev.visco.diagnose.ConsoleMessage.PARTITION_LISTED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_DEVICE_ABSENT;
import static dev.visco.diagnose.ConsoleMessage.ROOT_DEVICE_WAITED_FOR;
import static dev.visco.diagnose.ConsoleMessage.ROOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_NOT_OPENED;

import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.TrafficFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Queries of evidence for rules: each answer is a list of lines that prove it, empty for no. */
record EvidenceView(BootEvidence facts, ConsoleFindings console) {
  static final List<String> NO = List.of();

  static EvidenceView of(BootEvidence facts) {
    return new EvidenceView(facts, new ConsoleFindings(facts.console()));
  }

  /** The first console line with one of these messages; of several, the first message counts. */
  List<String> line(ConsoleMessage... messages) {
    for (ConsoleMessage message : messages) {
      Optional<String> line = console.with(message);
      if (line.isPresent()) {
        return List.of(line.get());
      }
    }
    return NO;
  }

  /** The first console line with each of these messages. */
  List<String> lines(ConsoleMessage... messages) {
    var found = new ArrayList<String>();
    for (ConsoleMessage message : messages) {
      console.with(message).ifPresent(found::add);
    }
    return found;
  }

  /** The first line of the VMM's log with any of these texts. */
  List<String> vmmSaid(String... texts) {
    for (String text : texts) {
      for (String line : facts.machine().log().split("\n", -1)) {
        if (line.contains(text)) {
          return List.of("the VMM: " + line.strip());
        }
      }
    }
    return NO;
  }

  /** A fact that is not a console line. */
  static List<String> fact(boolean isSo, String text) {
    return isSo ? List.of(text) : NO;
  }

  /** All answers together; no if any of them is no. */
  @SafeVarargs
  static List<String> all(List<String>... answers) {
    var together = new ArrayList<String>();
    for (List<String> answer : answers) {
      if (answer.isEmpty()) {
        return NO;
      }
      together.addAll(answer);
    }
    return together.stream().distinct().toList();
  }

  /** The answer with further lines that help people; no if the answer is no. */
  static List<String> with(List<String> answer, List<String> more) {
    if (answer.isEmpty()) {
      return NO;
    }
    var together = new ArrayList<>(answer);
    together.addAll(more);
    return together.stream().distinct().toList();
  }

  /** The answer; no if {@code isSo}. */
  static List<String> unless(List<String> answer, boolean isSo) {
    return isSo ? NO : answer;
  }

  boolean kernelRan() {
    return console.has(KERNEL_STARTED);
  }

  boolean initramfsRan() {
    return console.has(INITRAMFS_STARTED) || console.has(INITRAMFS_SPEAKS);
  }

  /** Whether the boot's deadline has passed. */
  boolean isOverdue() {
    return facts.ageSeconds() >= facts.deadlineSeconds();
  }

  /** Whether its console still said something new when the boot's deadline passed. */
  boolean isBusy() {
    return isOverdue() && facts.consoleAgeSeconds() < 5;
  }

  /** What the slot has seen of the guest's packets; empty when that is not known. */
  Optional<TrafficFacts> traffic() {
    return Optional.ofNullable(facts.network()).map(NetworkFacts::traffic);
  }

  boolean rootMounted() {
    return console.has(EXT4_MOUNTED)
        || console.has(ROOT_MOUNTED)
        || console.has(INITRAMFS_ROOT_MOUNTED)
        || (facts.guest() != null && !facts.guest().getOrDefault("root", "").isEmpty());
  }

  /** Whether the guest's kernel knew a disk: it said so, or listed one when it found no root. */
  boolean foundDisk() {
    return console.has(DISK_REGISTERED)
        || console.has(PARTITION_LISTED)
        || rootMounted()
        || console.with(INITRAMFS_ROOT_NOT_FOUND).filter(line -> line.contains(" vd")).isPresent();
  }

  /** How the kernel or whichever initramfs says that there is no such root device. */
  List<String> rootNotFound() {
    return unless(
        line(
            ROOT_NOT_OPENED,
            INITRAMFS_ROOT_NOT_FOUND,
            ROOT_DEVICE_ABSENT,
            MOUNT_NO_DEVICE,
            ROOT_DEVICE_WAITED_FOR),
        rootMounted());
  }

  /** Whether the kernel was told to keep its ordinary messages to itself. */
  boolean isQuiet() {
    return facts.commandLine().contains("quiet") || facts.argument("loglevel").matches("[0-6]");
  }

  /** What was said last before the panic, for people. */
  List<String> beforePanic() {
    return console.beforePanic();
  }

  boolean panicked() {
    return console.has(PANIC);
  }

  /** How often the host's kernel killed the VMM for want of memory, as far as that is known. */
  long oomKills() {
    Long kills = facts.machine().oomKills();
    return kills == null ? 0 : kills;
  }

  boolean ended() {
    return !facts.machine().isAlive();
  }

  boolean isStage(String... stages) {
    return facts.session() != null && List.of(stages).contains(facts.session().stage());
  }

  /**
   * Whether the last probe of the desktop ended at one of these stages; false without a desktop.
   */
  boolean isDesktop(String... stages) {
    return facts.desktop() != null && List.of(stages).contains(facts.desktop().stage());
  }

  /** How far the last probe of the desktop came, for people; empty without a desktop. */
  String desktopText() {
    return facts.desktop() == null ? "" : facts.desktop().text();
  }

  /** A fact about the slot; no if the slot was not examined. */
  List<String> network(Predicate<NetworkFacts> isSo, Function<NetworkFacts, String> text) {
    NetworkFacts network = facts.network();
    return network != null && isSo.test(network) ? List.of(text.apply(network)) : NO;
  }

  /** The guest's answer to a question; empty when there is none. */
  String guest(String question) {
    return facts.guest() == null ? "" : facts.guest().getOrDefault(question, "");
  }

  /** Whether the guest has answered a question, even with an empty answer. */
  boolean isAsked(String question) {
    return facts.guest() != null && facts.guest().containsKey(question);
  }

  /** How far the last session came, for people; empty when one succeeds. */
  String sessionText() {
    return facts.session() == null ? "" : facts.session().text();
  }
}
