package dev.visco.vmm.qemu;

import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.VmmFamily;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/** The QEMU machines of this host, found by the value of QEMU's {@code -name}. */
final class QemuFamily implements VmmFamily {
  private static final Pattern NAME = Pattern.compile("visco-([0-9a-f]{4})-(vm-[0-9a-f]{8})");
  private final Host host;
  private final Cgroups cgroups;

  QemuFamily(Host host, Cgroups cgroups) {
    this.host = host;
    this.cgroups = cgroups;
  }

  @Override
  public String name() {
    return "qemu";
  }

  @Override
  public Map<VmId, ProcessRef> running(InstallationId installation) {
    var found = new TreeMap<VmId, ProcessRef>();
    eachRunning(installation, found::putIfAbsent);
    return found;
  }

  @Override
  public void end(InstallationId installation, VmId id, Path folder, Duration grace) {
    eachRunning(
        installation,
        (found, process) -> {
          if (found.equals(id)) {
            QemuMachine.end(host, process, grace);
          }
        });
    RunFolder.in(folder).remove(host);
    cgroups.remove("visco-" + installation + "-" + id);
  }

  /**
   * Finds as well what is about to become QEMU: the programs before it hold QEMU's arguments behind
   * their own.
   */
  private void eachRunning(InstallationId installation, BiConsumer<VmId, ProcessRef> found) {
    for (RunningProcess process : host.processes()) {
      if (!process.mayBeOf(installation)) {
        continue;
      }
      List<String> arguments = process.arguments();
      int program = arguments.indexOf(QemuCommand.PROGRAM);
      if (program < 0
          || program + 2 >= arguments.size()
          || !arguments.get(program + 1).equals("-name")) {
        continue;
      }
      var name = NAME.matcher(arguments.get(program + 2));
      if (name.matches() && name.group(1).equals(installation.value())) {
        found.accept(new VmId(name.group(2)), process.ref());
      }
    }
  }

  /** Any {@code qemu-system-…}, also of another architecture and by its whole path. */
  @Override
  public Optional<String> nameOf(RunningProcess process) {
    List<String> arguments = process.arguments();
    String program = arguments.getFirst();
    if (!program.contains("qemu-system")) {
      return Optional.empty();
    }
    int name = arguments.indexOf("-name");
    return Optional.of(
        name >= 0 && name + 1 < arguments.size() ? arguments.get(name + 1) : program);
  }
}
