package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmmUsers;

/**
 * Everything about a slot, derived from its index. TAP, gateway and TAP's MAC are the same in every
 * slot; the guest's own address is the one at which the host reaches it.
 */
public record SlotPlan(InstallationId installation, Cidr pool, SlotIndex index) {
  /** The beginning of the names of all installations' kernel objects. */
  /** The name of every TAP inside its namespace. */
  public static final String TAP = "tap0";

  static final String PREFIX = "visco-";

  /** The TAP's MAC in every namespace, so that a restored snapshot's ARP cache stays right. */
  static final MacAddress TAP_MAC = new MacAddress("02:56:00:00:00:01");

  public SlotPlan {
    if (index.value() >= slots(pool)) {
      throw Refused.invalid(
          "slot",
          index.toString(),
          "is beyond the pool " + pool,
          "Set network.pool to a larger range.");
    }
  }

  /**
   * The number of slots of a pool: its addresses without those of the network, the gateway, the
   * host's side and the broadcast.
   */
  public static int slots(Cidr pool) {
    if (pool.prefix() < 16 || pool.prefix() > 29) {
      throw Refused.invalid(
          "network.pool",
          pool.toString(),
          "has the wrong size",
          "Give a network of /16 to /29, like 192.168.100.0/24.");
    }
    return (int) Math.min(pool.size() - 4, SlotIndex.MAX + 1);
  }

  /** Every guest's gateway and nameserver, the address of the TAP in each namespace. */
  static Ipv4 gateway(Cidr pool) {
    return pool.first().plus(1);
  }

  /** The host's address on its end of each veth pair. */
  static Ipv4 hostSide(Cidr pool) {
    return pool.first().plus((int) pool.size() - 2);
  }

  /** The namespace's name under /run/netns. */
  public String netns() {
    return netns(installation, index);
  }

  static String netns(InstallationId installation, SlotIndex index) {
    return PREFIX + installation + "-" + index;
  }

  /** The TAP's name inside the namespace. */
  public String tap() {
    return TAP;
  }

  /** The host's end of the veth pair; 10 characters at most. */
  public String hostVeth() {
    return hostVeth(installation, index);
  }

  static String hostVeth(InstallationId installation, SlotIndex index) {
    return vethPrefix(installation) + index;
  }

  static String vethPrefix(InstallationId installation) {
    return "v" + installation + "h";
  }

  /** The namespace's end of the veth pair. */
  public String innerVeth() {
    return "up0";
  }

  /**
   * The uid and gid of the slot's VMM, and the owner of its TAP: one per slot, none shared between
   * installations.
   */
  public int uid() {
    return VmmUsers.uid(installation, index);
  }

  public GuestLink guest() {
    Ipv4 gateway = gateway(pool);
    return new GuestLink(
        pool.first().plus(2 + index.value()), gateway, pool.netmask(), mac(0), "eth0", gateway);
  }

  MacAddress hostMac() {
    return mac(1);
  }

  MacAddress innerMac() {
    return mac(2);
  }

  private MacAddress mac(int role) {
    int number = installation.number();
    int slot = index.value();
    return new MacAddress(
        "02:%02x:%02x:%02x:%02x:%02x"
            .formatted(role, number >> 8, number & 255, slot >> 8, slot & 255));
  }
}
