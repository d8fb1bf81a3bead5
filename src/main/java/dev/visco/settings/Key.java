package dev.visco.settings;

import java.util.Locale;
import java.util.Optional;

/**
 * Every setting there is: its name in {@code visco.toml} and after {@code --set}, and its
 * environment variable.
 */
public enum Key {
  DATA("data", "folder for the store, images and VMs", "/var/lib/visco"),
  HOST_NAME("host.name", "what this host is called in its rows", "as before, at first local"),
  LISTEN("listen", "address and port of the API", "127.0.0.1:3000"),
  HOSTS("api.hosts", "further names of the API, with commas between them", "none"),
  PUBLIC_URL(
      "api.public-url",
      "where people's browsers reach the API, like https://visco.example.com/lab",
      "as it was called"),
  TLS_CERTIFICATE(
      "tls.certificate",
      "PEM file by which the API speaks HTTPS, like fullchain.pem",
      "plain HTTP"),
  TLS_KEY("tls.key", "PEM file with the private key, like privkey.pem", "tls.certificate's file"),
  TLS_HSTS("tls.hsts", "how long browsers are told to use HTTPS alone, like 365d", "they are not"),
  CORS_ORIGINS(
      "api.cors-origins", "origins whose pages may call the API, with commas between them", "none"),
  LINKS_URL(
      "links.url",
      "where links to guests' ports lead, by names below it (a wildcard)",
      "names below localhost"),
  CONNECTIONS(
      "api.connections",
      "connections of the API at a time, at most half of them from one address",
      "2048"),
  STREAMS("api.streams", "answers of the API that wait or follow at a time", "1024"),
  REQUESTS("api.requests-per-second", "requests a second of one token, 0 for no limit", "200"),
  FAILURES(
      "api.failures-per-minute",
      "refused tokens a minute from one address, then 429; 0 for no limit",
      "60"),
  OIDC_ISSUER(
      "oidc.issuer", "whose OpenID Connect tokens are accepted as bearer tokens", "nobody's"),
  OIDC_AUDIENCE("oidc.audience", "the audience that such a token must have", "visco"),
  OIDC_KEYS_URL(
      "oidc.keys-url", "where the issuer's keys are, if not at its own host", "as the issuer says"),
  OIDC_USER_CLAIM("oidc.user-claim", "the claim with the user's id", "sub"),
  OIDC_ROLE_CLAIM("oidc.role-claim", "the claim with the role, or with several", "none"),
  OIDC_ROLES(
      "oidc.roles",
      "role=value of that claim, like admin=visco-admins,user=staff",
      "each by its name"),
  OIDC_DEFAULT_ROLE(
      "oidc.default-role", "the role of a token without one, or none to refuse it", "user"),
  POOL("network.pool", "the guests' addresses, /16 to /29", "192.168.100.0/24"),
  NAMESERVER("network.nameserver", "where guests' DNS goes", "the host's own"),
  GUEST_CONNECTIONS(
      "network.connections", "connections that one guest may hold, 64 to 65536", "1024"),
  GUEST_NEW_CONNECTIONS(
      "network.new-connections",
      "connections that one guest may open a second, 1 to 100000",
      "100"),
  GUEST_QUERIES(
      "network.queries",
      "packets a second that one guest may send to the nameserver, 1 to 100000",
      "100"),
  NETWORK_PROBE(
      "network.probe", "what a new VM must reach: nameserver, HOST:PORT, or none", "nameserver"),
  SPARE_SLOTS("network.spare-slots", "network slots kept ready ahead", "4"),
  VMS_PER_USER("limits.vms-per-user", "VMs that one user may have at a time", "20"),
  MEMORY_MIB(
      "limits.memory-mib",
      "memory of all VMs together, with emulators' code, in MiB",
      "90 % of the host's"),
  DISK_MIB(
      "limits.disk-mib",
      "what the disks of all VMs may grow to together, in MiB",
      "twice the disk"),
  DISK_MIB_PER_USER(
      "limits.disk-mib-per-user",
      "what the disks of one user's VMs may grow to, in MiB",
      "limits.disk-mib"),
  DISK_RESERVE(
      "disk.reserve",
      "room that guests leave free in the data folder, like 2g or 5%",
      "5%, at most 2g"),
  IMAGE_REGISTRY(
      "images.registry",
      "registry of container images named without one: NAME[/FOLDER][=HOST]",
      "none"),
  ACCELERATOR("vmm.accelerator", "auto, tcg (software emulation) or kvm", "auto"),
  ROLLBACK_AFTER(
      "vmm.rollback-after",
      "failed creates in a row after which a VMM release is left, 0 for never",
      "3"),
  KEEP_FAILED(
      "vm.keep-failed", "how long a VM that never became ready stays with its evidence", "24h"),
  ARCHIVE_AFTER(
      "vm.archive-after",
      "how long a VM has to be asleep until it is archived; never for not at all",
      "never"),
  CONSOLE_BYTES("vm.console-bytes", "bound of a VM's console file", "4194304"),
  STORE_COPIES(
      "store.copies", "copies of the store that are kept, made at each start and hourly", "24"),
  RETAIN_VMS("retention.destroyed-vms", "how long rows of destroyed VMs stay", "90d"),
  RETAIN_EVENTS("retention.events", "how long events stay", "90d"),
  RETAIN_VIEWS("retention.desktop-views", "how long it is told who looked at desktops", "90d"),
  RETAIN_ADDRESSES(
      "retention.viewer-addresses", "how long it is told from where they looked", "30d"),
  RETAIN_AUDIT("retention.audit", "how long the audit stays", "90d"),
  RETAIN_LOST(
      "retention.lost-folders", "how long folders with disks that no row knows stay", "30d"),
  WEBHOOK_NETWORKS(
      "webhooks.networks",
      "private networks that webhooks may be sent to, with commas between them",
      "none"),
  PROMPTS_PER_VM("prompts.per-vm", "prompts that are answered in one VM at a time", "4"),
  PROMPTS_KEPT("prompts.kept", "how long answers to prompts stay in their VM", "7d"),
  SIGN_IN_TYPE("sign-in.vm-type", "VM type in which users sign tools in", "browser-tools"),
  SIGN_IN_PER_USER("sign-in.per-user", "sign-ins of one user at a time", "2"),
  SIGN_IN_IDLE("sign-in.idle", "after which a sign-in ends whose user is not heard of", "10m"),
  SIGN_IN_MAX_TIME("sign-in.max-time", "how long one sign-in may take", "1h"),
  CREDENTIALS_READ_BACK(
      "credentials.read-back", "between looks at what tools in VMs have refreshed", "5m"),
  CREDENTIALS_CHECK(
      "credentials.check", "between checks of a credential at its provider; 0s: never", "1d"),
  EGRESS_NETWORKS(
      "egress.networks",
      "private networks that users' upstream proxies may be in, with commas",
      "none"),
  EGRESS_CA_FILE(
      "egress.ca-file",
      "certificates of further authorities that providers' hosts may have, PEM",
      "those of the JDK"),
  VAULT_KEY_FILE("vault.key-file", "file with the vault's master key, 32 bytes", "no vault"),
  VAULT_KEY_COMMAND(
      "vault.key-command", "command that writes the vault's master key, 32 bytes", "no vault"),
  DESKTOP_VIEWERS("desktop.viewers", "how many may look at one VM's desktop at a time", "20"),
  DESKTOP_ORIGINS(
      "desktop.origins", "origins whose pages may show desktops in a frame, with commas", "none"),
  DESKTOP_IDLE(
      "desktop.idle", "how long one who may type may do nothing before it is disconnected", "12h");

  private final String path;
  private final String meaning;
  private final String standard;

  Key(String path, String meaning, String standard) {
    this.path = path;
    this.meaning = meaning;
    this.standard = standard;
  }

  /** Its name, like {@code network.pool}. */
  public String path() {
    return path;
  }

  /** What it sets, for people. */
  public String meaning() {
    return meaning;
  }

  /** What holds when nobody sets it, for people. */
  public String standard() {
    return standard;
  }

  /** Its environment variable, like {@code VISCO_POOL}. */
  public String variable() {
    return "VISCO_" + name().toUpperCase(Locale.ROOT);
  }

  static Optional<Key> ofPath(String path) {
    for (Key key : values()) {
      if (key.path.equals(path)) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }
}
