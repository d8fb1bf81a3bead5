package dev.visco.app.doctor;

import dev.visco.model.Cidr;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was read of a host. Nothing of it is judged yet.
 *
 * @param isRoot whether uid 0 has read it; without, some of it cannot be known
 * @param machine its hardware and virtualization
 * @param network its network
 * @param disk the file system of the data folder
 * @param limits memory, control groups, clock and limits
 * @param software what is installed
 * @param daemon what a running daemon knows; null when none answers
 * @param certificate of HTTPS; null for plain HTTP
 */
public record HostFacts(
    boolean isRoot,
    Machine machine,
    Network network,
    Disk disk,
    Bounds limits,
    Software software,
    @Nullable Running daemon,
    @Nullable Certificate certificate) {
  /**
   * @param text its names and its end; why it cannot be used, where it cannot
   */
  public record Certificate(String text, boolean isUsable, boolean endsSoon) {}

  /**
   * @param architecture like {@code amd64}
   * @param hasVirtualization whether the processor says that it has VMX or SVM
   * @param hasKvm whether there is {@code /dev/kvm}
   * @param kvmAnswers of the probe, for each kernel tried since the host's boot: empty for works
   * @param hasTun whether there is {@code /dev/net/tun}
   * @param tapError errno of making a TAP; 0 for success, null when it was not tried
   * @param namespaces most network namespaces of a user; null when unknown
   */
  public record Machine(
      String architecture,
      boolean hasVirtualization,
      boolean hasKvm,
      List<String> kvmAnswers,
      boolean hasTun,
      @Nullable Integer tapError,
      @Nullable Long namespaces) {
    public Machine {
      kvmAnswers = List.copyOf(kvmAnswers);
    }
  }

  /**
   * @param isForwarding whether IPv4 is forwarded now
   * @param chains {@code nft -j list chains}; null when it could not be asked
   * @param isFirewalld whether firewalld runs
   * @param isUfw whether ufw is enabled
   * @param routes {@code ip -4 route show table all}; null when it could not be asked
   * @param pool the range of guests' addresses
   * @param nameserver the one that is set; null for that of the host
   * @param resolvConfs the texts of the host's resolv.conf files
   */
  public record Network(
      boolean isForwarding,
      @Nullable String chains,
      boolean isFirewalld,
      boolean isUfw,
      @Nullable String routes,
      Cidr pool,
      @Nullable String nameserver,
      List<String> resolvConfs) {
    public Network {
      resolvConfs = List.copyOf(resolvConfs);
    }
  }

  /**
   * @param folder the data folder, or what there is of it
   * @param syncedMibPerSecond how fast data were written and synchronized; null when it was not
   *     tried
   */
  public record Disk(
      String folder, long freeMib, long totalMib, @Nullable Double syncedMibPerSecond) {}

  /**
   * @param cgroupVersion 0 when there is no usable controller
   * @param isClockSynchronized null when nobody could say
   * @param openFiles {@code unlimited} or the hard limit
   */
  public record Bounds(
      long memoryMib,
      long availableMib,
      long swapMib,
      int cgroupVersion,
      @Nullable Boolean isClockSynchronized,
      String openFiles) {}

  /**
   * @param missing packages by the program that is not there
   * @param hasApt whether packages can be installed by apt
   */
  public record Software(Map<String, String> missing, boolean hasApt) {
    public Software {
      missing = Map.copyOf(missing);
    }
  }

  /**
   * @param status of {@code /health}
   * @param orphans what no VM owns any more; null when the token may not know
   * @param vault the state of the vault; null when the daemon does not tell
   * @param vaultReason why it is closed, null for no reason or when the token may not know
   * @param vulnerable known vulnerabilities of releases that new VMs use, by release
   */
  public record Running(
      String status,
      @Nullable List<String> orphans,
      Map<String, List<String>> vulnerable,
      @Nullable String vault,
      @Nullable String vaultReason) {
    public Running {
      orphans = orphans == null ? null : List.copyOf(orphans);
      vulnerable = Map.copyOf(vulnerable);
    }
  }
}
