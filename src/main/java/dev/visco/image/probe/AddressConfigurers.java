package dev.visco.image.probe;

import dev.visco.host.Host;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Finds what in a root file system configures the interface's address besides {@code ip=}: files of
 * network managers, and DHCP clients. If two programs configure one interface, one removes the
 * address that the other has set, and a running guest becomes unreachable.
 *
 * @param owners each with file and line, like {@code /etc/network/interfaces: iface eth0 inet dhcp}
 * @param unknown why it could not be determined, empty when it was
 */
public record AddressConfigurers(List<String> owners, List<String> unknown) {
  private static final int MAX_OWNERS = 32;
  private static final String WHETHER =
      "unknown: whether something in the root file system gives the interface an address besides ip=: ";

  /** Services that request an address themselves, of any instance after an @. */
  private static final Pattern SERVICE =
      Pattern.compile(
          "(NetworkManager|network-manager|networkmanager|dhcpcd5?|dhclient|udhcpc)(@[^/]*)?(\\.service)?");

  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9@._+-]+");
  private static final List<String> PROGRAMS = List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin");
  private static final List<String> UNITS =
      List.of("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system");
  private static final List<String> NETWORKS =
      List.of("/lib/systemd/network", "/usr/lib/systemd/network", "/etc/systemd/network");
  private static final List<String> NETPLANS =
      List.of("/lib/netplan", "/usr/lib/netplan", "/etc/netplan");

  /**
   * The folders in which the inits of System V and OpenRC have a link for each service that is
   * started.
   */
  private static final List<String> OTHER_INITS =
      List.of(
          "/etc/rcS.d",
          "/etc/rc2.d",
          "/etc/rc3.d",
          "/etc/rc5.d",
          "/etc/runlevels/boot",
          "/etc/runlevels/default");

  /**
   * Searches a raw disk.
   *
   * @param disk its file name was chosen by Visco
   */
  public static AddressConfigurers of(Host host, Path disk, RootProbe root) {
    if (!root.isReadable()) {
      return new AddressConfigurers(
          List.of(),
          List.of(
              WHETHER
                  + root.type()
                  + " cannot be looked into here without mounting it, which ext2, ext3 and ext4 can"));
    }
    return new Search(RootReaders.of(host, disk, root)).result();
  }

  /** The search in one file system. */
  private static final class Search {
    private final RootReader files;
    private final List<String> owners = new ArrayList<>();

    Search(RootReader files) {
      this.files = files;
      var first = new ArrayList<>(PROGRAMS);
      first.addAll(List.of("/etc/network", "/etc/network/interfaces.d"));
      first.addAll(UNITS);
      first.addAll(NETWORKS);
      first.addAll(NETPLANS);
      first.addAll(OTHER_INITS);
      files.load(first);
    }

    AddressConfigurers result() {
      if (hasProgram("ifup")) {
        ifupdown();
      }
      List<RootReader.FolderEntry> services = services();
      if (services.stream().anyMatch(entry -> entry.name().equals("systemd-networkd.service"))) {
        for (RootReader.FolderEntry file : files(NETWORKS, ".network")) {
          add(file, NetworkFiles.networkd(text(file)));
        }
      }
      if (hasProgram("netplan")) {
        for (RootReader.FolderEntry file : files(NETPLANS, ".yaml")) {
          add(file, NetworkFiles.netplan(text(file)));
        }
      }
      for (RootReader.FolderEntry entry : services) {
        String name = entry.name().replaceFirst("^S[0-9]{2}", "");
        if (SERVICE.matcher(name).matches()) {
          add(entry, List.of("the service is enabled"));
        }
      }
      return new AddressConfigurers(
          owners.stream().distinct().limit(MAX_OWNERS).toList(),
          files.complaints().isEmpty()
              ? List.of()
              : List.of(WHETHER + files.complaints().getFirst()));
    }

    private boolean hasProgram(String name) {
      return PROGRAMS.stream().anyMatch(folder -> files.find(folder + "/" + name).isPresent());
    }

    private String text(RootReader.FolderEntry file) {
      return files.text(file).orElse("");
    }

    private void add(RootReader.FolderEntry file, List<String> lines) {
      lines.forEach(
          line -> owners.add(ReadableLine.of(file.path()) + ": " + ReadableLine.of(line)));
    }

    private void ifupdown() {
      var all = new ArrayList<RootReader.FolderEntry>();
      files.find("/etc/network/interfaces").ifPresent(all::add);
      all.addAll(files.list("/etc/network/interfaces.d"));
      all.forEach(file -> add(file, NetworkFiles.ifupdown(text(file))));
    }

    /**
     * Files as systemd and netplan read them: for a name in several folders, the last one counts.
     */
    private List<RootReader.FolderEntry> files(List<String> folders, String ending) {
      var found = new TreeMap<String, RootReader.FolderEntry>();
      for (String folder : folders) {
        for (RootReader.FolderEntry entry : files.list(folder)) {
          if (entry.name().endsWith(ending)) {
            found.put(entry.name(), entry);
          }
        }
      }
      return List.copyOf(found.values());
    }

    /** The links to enabled services, each service once. */
    private List<RootReader.FolderEntry> services() {
      var found = new TreeMap<String, RootReader.FolderEntry>();
      for (String folder : OTHER_INITS) {
        files.list(folder).forEach(entry -> found.putIfAbsent(entry.name(), entry));
      }
      if (isInitBusybox()) {
        return List.copyOf(found.values());
      }
      List<String> wants =
          UNITS.stream()
              .flatMap(folder -> files.list(folder).stream())
              .filter(
                  entry -> entry.name().endsWith(".wants") && SAFE.matcher(entry.name()).matches())
              .map(RootReader.FolderEntry::path)
              .toList();
      files.load(wants);
      for (String folder : wants) {
        for (RootReader.FolderEntry entry : files.list(folder)) {
          if (!isMasked(entry.name())) {
            found.putIfAbsent(entry.name(), entry);
          }
        }
      }
      return List.copyOf(found.values());
    }

    /**
     * Whether systemd's units have no effect, since init is busybox, as in images that Visco
     * builds.
     */
    private boolean isInitBusybox() {
      Optional<RootReader.FolderEntry> init =
          PROGRAMS.stream().flatMap(folder -> files.find(folder + "/init").stream()).findFirst();
      return init.filter(entry -> files.target(entry).endsWith("/busybox")).isPresent();
    }

    private boolean isMasked(String unit) {
      return files.list(UNITS.getFirst()).stream()
          .filter(entry -> entry.name().equals(unit) && entry.isLink())
          .anyMatch(entry -> files.target(entry).equals("/dev/null"));
    }
  }
}
