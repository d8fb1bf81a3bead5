package dev.visco.settings;

import dev.visco.model.Cidr;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.NetworkProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the operator set, checked and complete.
 *
 * @param data the data folder, {@code /var/lib/visco} by default
 * @param hostName what this host is called in its rows; null for the name that they have already
 * @param listenHost the API's address, 127.0.0.1 by default
 * @param listenPort the API's port, 3000 by default
 * @param apiHosts names under which the API may be called, besides its address and localhost
 * @param publicUrl where people's browsers reach the API; null for the address that they called
 * @param apiConnections of the API at a time, at most half of them from one address
 * @param apiStreams answers of the API that wait or follow at a time
 * @param pool guests' addresses; the first usable one is every guest's gateway, the last one the
 *     host's side of each slot
 * @param nameserver where guests' DNS goes; null for the first one in the host's resolv.conf that
 *     is not on loopback
 * @param networkBounds how much of the host's network each guest may have
 * @param networkProbe what a new VM must reach before it is ready
 * @param spareSlots how many network slots are kept ready ahead
 * @param vmsPerUser most VMs that one user may have at a time
 * @param memoryMib most guest memory of all VMs together
 * @param diskMib what the disks of all VMs may grow to together; 0 for twice the file system of the
 *     data folder
 * @param diskMibPerUser the same for one user's VMs; 0 for {@code diskMib}
 * @param accelerator {@code auto}, {@code tcg} or {@code kvm}
 * @param rollbackAfter how many creates in a row may fail on a new VMM release before Visco leaves
 *     it by itself; 0 for never
 * @param keepFailed how long a VM that never became ready stays with its evidence before it is
 *     destroyed
 * @param consoleBytes the bound of a VM's console file
 * @param storeCopies how many copies of the store are kept, at least one
 * @param retention how long rows and files stay that nobody works with any more
 * @param desktopViewers how many may look at one VM's desktop at a time
 * @param desktopIdle how long one who may type may do nothing before it is disconnected
 * @param typeFolders folders of VM types, later ones win
 * @param imageFolders folders of image recipes, later ones win
 */
public record Settings(
    Path data,
    @Nullable String hostName,
    String listenHost,
    int listenPort,
    Set<String> apiHosts,
    @Nullable PublicUrl publicUrl,
    int apiConnections,
    int apiStreams,
    Cidr pool,
    @Nullable Ipv4 nameserver,
    NetworkBounds networkBounds,
    NetworkProbe networkProbe,
    int spareSlots,
    int vmsPerUser,
    long memoryMib,
    long diskMib,
    long diskMibPerUser,
    String accelerator,
    int rollbackAfter,
    Duration keepFailed,
    long consoleBytes,
    int storeCopies,
    Retention retention,
    int desktopViewers,
    Duration desktopIdle,
    List<Path> typeFolders,
    List<Path> imageFolders) {
  /**
   * How long what nobody works with any more stays.
   *
   * @param destroyedVms rows of destroyed VMs, with their idempotency keys
   * @param events what {@code visco events} lists
   * @param desktopViews who looked at desktops
   * @param lostFolders folders with disks that no row knows
   */
  public record Retention(
      Duration destroyedVms, Duration events, Duration desktopViews, Duration lostFolders) {}

  public Settings {
    apiHosts = Set.copyOf(apiHosts);
    typeFolders = List.copyOf(typeFolders);
    imageFolders = List.copyOf(imageFolders);
  }
}
