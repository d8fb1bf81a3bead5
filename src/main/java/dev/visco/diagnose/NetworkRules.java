package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DHCP_LOWER_CASE;
import static dev.visco.diagnose.ConsoleMessage.DHCP_UPPER_CASE;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_NO_INTERFACE;
import static dev.visco.diagnose.ConsoleMessage.INTERFACE_ABSENT;
import static dev.visco.diagnose.ConsoleMessage.INTERFACE_RENAMED;
import static dev.visco.diagnose.ConsoleMessage.NETWORK_UNIT_FAILED;
import static dev.visco.diagnose.ConsoleMessage.UDHCPC;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;
import static dev.visco.diagnose.EvidenceView.unless;
import static dev.visco.diagnose.EvidenceView.with;

import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Causes in the network, first on the host's side and then on the guest's. */
final class NetworkRules {

  /** On the host's side, and what certainly is wrong with interface and address. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "tap-missing",
              seen -> seen.network(n -> n.tap().equals("missing"), n -> "the slot has no tap0"),
              true,
              "The VM's TAP is gone: somebody removed it or its namespace.",
              "Destroy the VM and create it anew.",
              new Remedy.RemoveVm("%vm"),
              "ip-netns(8)"),
          new BootRule(
              "tap-down",
              seen -> seen.network(n -> n.tap().equals("down"), n -> "tap0 is down"),
              true,
              "The VM's TAP is set down: somebody did that after it was made. Nothing reaches the guest.",
              "Set it up in the slot's namespace, and make the route and the neighbour anew that went with it.",
              new Remedy.RunOnHost(
                  "ip -n %netns link set tap0 up && ip -n %netns route replace %address dev tap0 && ip -n %netns neigh replace %address lladdr %mac dev tap0 nud permanent"),
              "ip-link(8)"),
          new BootRule(
              "link-down",
              seen ->
                  seen.network(
                      n -> !n.link().equals("up"),
                      n -> "the host's end of the slot's veth is " + n.link()),
              true,
              "The slot's link to the host is down or gone.",
              "Destroy the VM and create it anew.",
              new Remedy.RemoveVm("%vm"),
              "ip-link(8)"),
          new BootRule(
              "rules-missing",
              seen ->
                  seen.network(
                      n -> !n.hasRules(), n -> "the slot's namespace has no nftables rules"),
              true,
              "The slot's packet rules are gone: somebody flushed them. The guest is cut off from its name server.",
              "Destroy the VM and create it anew.",
              new Remedy.RemoveVm("%vm"),
              "nft(8)"),
          new BootRule(
              "tap-without-vmm",
              seen ->
                  unless(
                      seen.network(
                          n -> n.tap().equals("up") && !n.hasCarrier(),
                          n -> "tap0 has no carrier: no VMM holds it"),
                      seen.ended()),
              true,
              "The VMM runs and does not hold the VM's TAP.",
              "Destroy the VM and create it anew.",
              new Remedy.RemoveVm("%vm"),
              "Linux drivers/net/tun.c, tun_attach"),
          new BootRule(
              "forwarding-off",
              seen -> seen.network(n -> !n.isForwarding(), n -> "net.ipv4.ip_forward is 0"),
              true,
              "The host forwards no packets any more: the guest reaches nothing outside.",
              "Switch it on.",
              new Remedy.RunOnHost("sysctl -w net.ipv4.ip_forward=1"),
              "Linux Documentation/networking/ip-sysctl.rst"),
          new BootRule(
              "network-driver-missing",
              seen ->
                  with(
                      seen.line(INITRAMFS_NO_INTERFACE),
                      fact(
                          seen.facts().kernel().lacks("VIRTIO_NET", "virtio_net"),
                          seen.facts().kernel().option("VIRTIO_NET"))),
              true,
              "The guest has no network interface: its driver virtio_net is missing.",
              "Add virtio_net to the initramfs, or use a kernel with CONFIG_VIRTIO_NET=y.",
              "Linux drivers/net/Kconfig"),
          new BootRule(
              "interface-absent",
              seen -> unless(seen.line(INTERFACE_ABSENT), seen.console().has(INTERFACE_RENAMED)),
              false,
              "The guest has no network interface of the name that it configures: its driver virtio_net is not loaded, or the interface has another name.",
              "Add virtio_net to the initramfs or to the image's modules, and net.ifnames=0 to the boot arguments if the image expects eth0.",
              new Remedy.ReadConsole("%vm"),
              "Linux net/core/dev_ioctl.c, dev_ioctl"),
          new BootRule(
              "interface-renamed",
              seen -> seen.line(INTERFACE_RENAMED),
              true,
              "The guest renamed its interface, and whatever configures eth0 does not find it.",
              "Add net.ifnames=0 to the boot arguments, or take the renaming rules out of the image.",
              new Remedy.AddArgument("net.ifnames=0"),
              "systemd.net-naming-scheme(7)"),
          new BootRule(
              "two-owners-of-the-address",
              NetworkRules::twoAddresses,
              true,
              "The interface has another address than the planned one, or a second one: the image configures it too, by DHCP or statically.",
              "Take that out of the image.",
              new Remedy.InspectImage(),
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="),
          new BootRule(
              "address-overruled",
              NetworkRules::overruledAddress,
              true,
              "The guest was given no address, or another than the planned one: the caller's own ip= stands on its command line.",
              "Leave ip= out of the boot arguments.",
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="));

  /** Causes in what the image does with the interface, after {@link TrafficRules#OF_ADDRESS}. */
  static final List<BootRule> OF_IMAGE =
      List.of(
          new BootRule(
              "nobody-reads-ip",
              seen ->
                  isKnownUnread(seen) || seen.isAsked("address")
                      ? noAddress(seen)
                      : EvidenceView.NO,
              true,
              "The interface has no address: ip= is on the command line, and neither the kernel nor anything in the image reads it.",
              "Use Visco's own initramfs, or a kernel with CONFIG_IP_PNP=y, or have the image give its interface the address.",
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="),
          new BootRule(
              "network-service-failed",
              seen ->
                  all(
                      seen.line(NETWORK_UNIT_FAILED),
                      fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText())),
              false,
              "The image's own network service failed or never came to its end, and the guest does not answer: it configures an interface that is not there, or asks for an address by DHCP, which nobody answers.",
              "Take its configuration of the interface out of the image: ip= on the kernel's command line has the address.",
              new Remedy.ReadConsole("%vm"),
              "systemd.special(7), network.target"),
          new BootRule(
              "wrong-mac",
              seen ->
                  seen.network(
                      n -> isSome(n.wrongMac()),
                      n ->
                          n.wrongMac()
                              + " packets of the guest were dropped: their MAC was not "
                              + n.mac()),
              true,
              "The guest changed its own MAC, and the slot's rules drop what it sends.",
              "Take out of the image what sets the MAC.",
              "RFC 826"),
          new BootRule(
              "resolver-link-dangling",
              seen ->
                  fact(
                      "dangling".equals(seen.guest("resolver")),
                      "the guest's /etc/resolv.conf is a link to a file that is not there"),
              true,
              "DNS fails in the guest: its resolv.conf points to a resolver that does not run.",
              "Make /etc/resolv.conf a plain file in the image.",
              "resolv.conf(5)"));

  private NetworkRules() {}

  private static List<String> twoAddresses(EvidenceView seen) {
    BootEvidence.NetworkFacts facts = seen.facts().network();
    String addresses = seen.guest("address");
    if (facts == null) {
      return EvidenceView.NO;
    }
    List<String> proof = EvidenceView.NO;
    List<String> others = TrafficRules.otherAddresses(facts.traffic());
    if (!addresses.isEmpty() && !addresses.equals(facts.address())) {
      proof = List.of("the guest has " + addresses + ", and " + facts.address() + " was planned");
    } else if (!others.isEmpty() && seen.facts().guest() == null) {
      proof =
          List.of(
              "the slot saw the guest use "
                  + String.join(", ", others)
                  + ", and "
                  + facts.address()
                  + " was planned");
    } else if (isSome(facts.wrongAddress()) && facts.traffic() == null) {
      proof =
          List.of(
              facts.wrongAddress()
                  + " packets of the guest were dropped: their address was not "
                  + facts.address());
    }
    return with(proof, seen.line(UDHCPC, DHCP_UPPER_CASE, DHCP_LOWER_CASE));
  }

  private static boolean isSome(@Nullable Long count) {
    return count != null && count > 0;
  }

  private static List<String> overruledAddress(EvidenceView seen) {
    BootEvidence.NetworkFacts facts = seen.facts().network();
    String asked = seen.facts().argument("ip");
    return facts == null || asked.isEmpty()
        ? EvidenceView.NO
        : fact(
            !asked.startsWith(facts.address().split("/", 2)[0] + ":"),
            "ip=" + asked + " on the command line, and " + facts.address() + " was planned");
  }

  /** That the interface has no address, or may have none since nothing is known to read ip=. */
  static List<String> noAddress(EvidenceView seen) {
    if (seen.isAsked("address") && seen.guest("address").isEmpty()) {
      return List.of("the guest says that its interface has no address");
    }
    KernelFacts kernel = seen.facts().kernel();
    return all(
        fact(
            kernel.is("IP_PNP", "n") && !Boolean.TRUE.equals(kernel.initrdReadsIp()),
            kernel.option("IP_PNP")
                + (isKnownUnread(seen)
                    ? ", and the initramfs does not read ip="
                    : ", and whether the initramfs reads ip= is not known")),
        fact(seen.rootMounted() && !seen.ended(), "the guest runs"),
        fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), seen.sessionText()),
        fact(answeredBy(seen) == null, "and nobody answers ARP for its address"));
  }

  /** Whether it is certain that nothing reads {@code ip=} before the image's init is started. */
  private static boolean isKnownUnread(EvidenceView seen) {
    KernelFacts kernel = seen.facts().kernel();
    return kernel.is("IP_PNP", "n")
        && (!kernel.hasInitrd() || Boolean.FALSE.equals(kernel.initrdReadsIp()));
  }

  private static @Nullable String answeredBy(EvidenceView seen) {
    BootEvidence.NetworkFacts network = seen.facts().network();
    return network == null ? null : network.answeredBy();
  }
}
