package dev.visco.lifecycle.boot;

import dev.visco.model.GuestLink;
import dev.visco.model.UserData;
import dev.visco.model.UserDataFile;
import dev.visco.model.VmId;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What cloud-init is told by the seed disk (its data source NoCloud), so that a distribution's own
 * cloud image gets the VM's name, address, keys and files. All of it is JSON, which is YAML, too.
 * Cloud-init does it once for each instance, which is a VM.
 *
 * @param id of the VM
 * @param hostName its name in the guest
 * @param link the network card and its address
 * @param keys of {@code VmKeys}: {@code authorized_keys} and the guest's host key, by their names
 * @param data what the VM was created with
 */
record CloudInit(
    VmId id, String hostName, GuestLink link, Map<String, byte[]> keys, UserData data) {
  private static final String HOST_KEY = "ssh_host_ed25519_key";

  /** The files of the volume, by name. */
  Map<String, byte[]> files() {
    return Map.of(
        "meta-data",
        bytes(Json.line(Map.of("instance-id", id.value(), "local-hostname", hostName))),
        "user-data",
        bytes("#cloud-config\n" + Json.line(userData())),
        "network-config",
        bytes(Json.line(network())));
  }

  private static byte[] bytes(String text) {
    return (text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private String key(String name) {
    return new String(keys.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8);
  }

  private Map<String, Object> userData() {
    var config = new LinkedHashMap<String, Object>();
    // Visco signs in as root, by a key that it alone has.
    config.put("disable_root", false);
    config.put("ssh_pwauth", false);
    config.put("users", List.of("default", root()));
    config.put("ssh_deletekeys", true);
    config.put("ssh_genkeytypes", List.of());
    config.put(
        "ssh_keys",
        Map.of("ed25519_private", key(HOST_KEY), "ed25519_public", key(HOST_KEY + ".pub")));
    config.put("manage_etc_hosts", true);
    List<Map<String, Object>> files = writtenFiles();
    if (!files.isEmpty()) {
      config.put("write_files", files);
    }
    return config;
  }

  private Map<String, Object> root() {
    return Map.of(
        "name",
        "root",
        "lock_passwd",
        true,
        "ssh_authorized_keys",
        key("authorized_keys").lines().filter(line -> !line.isBlank()).toList());
  }

  private List<Map<String, Object>> writtenFiles() {
    var files = new ArrayList<Map<String, Object>>();
    if (!data.environment().isEmpty()) {
      files.add(
          Map.of(
              "path",
              "/etc/environment",
              "append",
              true,
              "content",
              data.environment().entrySet().stream()
                  .filter(one -> one.getValue().chars().noneMatch(Character::isISOControl))
                  .map(one -> one.getKey() + "=" + quoted(one.getValue()) + "\n")
                  .collect(Collectors.joining())));
    }
    for (UserDataFile file : data.files()) {
      files.add(
          Map.of(
              "path",
              file.path(),
              "encoding",
              "b64",
              "content",
              file.base64(),
              "permissions",
              file.mode(),
              "owner",
              file.owner().contains(":") ? file.owner() : file.owner() + ":" + file.owner(),
              // After users are made, whom it may belong to; those of root before any service
              // starts.
              "defer",
              !file.owner().matches("(root|0)(:(root|0))?")));
    }
    return files;
  }

  /** For pam_env(8), which takes a value in double quotes as it is. */
  private static String quoted(String value) {
    return "\"" + value + "\"";
  }

  /**
   * Version 2, which netplan has and all of cloud-init's writers take. By its name it comes before
   * {@code all-eth} of Debian's images, which asks DHCP: systemd-networkd takes the first that
   * matches (systemd.network(5)).
   */
  private Map<String, Object> network() {
    String address = link.address() + "/" + link.prefix();
    return Map.of(
        "version",
        2,
        "ethernets",
        Map.of(
            "a-visco",
            Map.of(
                "match",
                Map.of("macaddress", link.mac().toString()),
                "set-name",
                link.device(),
                "dhcp4",
                false,
                "addresses",
                List.of(address),
                "routes",
                List.of(Map.of("to", "0.0.0.0/0", "via", link.gateway().toString())),
                "nameservers",
                Map.of("addresses", List.of(link.nameserver().toString())))));
  }
}
