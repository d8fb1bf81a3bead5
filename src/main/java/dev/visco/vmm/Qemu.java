package dev.visco.vmm;

import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Machines of {@code qemu-system-x86_64}, by KVM or by software emulation. Each runs as its own
 * unprivileged uid under QEMU's seccomp sandbox in its slot's namespace, and outlives the daemon.
 * An exit code says nothing: a panic, a reboot and death from too little memory all end in 0 under
 * {@code -no-reboot}.
 */
public final class Qemu implements Vmm {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** sun_path of unix(7) holds 108 bytes, the final NUL among them. */
  private static final int SOCKET_PATH_BYTES = 107;

  private static final Pattern CPU_MHZ = Pattern.compile("(?m)^cpu MHz\\s*:\\s*([0-9.]+)");

  private final Host host;
  private final Path cache;
  private final String accelerator;
  private final KvmProbe probe;
  private final long tscKhz;

  /**
   * @param cache a folder for what is found once: the KVM probe's results
   * @param accelerator {@code auto}, {@code tcg} or {@code kvm}
   */
  public Qemu(Host host, Path cache, String accelerator) {
    this.host = host;
    this.cache = cache;
    this.accelerator = accelerator;
    this.probe = new KvmProbe(host, cache);
    this.tscKhz = hostTscKhz();
  }

  private static long hostTscKhz() {
    try {
      var matcher = CPU_MHZ.matcher(Files.readString(Path.of("/proc/cpuinfo")));
      return matcher.find() ? Math.round(Double.parseDouble(matcher.group(1)) * 1000) : 0;
    } catch (IOException e) {
      throw new HostFault("cannot read /proc/cpuinfo", e);
    }
  }

  @Override
  public String name() {
    return "qemu";
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(EnumSet.allOf(Transport.class), EnumSet.allOf(BootSpec.Format.class));
  }

  @Override
  public String kernelCommandLine(BootSpec spec) {
    return arguments(spec).commandLine();
  }

  private QemuArguments arguments(BootSpec spec) {
    return new QemuArguments(spec, acceleratorFor(spec), tscKhz);
  }

  private String acceleratorFor(BootSpec spec) {
    if (accelerator.equals("tcg")) {
      return "tcg";
    }
    Optional<String> whyNot = probe.whyNot(spec);
    if (whyNot.isPresent() && accelerator.equals("kvm")) {
      throw new Refused(
          new Refusal.HostLacks(
              "kvm",
              "KVM does not work here for this kernel: " + whyNot.get() + ".",
              "Set vmm.accelerator to auto or tcg."));
    }
    return whyNot.isPresent() ? "tcg" : "kvm";
  }

  @Override
  public MachineHandle launch(BootSpec spec) {
    QemuArguments arguments = arguments(spec);
    Path socket = QemuArguments.socket(spec);
    if (socket.toString().length() > SOCKET_PATH_BYTES) {
      throw Refused.invalid(
          "data",
          spec.folder().toString(),
          "is too long for a unix socket in it",
          "Use a data folder with a shorter path.");
    }
    removeEarlier(spec);
    prepare(spec);
    Path log = spec.folder().resolve("vmm.log");
    host.start(
        new Detached(
            List.of(
                "sh",
                script().toString(),
                QemuArguments.fifo(spec).toString(),
                spec.console().toString(),
                Long.toString(spec.consoleBytes())),
            log));
    ProcessRef process = host.start(new Detached(wrapped(spec, arguments), log));
    var machine =
        new QemuMachine(host, new MachineRef(name(), arguments.accelerator(), process, socket));
    try {
      awaitRunning(machine, log);
    } catch (RuntimeException e) {
      machine.stop(Duration.ZERO);
      throw e;
    }
    return machine;
  }

  /** nsenter, prlimit and setpriv exec in place, so the process that was started becomes QEMU. */
  private static List<String> wrapped(BootSpec spec, QemuArguments arguments) {
    var all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + spec.netns(), "--"));
    all.addAll(List.of("prlimit", "--core=0", "--nofile=1024", "--"));
    all.addAll(KvmProbe.asUser(spec.uid()));
    all.addAll(arguments.render());
    return all;
  }

  private void removeEarlier(BootSpec spec) {
    MachineRef earlier = running(spec.installation()).get(spec.id());
    if (earlier != null) {
      new QemuMachine(host, earlier).stop(Duration.ZERO);
    }
    QemuMachine.endLogger(host, QemuArguments.runFolder(spec));
    DurableFiles.deleteTree(QemuArguments.runFolder(spec));
  }

  private void prepare(BootSpec spec) {
    Path run = QemuArguments.runFolder(spec);
    Path fifo = QemuArguments.fifo(spec);
    try {
      Files.createDirectory(run);
      host.check(Command.of("mkfifo", "-m", "600", fifo.toString()));
      host.check(
          Command.of("chown", spec.uid() + ":" + spec.uid(), run.toString(), fifo.toString()));
      host.check(Command.of("chmod", "700", run.toString()));
      Files.deleteIfExists(spec.console());
      Files.deleteIfExists(spec.console().resolveSibling(spec.console().getFileName() + ".1"));
    } catch (IOException e) {
      throw new HostFault("cannot prepare " + run + ": " + e.getMessage(), e);
    }
  }

  private Path script() {
    Path script = cache.resolve("console-log.sh");
    try (InputStream source =
        Objects.requireNonNull(Qemu.class.getResourceAsStream("console-log.sh"))) {
      byte[] text = source.readAllBytes();
      if (!Files.exists(script) || !java.util.Arrays.equals(text, Files.readAllBytes(script))) {
        Files.createDirectories(cache);
        DurableFiles.write(script, text, "rw-r--r--");
      }
      return script;
    } catch (IOException e) {
      throw new HostFault("cannot write " + script, e);
    }
  }

  private void awaitRunning(QemuMachine machine, Path log) {
    boolean[] answered = {false};
    Waiting.until(
        START,
        () -> {
          answered[0] = answers(machine.ref().socket());
          return answered[0] || !machine.isAlive();
        });
    if (!answered[0]) {
      String what =
          machine.isAlive() ? "did not open its control socket within " + START : "ended at once";
      throw new HostFault("QEMU " + what + ": " + lastLines(log));
    }
  }

  private static boolean answers(Path socket) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (Qmp qmp = Qmp.connect(socket, ANSWER)) {
      return qmp.execute("query-status").path("status").asString().equals("running");
    } catch (IOException e) {
      return false; // Bound, but nobody listens yet.
    }
  }

  private static String lastLines(Path log) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      return String.join("; ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    } catch (IOException e) {
      return "(no log)";
    }
  }

  @Override
  public Optional<MachineHandle> recover(MachineRef ref) {
    return Optional.of(handle(ref)).filter(MachineHandle::isAlive);
  }

  @Override
  public MachineHandle handle(MachineRef ref) {
    return new QemuMachine(host, ref);
  }

  @Override
  public Map<VmId, MachineRef> running(InstallationId installation) {
    String prefix = "visco-" + installation + "-";
    var found = new TreeMap<VmId, MachineRef>(Comparator.comparing(VmId::value));
    for (RunningProcess process : host.processes()) {
      List<String> arguments = process.arguments();
      int name = arguments.indexOf("-name");
      if (arguments.getFirst().endsWith("qemu-system-x86_64")
          && name >= 0
          && name + 1 < arguments.size()
          && arguments.get(name + 1).startsWith(prefix)) {
        found.put(new VmId(arguments.get(name + 1).substring(prefix.length())), reference(process));
      }
    }
    return found;
  }

  private MachineRef reference(RunningProcess process) {
    String socket = "";
    String used = "tcg";
    for (String argument : process.arguments()) {
      int path = argument.indexOf(",path=");
      if (argument.startsWith("socket,id=qmp,") && path >= 0) {
        socket = argument.substring(path + ",path=".length()).replace(",,", ",");
      }
      used = argument.equals("kvm") ? "kvm" : used;
    }
    return new MachineRef(name(), used, process.ref(), Path.of(socket));
  }
}
