package dev.visco.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {
  @TempDir Path folder;
  private SettingsReader reader;

  @BeforeEach
  void open() {
    reader = new SettingsReader(folder.resolve("home"), folder, 10_000);
  }

  private void file(String text) throws IOException {
    Files.writeString(folder.resolve("visco.toml"), text);
  }

  @Test
  void hasDefaultsForAll() {
    Settings settings = reader.read(Map.of(), Map.of("PATH", "/bin"));
    assertThat(settings.data()).isEqualTo(Path.of("/var/lib/visco"));
    assertThat(settings.hostName()).as("as the rows have it").isNull();
    assertThat(settings.listenHost()).isEqualTo("127.0.0.1");
    assertThat(settings.listenPort()).isEqualTo(3000);
    assertThat(settings.pool()).hasToString("192.168.100.0/24");
    assertThat(settings.nameserver()).isNull();
    assertThat(settings.memoryMib()).isEqualTo(9000);
    assertThat(settings.keepFailed()).isEqualTo(Duration.ofDays(1));
    assertThat(settings.typeFolders())
        .containsExactly(folder.resolve("home/types"), folder.resolve("types"));
    assertThat(settings.providerFolders())
        .containsExactly(folder.resolve("home/providers"), folder.resolve("providers"));
  }

  static Stream<Arguments> examples() {
    return Stream.of(
        example(Key.DATA, "/a", "/b", "/c", Settings::data),
        example(
            Key.HOST_NAME,
            "a",
            "b-7",
            "c.example",
            settings -> String.valueOf(settings.hostName())),
        example(Key.LISTEN, "127.0.0.1:1", "127.0.0.1:2", "0.0.0.0:3", Settings::listenPort),
        example(Key.HOSTS, "a.example", "b.example", "c.example", Settings::apiHosts),
        example(
            Key.PUBLIC_URL,
            "https://a.example",
            "http://b.example:8080",
            "https://c.example/lab",
            settings -> String.valueOf(settings.publicUrl())),
        example(Key.TLS_CERTIFICATE, "/a.pem", "/b.pem", "/c.pem", one -> one.tls() + ""),
        example(Key.TLS_KEY, "/a.key", "/b.key", "/c.key", one -> one.tls() + ""),
        example(Key.TLS_HSTS, "0s", "1d", "365d", one -> one.tls() + ""),
        example(
            Key.CORS_ORIGINS,
            "https://a.example",
            "http://b.example:8080",
            "https://c.example,https://d.example",
            Settings::webOrigins),
        example(
            Key.LINKS_URL,
            "https://a.example",
            "http://b.example:8080",
            "https://c.example",
            settings -> String.valueOf(settings.linksUrl())),
        example(Key.CONNECTIONS, "16", "17", "65536", Settings::apiConnections),
        example(Key.STREAMS, "1", "2", "65536", Settings::apiStreams),
        example(Key.REQUESTS, "0", "7", "100000", Settings::apiRequestsPerSecond),
        example(Key.FAILURES, "0", "7", "100000", Settings::apiFailuresPerMinute),
        example(
            Key.OIDC_ISSUER,
            "https://a.example",
            "https://b.example/realms/b/",
            "http://127.0.0.1:8080",
            settings -> String.valueOf(settings.oidc().issuer())),
        example(Key.OIDC_AUDIENCE, "a", "b", "c", settings -> settings.oidc().audience()),
        example(
            Key.OIDC_KEYS_URL,
            "https://a.example/k",
            "https://b.example/k",
            "http://localhost:1/k",
            settings -> String.valueOf(settings.oidc().keysUrl())),
        example(Key.OIDC_USER_CLAIM, "a", "b", "c", settings -> settings.oidc().userClaim()),
        example(
            Key.OIDC_ROLE_CLAIM,
            "a",
            "b",
            "c",
            settings -> String.valueOf(settings.oidc().roleClaim())),
        example(
            Key.OIDC_ROLES,
            "admin=root",
            "admin=root, operator=ops,operator=night",
            "user=staff",
            settings -> settings.oidc().roles()),
        example(
            Key.OIDC_DEFAULT_ROLE,
            "none",
            "operator",
            "admin",
            settings -> String.valueOf(settings.oidc().defaultRole())),
        example(Key.POOL, "10.1.0.0/16", "10.2.0.0/24", "10.3.0.0/29", Settings::pool),
        example(
            Key.NAMESERVER,
            "10.0.0.1",
            "10.0.0.2",
            "10.0.0.3",
            settings -> String.valueOf(settings.nameserver())),
        example(
            Key.GUEST_CONNECTIONS,
            "64",
            "2000",
            "65536",
            settings -> settings.networkBounds().connections()),
        example(
            Key.GUEST_NEW_CONNECTIONS,
            "1",
            "20",
            "100000",
            settings -> settings.networkBounds().newConnections()),
        example(
            Key.GUEST_QUERIES, "1", "20", "100000", settings -> settings.networkBounds().queries()),
        example(
            Key.NETWORK_PROBE,
            "none",
            "198.51.100.7:443",
            "web.example:80",
            Settings::networkProbe),
        example(Key.SPARE_SLOTS, "0", "1", "64", Settings::spareSlots),
        example(Key.VMS_PER_USER, "1", "2", "4096", Settings::vmsPerUser),
        example(Key.MEMORY_MIB, "32", "33", "10000", Settings::memoryMib),
        example(Key.DISK_MIB, "256", "257", "100000", Settings::diskMib),
        example(Key.DISK_MIB_PER_USER, "256", "257", "100000", Settings::diskMibPerUser),
        example(Key.DISK_RESERVE, "5%", "1g", "512m", Settings::diskReserve),
        example(
            Key.IMAGE_REGISTRY,
            "registry.example.com",
            "localhost:5000",
            "example.org/library=index.example.org",
            settings -> Objects.requireNonNull(settings.imageRegistry())),
        example(Key.ACCELERATOR, "auto", "tcg", "kvm", Settings::accelerator),
        example(Key.ROLLBACK_AFTER, "0", "1", "1000", Settings::rollbackAfter),
        example(Key.KEEP_FAILED, "0s", "1500ms", "7d", Settings::keepFailed),
        example(Key.ARCHIVE_AFTER, "1m", "7d", "never", Settings::archiveAfter),
        example(Key.CONSOLE_BYTES, "65536", "65537", "4294967296", Settings::consoleBytes),
        example(Key.STORE_COPIES, "1", "2", "1000", Settings::storeCopies),
        example(Key.RETAIN_VMS, "1h", "7d", "90d", settings -> settings.retention().destroyedVms()),
        example(Key.RETAIN_EVENTS, "1h", "7d", "90d", settings -> settings.retention().events()),
        example(
            Key.RETAIN_VIEWS, "1h", "7d", "90d", settings -> settings.retention().desktopViews()),
        example(
            Key.RETAIN_ADDRESSES,
            "1h",
            "7d",
            "90d",
            settings -> settings.retention().viewerAddresses()),
        example(Key.RETAIN_AUDIT, "1h", "7d", "90d", settings -> settings.retention().audit()),
        example(Key.RETAIN_LOST, "1h", "7d", "90d", settings -> settings.retention().lostFolders()),
        example(
            Key.WEBHOOK_NETWORKS,
            "10.0.0.0/8",
            "127.0.0.1/32",
            "192.168.0.0/16,172.16.0.0/12",
            Settings::webhookNetworks),
        example(Key.PROMPTS_PER_VM, "1", "2", "64", settings -> settings.prompts()),
        example(Key.PROMPTS_KEPT, "1h", "7d", "90d", settings -> settings.prompts()),
        example(Key.SIGN_IN_TYPE, "browser", "desk", "own", settings -> settings.signIn()),
        example(Key.SIGN_IN_PER_USER, "1", "3", "16", settings -> settings.signIn()),
        example(Key.SIGN_IN_IDLE, "1m", "5m", "24h", settings -> settings.signIn()),
        example(Key.SIGN_IN_MAX_TIME, "1m", "5m", "24h", settings -> settings.signIn()),
        example(Key.CREDENTIALS_READ_BACK, "1s", "1m", "1d", settings -> settings.credentials()),
        example(Key.CREDENTIALS_CHECK, "0s", "1h", "30d", settings -> settings.credentials()),
        example(
            Key.EGRESS_NETWORKS,
            "10.0.0.0/8",
            "127.0.0.1/32",
            "192.168.0.0/16,172.16.0.0/12",
            Settings::egressNetworks),
        example(
            Key.EGRESS_CA_FILE,
            "/a.pem",
            "/b.pem",
            "/c.pem",
            settings -> String.valueOf(settings.egressCaFile())),
        example(Key.VAULT_KEY_FILE, "/a.key", "/b.key", "/c.key", Settings::vault),
        example(
            Key.VAULT_KEY_COMMAND,
            "/usr/bin/age -d /a.age",
            "/usr/bin/b",
            "/usr/bin/c c",
            Settings::vault),
        example(Key.DESKTOP_VIEWERS, "1", "2", "1000", Settings::desktopViewers),
        example(
            Key.DESKTOP_ORIGINS,
            "https://a.example",
            "http://b.example:8080",
            "https://c.example,https://d.example",
            Settings::webOrigins),
        example(Key.DESKTOP_IDLE, "10m", "1h", "7d", Settings::desktopIdle));
  }

  private static Arguments example(
      Key key, String file, String environment, String flag, Function<Settings, Object> seen) {
    return arguments(key, file, environment, flag, seen);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void flagWinsOverEnvironmentOverFile(
      Key key, String file, String environment, String flag, Function<Settings, Object> seen)
      throws IOException {
    Map<String, String> others =
        Set.of(Key.TLS_KEY, Key.TLS_HSTS).contains(key)
            ? Map.of(Key.TLS_CERTIFICATE.variable(), "/certificate.pem")
            : Map.of();
    var variable = new HashMap<>(others);
    variable.put(key.variable(), environment);
    var byFlag = reader.read(Map.of(key.path(), flag), others);
    var byEnvironment = reader.read(Map.of(), variable);
    file(key.path() + " = \"" + file + "\"\n");
    var byFile = reader.read(Map.of(), others);
    assertThat(Stream.of(byFile, byEnvironment, byFlag).map(seen)).doesNotHaveDuplicates();
    assertThat(reader.read(Map.of(), variable)).isEqualTo(byEnvironment);
    assertThat(reader.read(Map.of(key.path(), flag), variable)).isEqualTo(byFlag);
    assertThat(reader.read(Map.of(key.path(), flag), others)).isEqualTo(byFlag);
  }

  @Test
  void aMasterKeyComesFromOnePlaceAndSystemdsCredentialIsTheLast() throws IOException {
    assertThatThrownBy(() ->
            reader.read(
                Map.of("vault.key-file", "/k", "vault.key-command", "/usr/bin/k"), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("vault.key-file too");
    assertThatThrownBy(() -> reader.read(Map.of("vault.key-file", "k"), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is not an absolute path");
    assertThatThrownBy(() -> reader.read(Map.of("vault.key-command", "age -d"), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("absolute path of a program");
    Path credentials = Files.createDirectory(folder.resolve("credentials"));
    Map<String, String> unit = Map.of("CREDENTIALS_DIRECTORY", credentials.toString());
    assertThat(reader.read(Map.of(), unit).vault().credential()).isNull();
    Path credential = Files.createFile(credentials.resolve("visco.vault-key"));
    assertThat(reader.read(Map.of(), unit).vault().credential()).isEqualTo(credential);
    assertThat(reader.read(Map.of("vault.key-file", "/k"), unit).vault())
        .isEqualTo(new VaultSettings(Path.of("/k"), List.of(), null));
    assertThat(reader.read(Map.of("vault.key-command", "/usr/bin/k  a b"), unit).vault())
        .isEqualTo(new VaultSettings(null, List.of("/usr/bin/k", "a", "b"), null));
  }

  @Test
  void aKeyIsOfNoUseWithoutACertificate() {
    assertThatThrownBy(() -> reader.read(Map.of("tls.key", "/k.pem"), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("tls.key \"/k.pem\" after --set is of no use")
        .hasMessageContaining("tls.certificate");
    assertThatThrownBy(() -> reader.read(Map.of("tls.certificate", "c.pem"), Map.of()))
        .hasMessageContaining("is not an absolute path");
    Settings one = reader.read(Map.of("tls.certificate", "/both.pem"), Map.of());
    assertThat(one.tls())
        .isEqualTo(new TlsFiles(Path.of("/both.pem"), Path.of("/both.pem"), Duration.ZERO));
  }

  @ParameterizedTest
  @CsvSource({
    "https://visco.example.com, https://visco.example.com, https://visco.example.com",
    "https://Visco.Example.com:443/, https://visco.example.com, https://visco.example.com",
    "http://10.1.2.3:80/lab/, http://10.1.2.3, http://10.1.2.3/lab",
    "HTTPS://visco.example.com:8443/a/b, https://visco.example.com:8443, https://visco.example.com:8443/a/b",
    "http://[::1]:3000, http://[::1]:3000, http://[::1]:3000"
  })
  void aPublicUrlHasAnOriginAsBrowsersSendItAndABaseOfLinks(
      String text, String origin, String base) {
    PublicUrl url =
        Objects.requireNonNull(reader.read(Map.of("api.public-url", text), Map.of()).publicUrl());
    assertThat(url.origin()).isEqualTo(origin);
    assertThat(url.base()).isEqualTo(base);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "visco.example.com",
        "//visco.example.com",
        "ftp://visco.example.com",
        "https://",
        "https:///lab",
        "https://visco.example.com/lab?a=b",
        "https://visco.example.com/#x",
        "https://user@visco.example.com",
        "https://visco.example.com:99999",
        "https://visco.example.com/a b",
        "https://visco.example.com//lab",
        "https://visco.example.com/<script>"
      })
  void whatIsNoPublicUrlIsRefusedByName(String text) {
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of("VISCO_PUBLIC_URL", text)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("api.public-url \"" + text + "\"")
        .hasMessageContaining("VISCO_PUBLIC_URL is no web address");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://192.0.2.1",
        "https://[::1]",
        "https://ports.example.com/path",
        "https://ports_example.com",
        "ports.example.com"
      })
  void aHostOfLinksHasNamesBelowIt(String text) {
    assertThatThrownBy(() -> reader.read(Map.of("links.url", text), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("links.url \"" + text + "\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", "a-", ".a", "Host", "two words", "a_b", "a\nb", "ho\u00e4t", "LONG"})
  void whatIsNoNameOfAHostIsRefusedByName(String given) {
    String text = given.equals("LONG") ? "a".repeat(64) : given;
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of("VISCO_HOST_NAME", text)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("host.name \"")
        .hasMessageContaining("VISCO_HOST_NAME is not a name of a host")
        .hasMessageContaining("like rack2-host7");
    assertThat(reader.read(Map.of("host.name", "a".repeat(63)), Map.of()).hostName()).hasSize(63);
  }

  @ParameterizedTest
  @CsvSource({
    "oidc.issuer, http://sso.example.com",
    "oidc.issuer, sso.example.com",
    "oidc.issuer, https://sso.example.com/?realm=a",
    "oidc.issuer, https:///a",
    "oidc.keys-url, http://192.0.2.1/keys",
    "oidc.roles, root",
    "oidc.roles, root=admin",
    "oidc.roles, admin=",
    "oidc.default-role, root"
  })
  void whatCannotBeOfAnIssuerIsRefusedByName(String key, String text) {
    assertThatThrownBy(() -> reader.read(Map.of(key, text), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(key + " \"" + text + "\"");
  }

  @Test
  void everySettingHasItsExample() {
    assertThat(examples().map(example -> (Key) example.get()[0])).containsExactly(Key.values());
  }

  @Test
  void eachPlaceCountsForItself() throws IOException {
    file("data = \"/file\"\n[network]\npool = \"10.0.0.0/24\"\nspare-slots = 7\n");
    Settings settings =
        reader.read(Map.of("limits.vms-per-user", "3"), Map.of("VISCO_LISTEN", "0.0.0.0:2"));
    assertThat(settings.data()).isEqualTo(Path.of("/file"));
    assertThat(settings.spareSlots()).isEqualTo(7);
    assertThat(settings.vmsPerUser()).isEqualTo(3);
    assertThat(settings.listenPort()).isEqualTo(2);
  }

  @Test
  void aRefusalSaysWhereTheValueWasGiven() throws IOException {
    assertThatThrownBy(() -> reader.read(Map.of("data", "flag"), Map.of("VISCO_DATA", "/fine")))
        .hasMessageStartingWith("data \"flag\" after --data is not an absolute path.");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of("VISCO_DATA", "variable")))
        .hasMessageStartingWith("data \"variable\" in the environment variable VISCO_DATA is not");
    file("data = \"file\"");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of()))
        .hasMessageStartingWith(
            "data \"file\" in " + folder.resolve("visco.toml") + " is not an absolute path.");
  }

  @Test
  void refusesWhatIsNotKnownAndSaysWhatIs() throws IOException {
    assertThatThrownBy(() -> reader.read(Map.of("network.pol", "x"), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("\"network.pol\"")
        .hasMessageContaining("network.pool");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of("VISCO_POLL", "x")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("VISCO_POLL")
        .hasMessageContaining("VISCO_POOL");
    file("[network]\nspare = 3\n");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("network.spare")
        .hasMessageContaining("visco.toml");
  }

  @Test
  void aUrlIsNamedAsOne() {
    assertThatThrownBy(() -> reader.read(Map.of("listen", "https://visco.example:3000"), Map.of()))
        .hasMessageContaining("is a URL")
        .hasMessageContaining("127.0.0.1:3000");
  }

  @Test
  void addressesOfBothVersionsAndNamesAreWhatOneMayListenOn() {
    for (String host : List.of("0.0.0.0", "::1", "[::1]", "fe80::1%eth0", "localhost", "a_b-c.d")) {
      assertThat(reader.read(Map.of("listen", host + ":80"), Map.of()).listenHost())
          .isEqualTo(host);
    }
  }

  @Test
  void aDataFolderOnALinkHasOneNameWhicheverWayLeadsToIt() throws IOException {
    Path real = Files.createDirectories(folder.toRealPath().resolve("disks/big"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    assertThat(reader.read(Map.of("data", link.toString()), Map.of()).data()).isEqualTo(real);
    assertThat(reader.read(Map.of("data", link + "/not/yet"), Map.of()).data())
        .isEqualTo(real.resolve("not/yet"));
    Path nowhere = Files.createSymbolicLink(folder.resolve("nowhere"), folder.resolve("gone"));
    assertThat(reader.read(Map.of("data", nowhere.toString()), Map.of()).data())
        .isEqualTo(folder.toRealPath().resolve("nowhere"));
  }

  @Test
  void furtherNamesOfTheApiStandWithCommasBetweenThem() {
    assertThat(reader.read(Map.of("api.hosts", "visco.example, build-7"), Map.of()).apiHosts())
        .containsExactlyInAnyOrder("visco.example", "build-7");
    assertThat(reader.read(Map.of(), Map.of()).apiHosts()).isEmpty();
  }

  @Test
  void leavesVariablesAloneThatAreNoSettings() {
    assertThat(reader.read(Map.of(), Map.of("VISCO_TOKEN", "t", "VISCO_HOME", "h"))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "data, relative",
    "listen, 3000",
    "listen, 127.0.0.1:70000",
    "listen, 127.0.0.1:",
    "listen, http://127.0.0.1:3000",
    "listen, http://127.0.0.1:3000/",
    "listen, 127.0.0.1/x:3000",
    "api.hosts, visco.example:3000",
    "api.hosts, ''",
    "api.cors-origins, *",
    "api.cors-origins, app.example",
    "desktop.origins, https://app.example/page",
    "network.pool, 192.168.100.0",
    "network.pool, 192.168.100.1/24",
    "network.pool, 192.168.100.0/+24",
    "network.pool, 10.0.0.0/15",
    "network.pool, 10.0.0.0/8",
    "network.pool, 0.0.0.0/0",
    "network.pool, 192.168.100.0/30",
    "network.nameserver, 010.0.0.1",
    "network.nameserver, localhost",
    "network.connections, 63",
    "network.connections, 65537",
    "network.new-connections, 0",
    "network.new-connections, 100001",
    "network.queries, 0",
    "network.queries, many",
    "network.probe, 198.51.100.7",
    "network.probe, 198.51.100.7:0",
    "network.probe, 198.51.100.7:65536",
    "network.probe, https://198.51.100.7:443",
    "network.probe, yes",
    "network.spare-slots, -1",
    "limits.vms-per-user, 0",
    "limits.memory-mib, 10001",
    "vmm.accelerator, xen",
    "vm.keep-failed, 1 day",
    "vm.archive-after, 59s",
    "vm.archive-after, 36526d",
    "vm.archive-after, soon",
    "vm.console-bytes, 10"
  })
  void refusesValuesThatCannotBeByName(String key, String value) {
    assertThatThrownBy(() -> reader.read(Map.of(key, value), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith(
            key
                + " \""
                + value
                + "\" after --"
                + (java.util.Set.of("data", "listen").contains(key) ? key : "set")
                + " is ")
        .hasMessageContaining(" Give ");
  }
}
