package dev.visco.model;

/**
 * The network card as the guest sees it: given to its kernel by {@code ip=}, and expected by the
 * verification.
 *
 * @param device its name in the guest, {@code eth0}
 * @param nameserver where the guest asks for names: its gateway, which forwards to the real one
 */
public record GuestLink(
    Ipv4 address, Ipv4 gateway, Ipv4 netmask, MacAddress mac, String device, Ipv4 nameserver) {
  /** The bits of its netmask, as in {@code 192.168.100.2/24}. */
  public int prefix() {
    return Integer.bitCount(netmask.bits());
  }

  /**
   * The kernel parameter of Linux's {@code Documentation/admin-guide/nfs/nfsroot.rst}, without
   * {@code ip=}.
   */
  public String ipParameter(String hostName) {
    return address
        + "::"
        + gateway
        + ":"
        + netmask
        + ":"
        + hostName
        + ":"
        + device
        + ":off:"
        + nameserver;
  }
}
