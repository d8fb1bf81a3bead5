package dev.visco.settings;

import dev.visco.model.Cidr;
import dev.visco.model.DiskReserve;
import dev.visco.model.ImageRegistry;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.NetworkProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings, checked and complete.
 *
 * @param data the data folder, {@code /var/lib/visco} by default
 * @param hostName this host's name in rows; null for the name that the rows have already
 * @param listenHost the API's address, 127.0.0.1 by default
 * @param listenPort the API's port, 3000 by default
 * @param apiHosts host names by which the API may be called, besides its address and localhost
 * @param publicUrl the URL at which browsers reach the API; null for the address that they called
 * @param tls by which the API speaks HTTPS itself; null for plain HTTP
 * @param webOrigins whose pages may call the API, and show desktops
 * @param linksUrl below whose host each link to a guest's port has a name of its own; null for
 *     names below localhost
 * @param apiConnections maximum of simultaneous connections of the API, at most half of them from
 *     one address
 * @param apiStreams maximum of simultaneous answers of the API that wait for something or follow a
 *     log
 * @param apiRequestsPerSecond of one token; 0 for no limit
 * @param oidc whose bearer tokens are accepted besides Visco's own
 * @param apiFailuresPerMinute requests of one address without a valid token; 0 for no limit
 * @param pool guests' addresses; the first usable one is every guest's gateway, the last one the
 *     host's side of each slot
 * @param nameserver the guests' nameserver; null for the first one in the host's resolv.conf that
 *     is not on loopback
 * @param networkBounds the network limits of each guest
 * @param networkProbe what a new VM must reach before it is ready
 * @param spareSlots the number of network slots kept ready for new VMs
 * @param vmsPerUser most VMs that one user may have at a time
 * @param memoryMib most guest memory of all VMs together
 * @param diskMib what the disks of all VMs may grow to together; 0 for twice the file system of the
 *     data folder
 * @param diskMibPerUser the same for one user's VMs; 0 for {@code diskMib}
 * @param diskReserve what of the data folder's file system guests may not fill
 * @param imageRegistry that of container images that are named without one; null for none
 * @param accelerator {@code auto}, {@code tcg} or {@code kvm}
 * @param rollbackAfter how many creates in a row may fail on a new VMM release before Visco leaves
 *     it by itself; 0 for never
 * @param keepFailed the time after which a VM that never became ready is destroyed with its
 *     evidence
 * @param archiveAfter how long a VM has to be asleep until it is archived, where neither it nor its
 *     type says; {@link dev.visco.model.Life#FOREVER} for never
 * @param consoleBytes the maximum size of a VM's console file
 * @param storeCopies the number of copies of the store that are kept, at least one
 * @param retention how long rows and files of the past are kept
 * @param webhookNetworks private networks that webhooks may be sent to
 * @param egressNetworks private networks in which upstream proxies of users may be
 * @param egressCaFile certificates of authorities by which hosts whose requests get secrets are
 *     known, besides those of the JDK
 * @param vault where the vault's master key comes from
 * @param desktopViewers the maximum number of simultaneous viewers of a VM's desktop
 * @param desktopIdle the idle time after which a viewer who may type is disconnected
 * @param typeFolders folders of VM types, later ones win
 * @param providerFolders folders of tools that users sign in to, later ones win
 * @param imageFolders folders of image recipes, later ones win
 */
public record Settings(
    Path data,
    @Nullable String hostName,
    String listenHost,
    int listenPort,
    Set<String> apiHosts,
    @Nullable PublicUrl publicUrl,
    @Nullable TlsFiles tls,
    WebOrigins webOrigins,
    @Nullable PublicUrl linksUrl,
    int apiConnections,
    int apiStreams,
    int apiRequestsPerSecond,
    int apiFailuresPerMinute,
    OidcSettings oidc,
    Cidr pool,
    @Nullable Ipv4 nameserver,
    NetworkBounds networkBounds,
    NetworkProbe networkProbe,
    int spareSlots,
    int vmsPerUser,
    long memoryMib,
    long diskMib,
    long diskMibPerUser,
    DiskReserve diskReserve,
    @Nullable ImageRegistry imageRegistry,
    String accelerator,
    int rollbackAfter,
    Duration keepFailed,
    Duration archiveAfter,
    long consoleBytes,
    int storeCopies,
    RetentionSettings retention,
    List<Cidr> webhookNetworks,
    PromptSettings prompts,
    SignInSettings signIn,
    CredentialSettings credentials,
    List<Cidr> egressNetworks,
    @Nullable Path egressCaFile,
    VaultSettings vault,
    int desktopViewers,
    Duration desktopIdle,
    List<Path> typeFolders,
    List<Path> providerFolders,
    List<Path> imageFolders) {
  /**
   * How long rows and files of the past are kept.
   *
   * @param destroyedVms rows of destroyed VMs, with their idempotency keys
   * @param events what {@code visco events} lists
   * @param desktopViews who viewed desktops
   * @param viewerAddresses from where they viewed them
   * @param audit who did what
   * @param lostFolders folders with disks that no row knows
   */
  public record RetentionSettings(
      Duration destroyedVms,
      Duration events,
      Duration desktopViews,
      Duration viewerAddresses,
      Duration audit,
      Duration lostFolders) {}

  /**
   * Limits of prompts.
   *
   * @param perVm that are answered in one VM at a time
   * @param kept how long answers stay in their VM
   */
  public record PromptSettings(int perVm, Duration kept) {}

  /**
   * How users sign tools in.
   *
   * @param vmType of the VMs that exist for it
   * @param perUser sign-ins of one user at a time
   * @param idle after which one ends whose user is not heard of
   * @param maxTime of one
   */
  public record SignInSettings(String vmType, int perUser, Duration idle, Duration maxTime) {}

  /**
   * What is done with credentials by itself.
   *
   * @param readBack between two looks at what tools in VMs have made of them, at least a second
   * @param check between two checks at their providers; zero for none
   */
  public record CredentialSettings(Duration readBack, Duration check) {
    /** The shortest time between two looks. */
    static final Duration MIN_READ_BACK = Duration.ofSeconds(1);
  }

  public Settings {
    apiHosts = Set.copyOf(apiHosts);
    typeFolders = List.copyOf(typeFolders);
    providerFolders = List.copyOf(providerFolders);
    imageFolders = List.copyOf(imageFolders);
  }
}
