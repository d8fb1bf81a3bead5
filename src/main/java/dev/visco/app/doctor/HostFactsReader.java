package dev.visco.app.doctor;

import dev.visco.api.tls.CertificateFiles;
import dev.visco.api.tls.ServerCertificate;
import dev.visco.cli.ApiException;
import dev.visco.cli.DaemonClient;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DiskRoom;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.TunDevice;
import dev.visco.model.Ipv4;
import dev.visco.model.Refused;
import dev.visco.network.Uplink;
import dev.visco.settings.Settings;
import dev.visco.settings.TlsFiles;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.qemu.KvmAnswers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the facts of this host. Changes nothing: what it makes to try something is gone again. */
public final class HostFactsReader {
  private static final Duration ASKING = Duration.ofSeconds(10);
  private static final int WRITTEN_MIB = 32;

  private final Host host;
  private final Settings settings;
  private final @Nullable DaemonClient daemon;
  private final boolean isRoot;

  /**
   * @param daemon null when there is no token to ask it with
   */
  public HostFactsReader(
      Host host, Settings settings, @Nullable DaemonClient daemon, boolean isRoot) {
    this.host = host;
    this.settings = settings;
    this.daemon = daemon;
    this.isRoot = isRoot;
  }

  /**
   * Everything, in some seconds.
   *
   * @param missing packages whose program is not there
   * @param hasApt whether packages can be installed
   */
  public HostFacts read(Map<String, String> missing, boolean hasApt) {
    return new HostFacts(
        isRoot,
        machine(),
        network(),
        disk(),
        limits(),
        new HostFacts.Software(missing, hasApt),
        running(),
        certificate());
  }

  private HostFacts.@Nullable Certificate certificate() {
    TlsFiles files = settings.tls();
    if (files == null) {
      return null;
    }
    try {
      Instant now = Instant.now();
      ServerCertificate found = CertificateFiles.read(files, now);
      return new HostFacts.Certificate(found.toString(), true, found.endsSoon(now));
    } catch (Refused e) {
      return new HostFacts.Certificate(e.refusal().detail(), false, false);
    }
  }

  private HostFacts.Machine machine() {
    boolean hasTun = Files.exists(Path.of("/dev/net/tun"));
    return new HostFacts.Machine(
        Objects.toString(System.getProperty("os.arch"), "unknown"),
        text(Path.of("/proc/cpuinfo")).matches("(?s).*\\b(vmx|svm)\\b.*"),
        Files.exists(Path.of("/dev/kvm")),
        kvmAnswers(),
        hasTun,
        hasTun && isRoot ? TunDevice.tryTap("") : null,
        Files.exists(Path.of("/proc/self/ns/net"))
            ? number(text(Path.of("/proc/sys/user/max_net_namespaces")))
            : null);
  }

  private List<String> kvmAnswers() {
    try {
      return KvmAnswers.kept(host, settings.data().resolve("cache"));
    } catch (IOException e) {
      return List.of(); // Only root may read them.
    }
  }

  private HostFacts.Network network() {
    Ipv4 nameserver = settings.nameserver();
    return new HostFacts.Network(
        text(Path.of("/proc/sys/net/ipv4/ip_forward")).strip().equals("1"),
        output("nft", "-j", "list", "chains"),
        "active"
            .equals(Objects.toString(output("systemctl", "is-active", "firewalld"), "").strip()),
        text(Path.of("/etc/ufw/ufw.conf")).lines().anyMatch("ENABLED=yes"::equals),
        output("ip", "-4", "route", "show", "table", "all"),
        settings.pool(),
        nameserver == null ? null : nameserver.toString(),
        Uplink.RESOLV_CONFS.stream()
            .map(HostFactsReader::text)
            .filter(text -> !text.isEmpty())
            .toList());
  }

  private HostFacts.Disk disk() {
    Path folder = settings.data();
    while (!Files.isDirectory(folder)) {
      folder = Objects.requireNonNullElse(folder.getParent(), Path.of("/"));
    }
    try {
      return new HostFacts.Disk(
          folder.toString(),
          DiskRoom.freeMib(folder),
          Files.getFileStore(folder).getTotalSpace() >> 20,
          speed(folder));
    } catch (IOException e) {
      throw new HostFault("cannot read the file system of " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Writes a file of 32 MiB, synchronizes it and removes it. */
  private static @Nullable Double speed(Path folder) {
    try {
      Path file = Files.createTempFile(folder, "doctor-", ".tmp");
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        ByteBuffer block = ByteBuffer.allocate(1 << 20);
        long began = System.nanoTime();
        for (int mib = 0; mib < WRITTEN_MIB; mib++) {
          block.clear();
          while (block.hasRemaining()) {
            channel.write(block);
          }
        }
        channel.force(true);
        return WRITTEN_MIB / ((System.nanoTime() - began) / 1e9);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      return null; // Somebody else's, read-only or full.
    }
  }

  private HostFacts.Bounds limits() {
    String memory = text(Path.of("/proc/meminfo"));
    String said = output("timedatectl", "show", "--property=NTPSynchronized", "--value");
    return new HostFacts.Bounds(
        mib(memory, "MemTotal"),
        mib(memory, "MemAvailable"),
        mib(memory, "SwapTotal"),
        Cgroups.ofHost().version(),
        said == null || said.isBlank() ? null : said.strip().equals("yes"),
        field(text(Path.of("/proc/self/limits")), "Max open files", 1));
  }

  private static long mib(String memory, String name) {
    Long kib = number(field(memory, name + ":", 0));
    return kib == null ? 0 : kib >> 10;
  }

  /** A word behind a line's name. */
  private static String field(String text, String name, int index) {
    for (String line : text.lines().toList()) {
      if (line.startsWith(name)) {
        String[] words = line.substring(name.length()).strip().split("\\s+", -1);
        return index < words.length ? words[index] : "";
      }
    }
    return "";
  }

  private HostFacts.@Nullable Running running() {
    if (daemon == null) {
      return null;
    }
    try {
      JsonNode health = daemon.health();
      String vault = health.path("vault").asString(null);
      return new HostFacts.Running(
          health.path("status").asString("unknown"),
          orphans(daemon),
          vulnerable(daemon),
          vault,
          "closed".equals(vault) ? reason(daemon) : null);
    } catch (ApiException e) {
      return null;
    }
  }

  private static @Nullable String reason(DaemonClient daemon) {
    try {
      return daemon.json("GET", "/api/vault", null).path("reason").asString(null);
    } catch (ApiException e) {
      return null;
    }
  }

  private static @Nullable List<String> orphans(DaemonClient daemon) {
    try {
      var orphans = new ArrayList<String>();
      for (JsonNode thing : daemon.json("GET", "/api/sweep", null)) {
        if (thing.path("owner").asString().equalsIgnoreCase("orphan")) {
          orphans.add(thing.path("kind").asString() + " " + thing.path("name").asString());
        }
      }
      return orphans;
    } catch (ApiException e) {
      return null;
    }
  }

  private static Map<String, List<String>> vulnerable(DaemonClient daemon) {
    var found = new TreeMap<String, List<String>>();
    try {
      for (JsonNode release : daemon.list("/api/vmm")) {
        List<String> ids = release.path("vulnerabilities").findValuesAsString("id");
        if (release.path("status").asString().equals("in-use") && !ids.isEmpty()) {
          found.put(release.path("name").asString(), ids);
        }
      }
    } catch (ApiException e) {
      return Map.of(); // A token that may not know.
    }
    return found;
  }

  private @Nullable String output(String... command) {
    try {
      CommandResult result = host.run(Command.of(command).within(ASKING));
      return result.succeeded() ? result.output() : null;
    } catch (HostFault e) {
      return null; // There is no such program.
    }
  }

  /**
   * A file's text, in large pieces: a kernel parameter gives all of it to the first read(2) and
   * nothing to a second one.
   */
  private static String text(Path file) {
    var text = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
        text.write(buffer, 0, count);
      }
      return text.toString(StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  private static @Nullable Long number(String text) {
    String digits = text.strip();
    return digits.matches("\\d{1,18}") ? Long.valueOf(digits) : null;
  }
}
