package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence;
import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.network.HostRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Facts about this host that a diagnosis on another machine needs. */
public final class HostFacts {
  private static final Path OS_RELEASE = Path.of("/etc/os-release");

  private HostFacts() {}

  /** The host's packet rules, in the form that preflight and diagnosis use. */
  static BootEvidence.HostFirewall firewall(HostRules rules) {
    return new BootEvidence.HostFirewall(
        rules.isOwnThere(),
        rules.hasRoute(),
        rules.obstacles().stream()
            .map(found ->
                new BootEvidence.ObstacleEvidence(
                    found.family() + " " + found.table(),
                    found.chain(),
                    found.hook(),
                    found.text(),
                    found.isCertain()))
            .toList(),
        rules.veths(),
        rules.pool());
  }

  /**
   * Facts by name; one that cannot be read is left out.
   *
   * @param releases the names of the Firecracker releases that were added
   */
  public static Map<String, String> of(Host host, List<String> releases) {
    var facts = new TreeMap<String, String>();
    facts.put("kernel", host.kernelRelease());
    facts.put("memoryMib", Long.toString(host.memoryMib()));
    facts.put("processors", Integer.toString(host.processors()));
    facts.put("vmm", releases.isEmpty() ? "qemu" : "qemu, firecracker");
    facts.put("releases", String.join(", ", releases));
    facts.put("java", Runtime.version().toString());
    String version = HostFacts.class.getPackage().getImplementationVersion();
    facts.put("visco", version == null ? "(not packaged)" : version);
    String qemu = host.run(Command.of("qemu-system-x86_64", "--version")).output();
    facts.put("qemu", qemu.lines().findFirst().orElse(""));
    try {
      Files.readString(OS_RELEASE)
          .lines()
          .filter(line -> line.startsWith("PRETTY_NAME="))
          .forEach(line -> facts.put("system", line.substring(12).replace("\"", "")));
    } catch (IOException e) {
      facts.put("system", "(no " + OS_RELEASE + ")");
    }
    return facts;
  }
}
