package dev.visco.lifecycle.boot;

import dev.visco.host.HostFault;
import dev.visco.image.Manifest.SignInHelper;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.model.GuestText;
import dev.visco.model.Refused;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestShell;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.restore.NewIdentity;
import dev.visco.session.restore.RestoreHelper;
import dev.visco.verify.GuestQuestions;
import dev.visco.verify.SignInFacts;
import dev.visco.verify.WayOut;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes a guest from outside: by ARP, by commands over SSH, and by having it reach the outside.
 * Whatever a guest does or fails to do is a finding, never an exception.
 */
public final class GuestProbe {
  private static final Logger LOG = LoggerFactory.getLogger(GuestProbe.class);

  /** TCP connect timeout: a guest that is up answers within it. */
  private static final Duration REACH = Duration.ofMillis(100);

  /** For connecting and signing in. */
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** For one command in the guest. */
  private static final Duration COMMAND = Duration.ofSeconds(15);

  /** For a guest with much to write and a slow disk. */
  private static final Duration SYNC = Duration.ofSeconds(60);

  private static final Duration ARP = Duration.ofSeconds(1);

  /** Bytes that a sign-in helper may say. */
  private static final int MAX_SAID = 16 << 10;

  /** The file of a guest that wants to be awake. */
  private static final String KEEP_AWAKE = "/run/visco/keepawake";

  private static final Pattern EPOCH_SECONDS = Pattern.compile("\\d{1,12}");

  /** The least time for any probe, however little of the boot's deadline is left. */
  static final Duration MIN = Duration.ofSeconds(1);

  private final Networks networks;
  private final GuestAccess guests;
  private final WayOutProbe wayOut;
  private final RestoreHelper restore;
  private final Clocks clocks;

  public GuestProbe(
      Networks networks,
      GuestAccess guests,
      WayOutProbe wayOut,
      RestoreHelper restore,
      Clocks clocks) {
    this.networks = networks;
    this.guests = guests;
    this.wayOut = wayOut;
    this.restore = restore;
    this.clocks = clocks;
  }

  /**
   * Probes what is not known yet, and adds the findings to {@code boot}.
   *
   * @param left time until the boot's deadline, which bounds each probe; negative when it has
   *     passed
   */
  void probe(BootContext context, CheckedBoot boot, Duration left) {
    askArp(context, boot, left);
    if (asksQuestions(boot) || asksSignIn(context, boot, left)) {
      probeShell(context, boot, left);
      askArp(context, boot, left);
    }
    boot.awaitArp();
    if (boot.desktops != null && boot.guest != null && boot.arp != null && !left.isNegative()) {
      boot.desktops.await(shorter(MIN, left)); // Only the desktop is missing now.
      if (asksSignIn(context, boot, left)) {
        probeShell(context, boot, left);
      }
    }
  }

  /**
   * Sends an ARP request, whose answer is waited for after whatever else is asked. One that nobody
   * answers takes a whole second, so none is sent before the guest has a network.
   */
  private void askArp(BootContext context, CheckedBoot boot, Duration left) {
    if (boot.timeline().containsKey("network") || left.isNegative()) {
      askArp(context, boot);
    }
  }

  /** The same for a guest whose network is known to be there. */
  void askArp(BootContext context, CheckedBoot boot) {
    boot.askArp(() -> networks.arp(context.plan().index(), ARP));
  }

  private static boolean asksQuestions(CheckedBoot boot) {
    return boot.guest == null || boot.asksDesktop || boot.asksWayOut();
  }

  private static boolean asksSignIn(BootContext context, CheckedBoot boot, Duration left) {
    return context.image().manifest().signIn() != null && boot.asksSignIn(left.isNegative());
  }

  private void probeShell(BootContext context, CheckedBoot boot, Duration left) {
    SlotPlan plan = context.plan();
    Duration connect = shorter(CONNECT, left);
    try (GuestSession session =
        guests.overNetwork(context.work().row(), plan.guest().address(), REACH, connect)) {
      boot.mark("network", clocks);
      boot.mark("ssh", clocks);
      // What it has answered well it is not asked again with a further try to reach the outside.
      if (boot.guest == null || boot.asksDesktop || boot.shell != null) {
        boot.shell = ask(session, plan, boot, shorter(COMMAND, left));
      }
      if (boot.shell == null) {
        boot.stage = null;
        if (boot.asksWayOut()) {
          boot.wayOut =
              boot.isCutOff
                  ? new WayOut.Untried("this copy of a VM is cut off from the outside on purpose")
                  : wayOut.probe(session, plan, boot.failedTries());
        }
        SignInHelper helper = context.image().manifest().signIn();
        if (helper != null && boot.asksSignIn(left.isNegative())) {
          boot.signIn = check(session, helper, shorter(COMMAND, left));
        }
      }
    } catch (GuestUnreachable e) {
      boot.shell = e.getMessage() + "";
      boot.stage = e.stage();
      if (e.stage() == GuestUnreachable.GuestStage.PORT_CLOSED) {
        // The guest's kernel refused the connection: its network is up, its sshd is not.
        boot.mark("network", clocks);
      }
    } catch (IOException e) {
      boot.shell = "the guest's shell: " + GuestText.line(e.getMessage() + "");
    }
  }

  /** Runs {@link GuestQuestions} in the guest; returns why that failed, null when it succeeded. */
  private static @Nullable String ask(
      GuestSession session, SlotPlan plan, CheckedBoot boot, Duration max) throws IOException {
    List<String> command =
        GuestShell.runningInRootsShell(
            GuestQuestions.script(boot.asksDesktop), List.of(plan.guest().device()));
    try (var output = session.exec(command, new byte[0], max, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        return "the guest's shell ended with %d: %s"
            .formatted(output.exitCode(), GuestText.line(output.error()).value());
      }
      boot.guest = GuestQuestions.answers(new String(output.output(), StandardCharsets.UTF_8));
      boot.lastAnswers = boot.guest;
      return null;
    }
  }

  /** Asks the sign-in helper whether it can start a tool; a helper that fails is a finding. */
  private static SignInFacts check(GuestSession session, SignInHelper helper, Duration max) {
    List<String> command = List.of(helper.program(), "check", helper.user());
    try (var output = session.exec(command, new byte[0], max, MAX_SAID)) {
      byte[] said = output.output().length == 0 ? output.error() : output.output();
      return new SignInFacts(
          output.exitCode() == 0,
          said.length == 0
              ? helper.program() + " ended with " + output.exitCode()
              : new String(said, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new SignInFacts(false, helper.program() + ": " + e.getMessage());
    }
  }

  /**
   * Asks a guest to shut down. The shutdown may cut the connection before the command is answered.
   *
   * @throws HostFault when the guest cannot be asked
   */
  public void powerOff(BootContext context) {
    try (GuestSession session = session(context);
        var output =
            session.exec(List.of("poweroff"), new byte[0], COMMAND, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        throw new HostFault("poweroff said: " + GuestText.line(output.error()));
      }
    } catch (GuestUnreachable | IOException | Refused e) {
      throw new HostFault(HostFault.words(e), e);
    }
  }

  /**
   * Sets a guest's clock to the host's, and reseeds its randomness. After a pause or a restore the
   * clock is behind by the time that the guest did not run. In a guest that runs no program of ours
   * the clock is set by {@code date}, to the second.
   *
   * @throws HostFault when it cannot be set
   */
  public void setClock(BootContext context) {
    inGuest(
        context,
        "the clock of " + context.id() + " cannot be set",
        session -> refresh(context, session));
  }

  /** The same after a restore: the guest counts it, and runs its hooks. */
  public void restored(BootContext context) {
    inGuest(
        context,
        context.id() + " cannot be told that it was restored",
        session -> {
          refresh(context, session);
          List<String> failed = NewIdentity.confirm(session, COMMAND).failedHooks();
          if (!failed.isEmpty()) {
            LOG.warn("{}: hooks of its guest failed: {}", context.id(), String.join("; ", failed));
          }
        });
  }

  private void refresh(BootContext context, GuestSession session) throws IOException {
    try {
      restore.refresh(session, COMMAND);
      return;
    } catch (IOException e) {
      LOG.info("{}: its clock is set by date: {}", context.id(), e.getMessage());
    }
    var command = List.of("date", "-u", "-s", "@" + clocks.wall().instant().getEpochSecond());
    try (var output = session.exec(command, new byte[0], COMMAND, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        throw new IOException(GuestText.line(output.error()).value());
      }
    }
  }

  private GuestSession session(BootContext context) throws GuestUnreachable {
    return guests.session(context.work().row(), context.plan().guest().address(), CONNECT);
  }

  private interface GuestWork {
    void in(GuestSession session) throws IOException;
  }

  private void inGuest(BootContext context, String otherwise, GuestWork work) {
    try (GuestSession session = session(context)) {
      work.in(session);
    } catch (GuestUnreachable | IOException | Refused e) {
      throw new HostFault(otherwise + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Has a guest write to its disks what it holds back.
   *
   * @throws HostFault when it does not
   */
  public void sync(BootContext context) {
    try (GuestSession session = session(context);
        var output = session.exec(List.of("sync"), new byte[0], SYNC, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        throw new HostFault("sync said: " + GuestText.line(output.error()));
      }
    } catch (GuestUnreachable | IOException | Refused e) {
      throw new HostFault(HostFault.words(e), e);
    }
  }

  /**
   * Until when a guest wants to be awake: the number of seconds since the epoch in the first line
   * of its file {@code /run/visco/keepawake}. Empty when there is none, or something else in it.
   *
   * @throws HostFault when the guest cannot be asked
   */
  public Optional<Instant> keptAwake(BootContext context) {
    var command = List.of("sh", "-c", "! [ -e " + KEEP_AWAKE + " ] || head -c 64 " + KEEP_AWAKE);
    try (GuestSession session = session(context);
        var output = session.exec(command, new byte[0], COMMAND, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        throw new HostFault(
            context.id()
                + " does not tell whether it wants to be awake: "
                + GuestText.line(output.error()));
      }
      String line =
          new String(output.output(), StandardCharsets.US_ASCII)
              .lines()
              .findFirst()
              .orElse("")
              .strip();
      return EPOCH_SECONDS.matcher(line).matches()
          ? Optional.of(Instant.ofEpochSecond(Long.parseLong(line)))
          : Optional.empty();
    } catch (GuestUnreachable | IOException | Refused e) {
      throw new HostFault(
          context.id() + " cannot be asked whether it wants to be awake: " + e.getMessage(), e);
    }
  }

  /** The timeout of a probe: {@code usual} or what is left, but at least {@link #MIN}. */
  private static Duration shorter(Duration usual, Duration left) {
    Duration bounded = left.compareTo(MIN) < 0 ? MIN : left;
    return bounded.compareTo(usual) < 0 ? bounded : usual;
  }
}
