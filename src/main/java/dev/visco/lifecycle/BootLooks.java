package dev.visco.lifecycle;

import dev.visco.host.DurableFiles;
import dev.visco.image.Image;
import dev.visco.lifecycle.Machinery.Look;
import dev.visco.model.MacAddress;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.VmKeys;
import dev.visco.verify.BootFacts;
import dev.visco.verify.BootReport;
import dev.visco.verify.BootVerification;
import dev.visco.verify.ConsoleWatch;
import dev.visco.verify.Criterion;
import dev.visco.verify.GuestQuestions;
import dev.visco.verify.Verdict;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Vmm;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Gathers the facts of a boot, look by look, has them judged, and writes the report. */
final class BootLooks {
  private static final Duration REACH = Duration.ofMillis(100);
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ASK = Duration.ofSeconds(15);
  private static final Duration ARP = Duration.ofSeconds(1);

  private final Networks networks;
  private final GuestSessions sessions;
  private final Vmm vmm;
  private final InstantSource clock;
  private final Map<VmId, Boot> boots = new ConcurrentHashMap<>();

  BootLooks(Networks networks, GuestSessions sessions, Vmm vmm, InstantSource clock) {
    this.networks = networks;
    this.sessions = sessions;
    this.vmm = vmm;
    this.clock = clock;
  }

  /** What earlier looks found. */
  private static final class Boot {
    private final ConsoleWatch console;
    private final SequencedMap<String, Long> marks = new LinkedHashMap<>();
    private @Nullable MacAddress arp;
    private @Nullable Map<String, String> guest;
    private @Nullable String shell = "no connection tried yet";
    private String written = "";

    Boot(ConsoleWatch console) {
      this.console = console;
    }
  }

  void forget(VmId id) {
    boots.remove(id);
  }

  Look look(VmWork work, Image image, SlotPlan plan, Path folder) {
    long launched = Objects.requireNonNullElse(work.row().launched(), clock.millis());
    Boot boot =
        boots.computeIfAbsent(
            work.id(),
            id -> new Boot(new ConsoleWatch(folder.resolve("console.log"), launched, clock)));
    boolean alive = work.machine().flatMap(vmm::recover).isPresent();
    boot.console.read();
    if (alive && boot.guest == null) {
      ask(boot, plan, folder, launched);
    }
    if (alive && boot.guest != null && boot.arp == null) {
      boot.arp = networks.arp(plan.index(), ARP).orElse(null);
    }
    boot.console.read();
    BootFacts facts =
        new BootFacts(
            work.spec().transport(),
            image.manifest().root(),
            plan.guest(),
            boot.console.text(),
            alive,
            boot.arp,
            boot.guest,
            boot.shell);
    return judge(work, image, folder, boot, facts);
  }

  private void ask(Boot boot, SlotPlan plan, Path folder, long launched) {
    try (GuestSession session =
        sessions.connect(plan.guest().address(), new VmKeys(folder), REACH, CONNECT)) {
      boot.marks.putIfAbsent("ssh", clock.millis() - launched);
      var output = session.exec(GuestQuestions.command(plan.guest().device()), new byte[0], ASK);
      boot.guest = GuestQuestions.answers(new String(output.output(), StandardCharsets.UTF_8));
      boot.shell = null;
    } catch (GuestUnreachable e) {
      boot.shell = e.getMessage() + "";
      if (e.stage() == GuestUnreachable.Stage.PORT_CLOSED) {
        // The guest's own kernel refused: its network is up before its sshd is.
        boot.marks.putIfAbsent("network", clock.millis() - launched);
      }
    } catch (IOException e) {
      boot.shell = "the guest's shell: " + e.getMessage();
    }
  }

  private Look judge(VmWork work, Image image, Path folder, Boot boot, BootFacts facts) {
    SequencedMap<Criterion, Verdict> verdicts = BootVerification.verdicts(facts);
    boolean isMet = BootVerification.isMet(verdicts);
    Optional<String> missing =
        verdicts.entrySet().stream()
            .filter(entry -> !BootVerification.isMet(Map.of(entry.getKey(), entry.getValue())))
            .findFirst()
            .map(entry ->
                "Criterion "
                    + entry.getKey().number()
                    + " ("
                    + entry.getKey().title()
                    + "): "
                    + entry.getValue().text()
                    + ".");
    Optional<String> last = BootVerification.lastLine(facts.console());
    var marks = new LinkedHashMap<>(boot.console.marks());
    marks.putAll(boot.marks);
    String vmmName = work.machine().map(BootLooks::name).orElse("none");
    var report =
        BootReport.of(
            work.id(),
            image.manifest().name(),
            work.spec().transport(),
            vmmName,
            verdicts,
            marks,
            last.orElse(null),
            clock.instant());
    if (!boot.written.equals(verdicts.toString())) {
      boot.written = verdicts.toString();
      DurableFiles.write(
          folder.resolve("report.json"),
          Json.pretty(report).getBytes(StandardCharsets.UTF_8),
          "rw-r--r--");
    }
    String lastLine =
        last.map(line -> " The console's last line: " + line).orElse(" The console is empty.");
    return new Look(isMet, missing.map(text -> text + lastLine));
  }

  /** How people read it: {@code qemu (tcg)}. */
  static String name(MachineRef machine) {
    return machine.vmm() + " (" + machine.accelerator() + ")";
  }
}
