package dev.visco.lifecycle.boot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.Waiting;
import dev.visco.image.Disks;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.GuestIdentity;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Digest;
import dev.visco.model.Durations;
import dev.visco.model.Ipv4;
import dev.visco.model.UserData;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.session.GuestEnvironment;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.VmKeys;
import dev.visco.session.restore.NewIdentity;
import dev.visco.session.restore.NewIdentity.Answers;
import dev.visco.session.restore.NewIdentity.Confirmed;
import dev.visco.session.restore.RestoreHelper;
import dev.visco.session.restore.RestoreHelper.Refreshed;
import dev.visco.store.SnapshotRows;
import dev.visco.verify.GuestQuestions;
import dev.visco.verify.RestoreCertificate;
import dev.visco.verify.RestoreCertificate.CertificateLine;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes clones VMs of their own, in this order: the guest is entered at the address that its
 * original had, from its slot's namespace alone; its randomness and clock come first, since keys
 * may be made from them; then its keys, names and address are replaced; then it is entered at its
 * own address with its own keys, its hooks run, and it is asked who it is. That connection is kept
 * for what comes next.
 */
public final class CloneIdentity implements GuestIdentity {
  private static final int SSH = 22;

  /** For one connection to a guest that already ran when the snapshot was taken. */
  private static final Duration REACH = Duration.ofSeconds(2);

  /** The same while it moves to its own address: what is sent before is lost. */
  private static final Duration FIRST_REACH = Duration.ofMillis(20);

  /** For signing in: an emulated guest takes seconds for it. */
  private static final Duration SIGN_IN = Duration.ofSeconds(20);

  private static final Duration COMMAND = Duration.ofSeconds(30);

  /** Until it answers at its own address. */
  private static final Duration MOVE = Duration.ofSeconds(20);

  private static final Duration PAUSE = Duration.ofMillis(5);

  /** What a clock may be wrong by. */
  private static final Duration MAX_CLOCK_ERROR = Duration.ofMillis(500);

  private final BootContext.Source contexts;
  private final Networks networks;
  private final GuestSessions sessions;
  private final GuestAccess guests;
  private final BootChecks checks;
  private final BiFunction<String, String, VmKeys> formerKeys;
  private final RestoreHelper helper;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param sessions to the guest as its original was
   * @param guests to the guest as a VM of its own
   * @param checks is told what the guest says of itself meanwhile, so that it need not be asked
   * @param formerKeys the keys by which the guest of a snapshot is entered, by its owner and name
   */
  public CloneIdentity(
      BootContext.Source contexts,
      GuestSessions sessions,
      GuestAccess guests,
      BootChecks checks,
      BiFunction<String, String, VmKeys> formerKeys,
      InstantSource clock,
      RandomGenerator random) {
    this.contexts = contexts;
    this.networks = contexts.networks();
    this.sessions = sessions;
    this.guests = guests;
    this.checks = checks;
    this.formerKeys = formerKeys;
    this.helper = new RestoreHelper(clock, random);
    this.clock = clock;
    this.random = random;
  }

  @Override
  public void makeOwn(VmWork work, Path snapshot) throws GuestUnreachable {
    BootContext context = contexts.of(work);
    Path file = context.folder().resolve(RestoreCertificate.FILE);
    if (Files.exists(file)) {
      return;
    }
    String name = Objects.requireNonNull(work.row().restoring());
    SnapshotGuest guest = SnapshotGuest.read(snapshot);
    VmKeys former = formerKeys.apply(SnapshotRows.holder(work.row().owner(), name), name);
    Refreshed refreshed = null;
    try {
      refreshed = replaced(context, guest, former);
    } catch (HostFault e) {
      // An earlier try may have come so far that it has its own address already.
      if (!isMoved(context)) {
        throw e;
      }
    }
    RestoreCertificate certificate = confirmed(context, name, guest, former, refreshed);
    List<String> missing =
        certificate.lines().stream()
            .filter(line -> !line.met())
            .map(line -> line.subject() + ": " + line.evidence())
            .toList();
    if (!missing.isEmpty()) {
      throw new HostFault("the clone is no VM of its own: " + String.join("; ", missing));
    }
    DurableFiles.write(
        file, Json.pretty(certificate).getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /** See {@link dev.visco.lifecycle.HandOver.GuestNames}. */
  public void tellName(VmWork work, UserData data) throws GuestUnreachable {
    Ipv4 address = contexts.of(work).plan().guest().address();
    String name = hostName(work);
    try (GuestSession session = guests.session(work.row(), address, SIGN_IN)) {
      NewIdentity.handOver(session, name, GuestEnvironment.seedFiles(data), COMMAND);
    } catch (IOException e) {
      throw new HostFault("the guest cannot be told its name: " + HostFault.words(e), e);
    }
  }

  private static String hostName(VmWork work) {
    return Objects.requireNonNullElse(work.row().name(), work.id().value());
  }

  private Refreshed replaced(BootContext context, SnapshotGuest guest, VmKeys former)
      throws GuestUnreachable {
    SlotPlan plan = context.plan();
    try {
      Socket open = networks.connectFormer(plan.index(), guest.link(), SSH, REACH);
      try (GuestSession session =
          sessions.over(open, guest.link().address().toString(), former, SIGN_IN)) {
        byte[] machineId = new byte[16];
        random.nextBytes(machineId);
        return new NewIdentity(plan.guest(), guest.link(), HexFormat.of().formatHex(machineId))
            .replace(
                session,
                helper,
                Disks.seedFiles(context.folder()),
                former.clientPublicLine(),
                COMMAND);
      }
    } catch (IOException e) {
      throw new HostFault("the clone cannot be made a VM of its own: " + HostFault.words(e), e);
    } finally {
      networks.dismiss(plan.index(), guest.link());
    }
  }

  private boolean isMoved(BootContext context) {
    try (GuestSession session =
        guests.overNetwork(
            context.work().row(), context.plan().guest().address(), REACH, SIGN_IN)) {
      return session.isOpen();
    } catch (GuestUnreachable e) {
      return false;
    }
  }

  private GuestSession own(BootContext context) throws GuestUnreachable {
    long end = System.nanoTime() + MOVE.toNanos();
    Duration reach = FIRST_REACH;
    while (true) {
      try {
        return guests.overNetwork(
            context.work().row(), context.plan().guest().address(), reach, SIGN_IN);
      } catch (GuestUnreachable e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        if (e.stage() == GuestUnreachable.GuestStage.NO_ANSWER && reach.compareTo(REACH) < 0) {
          reach = reach.multipliedBy(5).dividedBy(4); // A guest on a busy host takes its time.
        }
        Waiting.pause(PAUSE); // Its sshd may refuse at once.
      }
    }
  }

  private RestoreCertificate confirmed(
      BootContext context,
      String snapshot,
      SnapshotGuest guest,
      VmKeys former,
      @Nullable Refreshed earlier)
      throws GuestUnreachable {
    try (GuestSession session = own(context)) {
      checks.reached(context);
      Refreshed refreshed = earlier != null ? earlier : helper.refresh(session, COMMAND);
      Confirmed confirmed =
          NewIdentity.confirm(
              session,
              GuestQuestions.script(false),
              context.plan().guest().device(),
              GuestQuestions.MAX_BYTES,
              COMMAND);
      checks.answered(context, GuestQuestions.answers(confirmed.said()));
      Answers answers = confirmed.answers();
      long generation = number(answers.values().getOrDefault("generation", ""));
      return new RestoreCertificate(
          snapshot,
          guest.vm().value(),
          generation,
          lines(context, guest, former, session, refreshed, answers, generation),
          clock.instant());
    } catch (IOException e) {
      throw new HostFault("the clone cannot be made a VM of its own: " + HostFault.words(e), e);
    }
  }

  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
  }

  private static List<CertificateLine> lines(
      BootContext context,
      SnapshotGuest guest,
      VmKeys former,
      GuestSession session,
      Refreshed refreshed,
      Answers answers,
      long generation) {
    var lines = new ArrayList<CertificateLine>();
    lines.add(
        new CertificateLine(
            "address",
            true,
            "its sshd answers at "
                + context.plan().guest().address()
                + ", and no longer at "
                + guest.link().address()));
    boolean hasOwn = !session.hostKey().equals(key(former.hostPublicLine()));
    lines.add(
        new CertificateLine(
            "host-key",
            hasOwn,
            hasOwn
                ? "it showed the key that was made for it alone"
                : "it showed that of " + guest.vm()));
    List<String> others =
        answers.hostKeys().stream().filter(one -> !one.equals(session.hostKey())).toList();
    if (!others.isEmpty()) {
      lines.add(
          new CertificateLine(
              "other-host-keys",
              false,
              "it still has keys that others may have: "
                  + others.stream()
                      .map(one -> one.split(" ", 2)[0])
                      .collect(Collectors.joining(", "))));
    }
    boolean isNew = !Arrays.equals(refreshed.before(), refreshed.after());
    lines.add(
        new CertificateLine(
            "random",
            isNew && refreshed.after().length > 0,
            "reseeded with 256 bits of the host's; it drew "
                + sample(refreshed.after())
                + " then, and "
                + sample(refreshed.before())
                + " before"));
    lines.add(
        new CertificateLine(
            "clock",
            refreshed.clockError().compareTo(MAX_CLOCK_ERROR) <= 0,
            "set to the host's, to " + Durations.text(rounded(refreshed.clockError()))));
    lines.add(new CertificateLine("generation", generation > 0, Long.toString(generation)));
    String machine = answers.values().get("machine-id");
    if (machine != null) {
      lines.add(new CertificateLine("machine-id", machine.matches("[0-9a-f]{32}"), machine));
    }
    String expected = hostName(context.work());
    String called = answers.values().getOrDefault("hostname", "nothing");
    lines.add(new CertificateLine("hostname", called.equals(expected), called));
    if (answers.hooks() > 0) {
      lines.add(
          new CertificateLine(
              "hooks",
              answers.failedHooks().isEmpty(),
              answers.failedHooks().isEmpty()
                  ? answers.hooks() + " of /etc/visco/restore.d succeeded"
                  : String.join("; ", answers.failedHooks())));
    }
    return lines;
  }

  private static Duration rounded(Duration error) {
    return Duration.ofMillis(Math.max(1, error.toMillis()));
  }

  /** The beginning of a digest, so that what was drawn stays the guest's secret. */
  private static String sample(byte[] drawn) {
    return drawn.length == 0 ? "nothing" : Digest.of(drawn).hex().substring(0, 16);
  }

  private static String key(String line) {
    String[] words = line.strip().split(" ", 3);
    return words[0] + " " + words[1];
  }
}
