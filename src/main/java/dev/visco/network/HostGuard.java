package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Detached;
import dev.visco.host.DurableFiles;
import dev.visco.host.Fifo;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.RunningProcess;
import dev.visco.host.Waiting;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rules that stay when another program flushes the host's ruleset ({@code nft flush ruleset}, as a
 * restart of Debian's nftables service does). Guests then reach nothing; without these rules they
 * would reach the host's services and, with addresses of the pool, the outside. The rules are in a
 * table of their own that a process owns, so that no other can change or flush it (nft(8), flag
 * {@code owner}); the process outlives the daemon, as VMs do. Every call is safe to repeat.
 */
final class HostGuard {
  /** Opens the FIFO for reading and writing, so that nft never sees its end, and unlinks it. */
  private static final String HOLD = "exec 3<>\"$1\" && rm -f \"$1\" && exec nft -I \"$2\" -i <&3";

  private static final String MARK = "visco_guard=";
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private final Host host;
  private final InstallationId installation;

  HostGuard(Host host, InstallationId installation) {
    this.host = host;
    this.installation = installation;
  }

  static String table(InstallationId installation) {
    return Ruleset.hostTable(installation) + "_guard";
  }

  /**
   * The table in one line, as {@code nft -i} reads it. Its chains come after those of the host's
   * table, so that translated packets, which no longer have an address of the pool, pass.
   */
  static String rules(InstallationId installation, List<Cidr> pools, Uplink uplink) {
    String veth = "\"" + SlotPlan.vethPrefix(installation) + "*\"";
    String pool = pools.stream().map(Cidr::toString).collect(Collectors.joining(", ", "{ ", " }"));
    return """
    table inet %s { flags owner; \
    chain to_host { type filter hook input priority filter + 5; policy accept; \
    iifname %s ct state established,related accept; \
    iifname %s ip daddr %s meta l4proto { tcp, udp } th dport 53 accept; \
    iifname %s drop; }; \
    chain through { type filter hook forward priority filter + 5; policy accept; \
    iifname %s oifname %s drop; \
    iifname %s ip saddr != %s drop; \
    iifname %s meta nfproto ipv6 drop; \
    oifname %s ct state established,related accept; \
    oifname %s drop; }; \
    chain untranslated { type filter hook postrouting priority srcnat + 5; policy accept; \
    iifname %s ip saddr %s oifname != %s drop; }; }
    """
        .formatted(
            table(installation),
            veth,
            veth,
            uplink.nameserver(),
            veth,
            veth,
            veth,
            veth,
            pool,
            veth,
            veth,
            veth,
            veth,
            pool,
            veth);
  }

  /**
   * Starts the process that holds these rules, and ends one with the rules of other pools.
   *
   * @return whether it started a process
   */
  boolean hold(List<Cidr> pools, Uplink uplink) {
    String rules = rules(installation, pools, uplink);
    String mark = MARK + installation + "_%08x".formatted(rules.hashCode());
    List<RunningProcess> holders = holders();
    if (holders.size() == 1 && holders.getFirst().arguments().contains(mark) && isThere()) {
      return false;
    }
    release();
    start(rules, mark);
    return true;
  }

  private void start(String rules, String mark) {
    Path folder = null;
    try {
      // Not in /tmp, which may be read-only. The FIFO is unlinked in a moment.
      folder = Files.createTempDirectory(Files.createDirectories(SharedBefore.FOLDER), "guard");
      Path fifo = folder.resolve("rules");
      Path log = folder.resolve("log");
      Fifo.make(fifo);
      try (var both =
          FileChannel.open(
              fifo, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        both.write(StandardCharsets.UTF_8.encode(rules));
        host.start(
            new Detached(List.of("sh", "-c", HOLD, "visco-guard", fifo.toString(), mark), log));
        if (!Waiting.until(DEADLINE, this::isThere)) {
          release();
          throw new HostFault(
              "the rules that guard the host are not held: " + Files.readString(log).strip());
        }
      }
    } catch (IOException e) {
      throw new HostFault("the rules that guard the host cannot be held: " + e.getMessage(), e);
    } finally {
      if (folder != null) {
        DurableFiles.deleteTree(folder);
      }
    }
  }

  private boolean isThere() {
    return host.run(Command.of("nft", "list", "table", "inet", table(installation))).succeeded();
  }

  private List<RunningProcess> holders() {
    return host.processes().stream()
        .filter(process -> process.isRoots() && isHolder(process.arguments()))
        .toList();
  }

  private boolean isHolder(List<String> arguments) {
    return arguments.stream().anyMatch(word -> word.startsWith(MARK + installation + "_"));
  }

  /** Removes the rules. */
  void release() {
    List<RunningProcess> holders = holders();
    holders.forEach(holder -> host.terminate(holder.ref(), true));
    if (!holders.isEmpty() && !Waiting.until(DEADLINE, () -> holders().isEmpty() && !isThere())) {
      throw new HostFault("the process that holds the guard's rules does not end");
    }
  }
}
