package dev.visco.diagnose;

import dev.visco.model.RootProblem;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about a boot that failed, or about a VM that stopped working. It is stored as
 * JSON and can be explained on another machine.
 *
 * @param commandLine the kernel's whole command line, word by word
 * @param deadlineSeconds time that the boot was given
 * @param ageSeconds time since the launch
 * @param consoleAgeSeconds time since the last console output
 * @param kernel what was known about kernel and initramfs before the boot
 * @param rootFileSystem type of the root file system; null when not known
 * @param console excerpt of the console's output
 * @param network null when it was not examined
 * @param guest the guest's answers about itself; null when no session succeeds
 * @param session how far the last session came; null when one succeeds
 * @param desktop how far the last probe of its desktop came; null where it has none
 * @param unmet the first criterion that is not met; null when all are
 * @param forced preflight rules that were overruled
 * @param root what was found in the root file system without booting it; null when it was not
 *     looked into
 */
public record BootEvidence(
    Transport transport,
    List<String> commandLine,
    int vcpus,
    int memoryMib,
    long deadlineSeconds,
    long ageSeconds,
    long consoleAgeSeconds,
    KernelFacts kernel,
    @Nullable String rootFileSystem,
    String console,
    MachineFacts machine,
    @Nullable NetworkFacts network,
    @Nullable Map<String, String> guest,
    @Nullable SessionFacts session,
    @Nullable DesktopEvidence desktop,
    @Nullable Unmet unmet,
    List<String> forced,
    @Nullable RootEvidence root) {
  public BootEvidence {
    commandLine = List.copyOf(commandLine);
    guest = guest == null ? null : Map.copyOf(guest);
    forced = List.copyOf(forced);
  }

  /** Of a VM whose root file system was not looked into. */
  public BootEvidence(
      Transport transport,
      List<String> commandLine,
      int vcpus,
      int memoryMib,
      long deadlineSeconds,
      long ageSeconds,
      long consoleAgeSeconds,
      KernelFacts kernel,
      @Nullable String rootFileSystem,
      String console,
      MachineFacts machine,
      @Nullable NetworkFacts network,
      @Nullable Map<String, String> guest,
      @Nullable SessionFacts session,
      @Nullable DesktopEvidence desktop,
      @Nullable Unmet unmet,
      List<String> forced) {
    this(
        transport,
        commandLine,
        vcpus,
        memoryMib,
        deadlineSeconds,
        ageSeconds,
        consoleAgeSeconds,
        kernel,
        rootFileSystem,
        console,
        machine,
        network,
        guest,
        session,
        desktop,
        unmet,
        forced,
        null);
  }

  /**
   * What was found in a root file system without mounting it.
   *
   * @param problems what keeps its guests from working
   * @param notices what may keep them from it, a sentence each
   */
  public record RootEvidence(List<RootProblem> problems, List<String> notices) {
    public RootEvidence {
      problems = List.copyOf(problems);
      notices = List.copyOf(notices);
    }
  }

  /**
   * The VMM.
   *
   * @param isAlive whether its process runs
   * @param log tail of its log
   * @param state the machine's state as the VMM reports it, like {@code running}; empty when it
   *     does not answer
   * @param oomKills how often the host's kernel killed it because its control group had no memory
   *     left; null when not known
   */
  public record MachineFacts(boolean isAlive, String log, String state, @Nullable Long oomKills) {
    /** A VMM of whose control group nothing is known. */
    public MachineFacts(boolean isAlive, String log, String state) {
      this(isAlive, log, state, null);
    }
  }

  /**
   * The VM's slot as the host sees it.
   *
   * @param tap {@code up}, {@code down} or {@code missing}
   * @param hasCarrier whether a VMM holds the TAP
   * @param link the host's end of the veth: {@code up}, {@code down} or {@code missing}
   * @param hasRules whether the slot's nftables rules are there
   * @param isForwarding the host's {@code net.ipv4.ip_forward}
   * @param fromGuest packets that came from the guest
   * @param toGuest packets that went to it
   * @param wrongMac packets of the guest that were dropped for their MAC; null when not counted
   * @param wrongAddress the same for their address
   * @param exceeded limits that the guest has exceeded; null when not examined
   * @param address the planned address, with its prefix length
   * @param mac the planned MAC address
   * @param answeredBy the MAC that answered ARP for the address; null when none did
   * @param host the host's packet rules; null when not examined
   * @param traffic what the guest sent to have a network; null when not examined
   * @param scan what the guest answers; null when it was not scanned
   */
  public record NetworkFacts(
      String tap,
      boolean hasCarrier,
      String link,
      boolean hasRules,
      boolean isForwarding,
      long fromGuest,
      long toGuest,
      @Nullable Long wrongMac,
      @Nullable Long wrongAddress,
      @Nullable List<Exceeded> exceeded,
      String address,
      String mac,
      @Nullable String answeredBy,
      @Nullable HostFirewall host,
      @Nullable TrafficFacts traffic,
      @Nullable ScanFacts scan) {
    public NetworkFacts {
      exceeded = exceeded == null ? null : List.copyOf(exceeded);
    }

    /** Facts without what the guest sends and answers. */
    public NetworkFacts(
        String tap,
        boolean hasCarrier,
        String link,
        boolean hasRules,
        boolean isForwarding,
        long fromGuest,
        long toGuest,
        @Nullable Long wrongMac,
        @Nullable Long wrongAddress,
        @Nullable List<Exceeded> exceeded,
        String address,
        String mac,
        @Nullable String answeredBy,
        @Nullable HostFirewall host) {
      this(
          tap,
          hasCarrier,
          link,
          hasRules,
          isForwarding,
          fromGuest,
          toGuest,
          wrongMac,
          wrongAddress,
          exceeded,
          address,
          mac,
          answeredBy,
          host,
          null,
          null);
    }

    /** The same with what the guest sends and answers. */
    public NetworkFacts with(
        @Nullable String answered, @Nullable TrafficFacts traffic, @Nullable ScanFacts scan) {
      return new NetworkFacts(
          tap,
          hasCarrier,
          link,
          hasRules,
          isForwarding,
          fromGuest,
          toGuest,
          wrongMac,
          wrongAddress,
          exceeded,
          address,
          mac,
          answered,
          host,
          traffic,
          scan);
    }
  }

  /**
   * What a guest sent since its machine was launched, as its slot has seen it.
   *
   * @param gateway the address that its gateway has
   * @param ownArp ARP packets in which it calls the planned address its own
   * @param dhcp its questions for an address by DHCP
   * @param ipv6 packets of IPv6, which an interface sends once it is up
   * @param others other addresses that it calls its own or is about to take, like {@code
   *     169.254.7.9}
   * @param targets other addresses that it has asked for by ARP
   */
  public record TrafficFacts(
      String gateway,
      PacketsSeen ownArp,
      PacketsSeen dhcp,
      PacketsSeen ipv6,
      List<String> others,
      List<String> targets) {
    public TrafficFacts {
      others = List.copyOf(others);
      targets = List.copyOf(targets);
    }
  }

  /**
   * Packets of one kind.
   *
   * @param number of packets
   * @param first seconds since the first; null when not known
   * @param last seconds since the last; null when there was none
   */
  public record PacketsSeen(long number, @Nullable Long first, @Nullable Long last) {
    /** Whether there was one. */
    boolean isAny() {
      return last != null;
    }
  }

  /**
   * What a guest answers that no session reaches.
   *
   * @param hasArp whether it answers ARP for its address when nobody in particular asks
   * @param hasEcho whether it answers an ICMP echo
   * @param open TCP ports that accept a connection
   * @param ssh those of them at which an SSH server speaks
   * @param closed number of TCP ports that its kernel refuses
   * @param rejected number of those that are rejected by ICMP, as firewalls do
   * @param silent number of those that do not answer
   */
  public record ScanFacts(
      boolean hasArp,
      boolean hasEcho,
      List<Integer> open,
      List<Integer> ssh,
      int closed,
      int rejected,
      int silent) {
    public ScanFacts {
      open = List.copyOf(open);
      ssh = List.copyOf(ssh);
    }

    /** Whether its kernel answers IP packets at all. */
    boolean isReached() {
      return hasEcho || !open.isEmpty() || closed > 0 || rejected > 0;
    }
  }

  /**
   * The host's packet rules and routes, as far as they concern a guest.
   *
   * @param isOwnThere whether Visco's rules exist
   * @param hasRoute whether the host has a route to the guests' nameserver
   * @param obstacles rules of other programs that drop what guests send or are answered, or may
   * @param veths prefix of the names of the slots' links
   * @param pool the guests' addresses
   */
  public record HostFirewall(
      boolean isOwnThere,
      boolean hasRoute,
      List<ObstacleEvidence> obstacles,
      String veths,
      String pool) {
    public HostFirewall {
      obstacles = List.copyOf(obstacles);
    }

    /** The first obstacle that certainly drops packets; null when there is none. */
    public @Nullable ObstacleEvidence certain() {
      return obstacles.stream().filter(ObstacleEvidence::isCertain).findFirst().orElse(null);
    }
  }

  /**
   * Rules of another program in the way of guests' packets.
   *
   * @param table with its family, like {@code ip filter}
   * @param chain the base chain
   * @param hook {@code forward}, or {@code input} for a nameserver on the host itself
   * @param text the same for people, with what drops
   * @param isCertain whether they certainly drop the packets; otherwise one of their rules that
   *     Visco cannot read may let them pass
   */
  public record ObstacleEvidence(
      String table, String chain, String hook, String text, boolean isCertain) {}

  /**
   * A limit of the slot that the guest has exceeded.
   *
   * @param bound name of the diagnosis's rule for it, like {@code too-many-connections}
   * @param value the limit
   * @param dropped number of packets that were dropped because of it
   */
  public record Exceeded(String bound, long value, long dropped) {}

  /**
   * How far a session came.
   *
   * @param stage {@code NO_ROUTE}, {@code NO_ANSWER}, {@code PORT_CLOSED}, {@code NO_BANNER},
   *     {@code WRONG_HOST_KEY}, {@code KEY_REFUSED} or {@code BROKEN}
   */
  public record SessionFacts(String stage, String text) {}

  /**
   * How far a probe of the desktop came.
   *
   * @param stage {@code NO_UPGRADE}, {@code NO_ANSWER}, {@code PORT_CLOSED}, {@code NO_BANNER},
   *     {@code PASSWORD_REFUSED}, {@code NO_FRAME}, {@code BLANK} or {@code SEEN}
   * @param text the same in a sentence
   */
  public record DesktopEvidence(String stage, String text) {}

  /** A criterion that is not met. */
  public record Unmet(int number, String title, String text) {}

  /** Evidence that consists of one console line. */
  static BootEvidence ofLine(String line) {
    return new BootEvidence(
        Transport.MMIO,
        List.of("console=ttyS0"),
        1,
        256,
        0,
        0,
        0,
        new KernelFacts(null, Map.of(), true, null, null, null, 0),
        null,
        line,
        new MachineFacts(true, "", ""),
        null,
        null,
        null,
        null,
        null,
        List.of());
  }

  /** The kernel's whole command line. */
  String commandLineText() {
    return String.join(" ", commandLine);
  }

  /** The last value of a kernel parameter, empty when it is not given. */
  String argument(String name) {
    String value = "";
    for (String word : commandLine) {
      if (word.startsWith(name + "=")) {
        value = word.substring(name.length() + 1);
      }
    }
    return value;
  }
}
