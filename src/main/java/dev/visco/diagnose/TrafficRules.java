package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DHCP_ASKED;
import static dev.visco.diagnose.ConsoleMessage.DHCP_LEASED;
import static dev.visco.diagnose.ConsoleMessage.DHCP_UNANSWERED;
import static dev.visco.diagnose.ConsoleMessage.GATEWAY_REFUSED;
import static dev.visco.diagnose.ConsoleMessage.LINK_LOCAL_TAKEN;
import static dev.visco.diagnose.EvidenceView.NO;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.ScanFacts;
import dev.visco.diagnose.BootEvidence.TrafficFacts;
import dev.visco.model.Remedy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Causes that show in what a guest sends and answers, whatever it says on its console. */
final class TrafficRules {
  private static final String LINK_LOCAL = "169.254.";

  /** Rules for how the guest came to its address, or did not, in the order of the boot. */
  static final List<BootRule> OF_ADDRESS =
      List.of(
          new BootRule(
              "address-given-up",
              TrafficRules::givenUp,
              true,
              "The guest had its address and gave it up: a DHCP client in the image took it from the interface, and nobody answers DHCP.",
              "Take the DHCP client out of the image, or have it leave the interface alone (dhcpcd: denyinterfaces eth0; NetworkManager: unmanaged-devices; systemd-networkd: a .network file with the static address).",
              new Remedy.InspectImage(),
              "RFC 2131, 4.4.1; RFC 826"),
          new BootRule(
              "dhcp-unanswered",
              TrafficRules::dhcp,
              seen ->
                  askedByDhcp(seen) && seen.traffic().filter(it -> it.ownArp().isAny()).isEmpty(),
              "The guest asks for an address by DHCP, which nobody answers: it is given its address by ip= on the kernel's command line.",
              "Take the DHCP client out of the image, or give its interface the address that the seed disk and ip= name.",
              null,
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="),
          new BootRule(
              "gateway-off-link",
              TrafficRules::offLink,
              false,
              "The guest has its address and no way back to its gateway: its netmask leaves the gateway out of its network, or it has another gateway.",
              "Have the image take netmask and gateway as ip= and network-config name them, or leave the interface to them altogether.",
              new Remedy.ReadConsole("%vm"),
              "ip-route(8); Linux Documentation/networking/ip-sysctl.rst, rp_filter"));

  /** Rules for guests with an address and services that are not reached. */
  static final List<BootRule> OF_SERVICES =
      List.of(
          new BootRule(
              "sshd-on-another-port",
              seen ->
                  scan(
                      seen,
                      it -> !it.ssh().isEmpty() && !it.ssh().contains(22),
                      it ->
                          "an SSH server answers at port "
                              + texts(it.ssh())
                              + ", and none at port 22"),
              true,
              "The image's sshd listens on another port than 22.",
              "Take Port (sshd_config, ssh.socket's ListenStream) or dropbear's -p out of the image.",
              "sshd_config(5), Port"),
          new BootRule(
              "firewall-in-guest",
              seen ->
                  all(
                      fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText()),
                      scan(seen, TrafficRules::isFirewalled, TrafficRules::answered)),
              true,
              "A firewall in the guest drops or rejects connections to its sshd: its kernel is reached at its address, and port 22 does not answer.",
              "Let TCP port 22 in (nft, iptables, ufw or firewalld in the image), or take the firewall out: from outside only the host reaches a guest.",
              "nft(8); RFC 792"),
          new BootRule(
              "packets-unanswered",
              seen ->
                  all(
                      fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText()),
                      fact(isAddressed(seen), "it answers ARP for its address"),
                      scan(
                          seen,
                          it -> !it.isReached(),
                          it ->
                              "it answers no ICMP echo and none of " + it.silent() + " TCP ports")),
              false,
              "The guest has its address and answers no packet of IP: a firewall inside drops them all, or it has no route back to its gateway.",
              "Look for nftables, iptables, ufw or firewalld in the image, and for what sets its routes.",
              new Remedy.ReadConsole("%vm"),
              "nft(8); ip-route(8)"),
          new BootRule(
              "interface-without-address",
              seen ->
                  all(
                      fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText()),
                      fact(!isAddressed(seen), "nobody answers ARP for its address"),
                      traffic(
                          seen,
                          it -> it.ipv6().isAny() && !it.dhcp().isAny() && it.others().isEmpty(),
                          it ->
                              "the interface is up: it sent "
                                  + it.ipv6().number()
                                  + " packets of IPv6, and none of DHCP or of ARP")),
              false,
              "The guest's interface is up and nothing gives it an IPv4 address: neither ip= nor network-config is read, and no DHCP client runs.",
              "Use Visco's own initramfs, a kernel with CONFIG_IP_PNP=y, or cloud-init; or have the image give its interface the address.",
              new Remedy.ReadConsole("%vm"),
              "RFC 4861; RFC 3810"));

  /** A guest that runs and of which no packet came. */
  static final List<BootRule> OF_SILENCE =
      List.of(
          new BootRule(
              "interface-silent",
              seen ->
                  unless(
                      all(
                          fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText()),
                          fact(
                              seen.rootMounted() && !seen.ended() && !seen.panicked(),
                              "the guest runs"),
                          traffic(
                              seen,
                              TrafficRules::isNothing,
                              _ -> "not one packet came from it, of ARP, DHCP, IPv4 or IPv6")),
                      seen.isBusy() || isAddressed(seen)),
              false,
              "The guest's network interface never came up: its driver is not there, nothing sets it up, or the image configures one of another name.",
              "Look for virtio_net among the image's modules, and for what configures its interface; net.ifnames=0 keeps the name eth0.",
              new Remedy.ReadConsole("%vm"),
              "Linux Documentation/networking/operstates.rst"));

  private TrafficRules() {}

  private static List<String> traffic(
      EvidenceView seen, Predicate<TrafficFacts> isSo, Function<TrafficFacts, String> text) {
    return seen.traffic().filter(isSo).map(text).map(List::of).orElse(NO);
  }

  private static List<String> scan(
      EvidenceView seen, Predicate<ScanFacts> isSo, Function<ScanFacts, String> text) {
    NetworkFacts network = seen.facts().network();
    ScanFacts scan = network == null ? null : network.scan();
    return scan != null && isSo.test(scan) ? List.of(text.apply(scan)) : NO;
  }

  private static List<String> givenUp(EvidenceView seen) {
    return all(
        fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText()),
        fact(!isAddressed(seen), "nobody answers ARP for its address any more"),
        traffic(
            seen,
            it -> it.ownArp().isAny() && it.dhcp().isAny(),
            it -> "its last ARP with this address was " + it.ownArp().last() + " s ago"),
        traffic(seen, it -> it.dhcp().isAny(), TrafficRules::asked));
  }

  /** By what the slot has seen, and by what the console says. */
  private static List<String> dhcp(EvidenceView seen) {
    List<String> console =
        unless(seen.line(DHCP_UNANSWERED, DHCP_ASKED), seen.console().has(DHCP_LEASED));
    List<String> packets =
        unless(traffic(seen, it -> it.dhcp().isAny(), TrafficRules::asked), isAddressed(seen));
    var proof = new ArrayList<>(packets);
    if (!isAddressed(seen)) {
      proof.addAll(console);
    }
    return all(
        with(proof, seen.line(LINK_LOCAL_TAKEN)),
        fact(seen.facts().guest() == null, "and the guest does not answer"));
  }

  private static boolean askedByDhcp(EvidenceView seen) {
    return seen.traffic().filter(it -> it.dhcp().isAny()).isPresent() && !isAddressed(seen);
  }

  private static String asked(TrafficFacts traffic) {
    String linkLocal =
        traffic.others().stream()
            .filter(other -> other.startsWith(LINK_LOCAL))
            .findFirst()
            .map(other -> ", and took " + other + " for want of an answer")
            .orElse("");
    return "the slot saw it ask by DHCP, last " + traffic.dhcp().last() + " s ago" + linkLocal;
  }

  private static List<String> offLink(EvidenceView seen) {
    if (seen.facts().guest() != null || !seen.isStage("NO_ANSWER", "NO_ROUTE")) {
      return NO;
    }
    List<String> elsewhere =
        traffic(
            seen,
            it -> it.ownArp().isAny() && isAskingOthers(it),
            it ->
                "it asks by ARP for "
                    + String.join(", ", it.targets())
                    + " and never for its gateway "
                    + it.gateway());
    List<String> noWayBack =
        fact(
            isAnsweringProbesOnly(seen),
            "it answers ARP when nobody in particular asks, and not when its gateway does");
    var proof = new ArrayList<>(seen.line(GATEWAY_REFUSED));
    proof.addAll(elsewhere);
    proof.addAll(noWayBack);
    return proof;
  }

  private static boolean isAskingOthers(TrafficFacts traffic) {
    return !traffic.targets().isEmpty() && !traffic.targets().contains(traffic.gateway());
  }

  /** Linux drops requests of a sender to which it has no route, if it filters by reverse path. */
  private static boolean isAnsweringProbesOnly(EvidenceView seen) {
    NetworkFacts network = seen.facts().network();
    return network != null
        && network.answeredBy() == null
        && network.scan() != null
        && network.scan().hasArp();
  }

  /** Whether the guest answers ARP for its address, however it was asked. */
  static boolean isAddressed(EvidenceView seen) {
    NetworkFacts network = seen.facts().network();
    return network != null
        && (network.answeredBy() != null || (network.scan() != null && network.scan().hasArp()));
  }

  private static boolean isFirewalled(ScanFacts scan) {
    return scan.isReached() && !scan.open().contains(22) && scan.silent() + scan.rejected() > 1;
  }

  private static String answered(ScanFacts scan) {
    var answers = new ArrayList<String>();
    if (scan.hasEcho()) {
      answers.add("it answers an ICMP echo");
    }
    if (!scan.open().isEmpty()) {
      answers.add("it accepts connections at " + texts(scan.open()));
    }
    if (scan.closed() > 0) {
      answers.add("it refuses " + scan.closed() + " ports");
    }
    answers.add(
        (scan.silent() > 0 ? scan.silent() + " TCP ports do not answer" : "")
            + (scan.silent() > 0 && scan.rejected() > 0 ? ", " : "")
            + (scan.rejected() > 0 ? scan.rejected() + " are rejected by ICMP" : ""));
    return String.join(", ", answers);
  }

  private static boolean isNothing(TrafficFacts traffic) {
    return !traffic.ownArp().isAny()
        && !traffic.dhcp().isAny()
        && !traffic.ipv6().isAny()
        && traffic.others().isEmpty();
  }

  /** The addresses other than the planned one, without those that a host gives itself. */
  static List<String> otherAddresses(@Nullable TrafficFacts traffic) {
    return traffic == null
        ? NO
        : traffic.others().stream().filter(one -> !one.startsWith(LINK_LOCAL)).toList();
  }

  /** What the slot has seen, for people, where no rule explains it. */
  static List<String> summary(EvidenceView seen) {
    var lines = new ArrayList<String>();
    seen.traffic()
        .map(it ->
            "the slot saw of the guest: %d packets of ARP for its address, %d of DHCP, %d of IPv6%s%s"
                .formatted(
                    it.ownArp().number(),
                    it.dhcp().number(),
                    it.ipv6().number(),
                    it.others().isEmpty() ? "" : "; other addresses: " + texts(it.others()),
                    it.targets().isEmpty() ? "" : "; asked for: " + texts(it.targets())))
        .ifPresent(lines::add);
    lines.addAll(scan(seen, _ -> true, it -> "a scan of the guest: " + answered(it)));
    return lines;
  }

  private static String texts(List<?> all) {
    return String.join(", ", all.stream().map(Object::toString).toList());
  }
}
