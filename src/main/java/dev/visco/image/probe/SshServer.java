package dev.visco.image.probe;

import dev.visco.image.probe.ProgramFiles.FilePlace;
import dev.visco.model.RootProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The SSH server of a root file system: its program, its port and its keys (sshd_config(5)).
 *
 * @param path of its program, null when there is none in the usual folders
 * @param problem why it cannot be started, null when it can
 * @param takesSeedKeys whether its configuration names the keys of the seed disk
 * @param notices what may keep sessions from being opened
 */
record SshServer(
    @Nullable String path,
    @Nullable RootProblem problem,
    boolean takesSeedKeys,
    List<String> notices) {
  private static final List<String> FOLDERS =
      List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin");

  private static final List<String> PROGRAMS = List.of("sshd", "dropbear", "tinysshd");

  private static final List<String> DEFAULT_KEYS =
      List.of(
          "/etc/ssh/ssh_host_rsa_key",
          "/etc/ssh/ssh_host_ecdsa_key",
          "/etc/ssh/ssh_host_ed25519_key");

  /** What makes host keys at the boot, besides cloud-init. */
  private static final List<String> KEY_MAKERS =
      List.of(
          "/etc/init.d/sshd",
          "/usr/lib/systemd/system/sshd-keygen.target",
          "/usr/lib/systemd/system/sshdgenkeys.service",
          "/usr/lib/systemd/system/sshd-keygen.service");

  /**
   * Finds it.
   *
   * @param hasCloudInit whether cloud-init brings the keys
   */
  static SshServer of(DiskFiles files, boolean hasCloudInit) {
    for (String program : PROGRAMS) {
      for (String folder : FOLDERS) {
        String path = folder + "/" + program;
        if (files.find(path) instanceof FilePlace.PresentFile) {
          return found(files, path, hasCloudInit);
        }
      }
    }
    boolean isClear = files.find("/usr/sbin/sshd") instanceof FilePlace.AbsentFile;
    return new SshServer(
        null,
        null,
        false,
        isClear
            ? List.of(
                "there is no SSH server in the usual folders (sshd, dropbear, tinysshd): a VM is ready once it answers on port 22")
            : List.of());
  }

  private static SshServer found(DiskFiles files, String path, boolean hasCloudInit) {
    RootProblem problem =
        new ProgramChain(files)
            .fault(path)
            .map(fault ->
                new RootProblem("sshd-not-executable", path, fault.cause() + ".", fault.remedy()))
            .orElse(null);
    if (!path.endsWith("/sshd")) {
      return new SshServer(path, problem, false, List.of());
    }
    var options = new Configuration(files);
    options.read("/etc/ssh/sshd_config", 0);
    var notices = new ArrayList<String>();
    List<String> ports = options.values("port");
    if (!ports.isEmpty() && !ports.contains("22")) {
      notices.add(
          "sshd listens on port "
              + String.join(", ", ports)
              + " (/etc/ssh/sshd_config), and sessions are opened on port 22");
    }
    if (options.first("permitrootlogin").equals("no")) {
      notices.add(
          "sshd does not let root sign in (PermitRootLogin no in /etc/ssh/sshd_config), and sessions are root's");
    }
    keys(files, options, hasCloudInit, notices);
    boolean takesKeys =
        options.values("authorizedkeysfile").stream().anyMatch(one -> one.contains("/run/visco/"));
    return new SshServer(path, problem, takesKeys, notices);
  }

  private static void keys(
      DiskFiles files, Configuration options, boolean hasCloudInit, List<String> notices) {
    List<String> named = options.values("hostkey");
    List<String> keys = named.isEmpty() ? DEFAULT_KEYS : named;
    boolean areAbsent =
        keys.stream()
            .allMatch(
                key -> !key.startsWith("/run/") && files.find(key) instanceof FilePlace.AbsentFile);
    boolean areMade =
        hasCloudInit
            || KEY_MAKERS.stream()
                .anyMatch(maker -> files.find(maker) instanceof FilePlace.PresentFile);
    if (areAbsent && !areMade) {
      notices.add(
          "sshd has no host key ("
              + String.join(", ", keys)
              + "), and ends at once unless something in the image makes one at the boot; the seed disk has one for /run/visco/ssh_host_ed25519_key");
    }
  }

  /** The options before the first {@code Match}, with the files that are included. */
  private static final class Configuration {
    private static final int MAX_DEPTH = 4;
    private final DiskFiles files;
    private final Map<String, List<String>> options = new TreeMap<>();

    Configuration(DiskFiles files) {
      this.files = files;
    }

    void read(String path, int depth) {
      Optional<String> text = files.text(path);
      for (String line : text.orElse("").lines().map(String::strip).toList()) {
        String[] words = line.replaceFirst("^(\\S+?)\\s*=\\s*", "$1 ").split("\\s+");
        String name = words[0].toLowerCase(Locale.ROOT);
        if (name.equals("match")) {
          return;
        }
        if (name.equals("include") && depth < MAX_DEPTH) {
          included(words, depth + 1);
        } else if (!name.startsWith("#") && words.length > 1) {
          var values = options.computeIfAbsent(name, _ -> new ArrayList<>());
          List.of(words).subList(1, words.length).stream()
              .map(ReadableLine::of)
              .forEach(values::add);
        }
      }
    }

    /** The first word of each occurrence, and all words of lists. */
    List<String> values(String name) {
      return options.getOrDefault(name, List.of());
    }

    /** For most options the first value counts. */
    String first(String name) {
      List<String> all = values(name);
      return all.isEmpty() ? "" : all.getFirst().toLowerCase(Locale.ROOT);
    }

    private void included(String[] words, int depth) {
      for (String word : List.of(words).subList(1, words.length)) {
        String path = word.startsWith("/") ? word : "/etc/ssh/" + word;
        String folder = path.substring(0, path.lastIndexOf('/'));
        String ending = path.substring(path.lastIndexOf('/') + 1).replaceFirst("^\\*", "");
        files.names(folder).stream()
            .filter(name -> name.endsWith(ending))
            .sorted()
            .forEach(name -> read(folder + "/" + name, depth));
      }
    }
  }
}
