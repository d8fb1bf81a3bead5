package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.GuestLink;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.UserData;
import dev.visco.model.UserDataFile;
import dev.visco.model.VmId;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What cloud-init reads has the VM's name, address, keys and files. */
class CloudInitTest {
  private static final GuestLink LINK =
      new GuestLink(
          Ipv4.of("a", "192.168.100.2"),
          Ipv4.of("g", "192.168.100.1"),
          Ipv4.of("n", "255.255.255.0"),
          new MacAddress("02:56:00:00:00:02"),
          "eth0",
          Ipv4.of("d", "192.168.100.1"));
  private static final Map<String, byte[]> KEYS =
      Map.of(
          "authorized_keys", bytes("ssh-ed25519 AAAA visco\n"),
          "ssh_host_ed25519_key", bytes("PRIVATE\nLINES\n"),
          "ssh_host_ed25519_key.pub", bytes("ssh-ed25519 BBBB\n"));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode file(String name, UserData data) {
    byte[] content =
        new CloudInit(new VmId("vm-00000001"), "web", LINK, KEYS, data).files().get(name);
    String text = new String(content, StandardCharsets.UTF_8);
    return Json.read(text.replaceFirst("^#cloud-config\n", ""), JsonNode.class);
  }

  @Test
  void anInstanceIsAVm() {
    JsonNode meta = file("meta-data", UserData.NONE);
    assertThat(meta.path("instance-id").asString()).isEqualTo("vm-00000001");
    assertThat(meta.path("local-hostname").asString()).isEqualTo("web");
  }

  @Test
  void theCardIsFoundByItsMacAndHasTheSlotsAddress() {
    JsonNode card = file("network-config", UserData.NONE).path("ethernets").path("a-visco");
    assertThat(card.path("match").path("macaddress").asString()).isEqualTo("02:56:00:00:00:02");
    assertThat(card.path("set-name").asString()).isEqualTo("eth0");
    assertThat(card.path("addresses").get(0).asString()).isEqualTo("192.168.100.2/24");
    assertThat(card.path("routes").get(0).path("via").asString()).isEqualTo("192.168.100.1");
    assertThat(card.path("nameservers").path("addresses").get(0).asString())
        .isEqualTo("192.168.100.1");
  }

  @Test
  void rootHasOurKeyAndTheGuestItsPinnedHostKeyAlone() {
    JsonNode user = file("user-data", UserData.NONE);
    assertThat(user.path("disable_root").asBoolean(true)).isFalse();
    assertThat(user.path("users").get(1).path("ssh_authorized_keys").get(0).asString())
        .isEqualTo("ssh-ed25519 AAAA visco");
    assertThat(user.path("ssh_keys").path("ed25519_private").asString())
        .isEqualTo("PRIVATE\nLINES\n");
    assertThat(user.path("ssh_genkeytypes")).isEmpty();
    assertThat(user.has("write_files")).isFalse();
  }

  @Test
  void variablesAndFilesAreWrittenOnce() {
    var data =
        UserData.of(
            Map.of("A", "b c"),
            List.of(
                new UserDataFile("/srv/notes.txt", "aGk=", "0640", "app"),
                new UserDataFile("/etc/greeting", "aGk=", "0644", "root")));
    JsonNode files = file("user-data", data).path("write_files");
    assertThat(files.get(0).path("path").asString()).isEqualTo("/etc/environment");
    assertThat(files.get(0).path("append").asBoolean()).isTrue();
    assertThat(files.get(0).path("content").asString()).isEqualTo("A=\"b c\"\n");
    assertThat(files.get(1).path("path").asString()).isEqualTo("/srv/notes.txt");
    assertThat(files.get(1).path("content").asString()).isEqualTo("aGk=");
    assertThat(files.get(1).path("permissions").asString()).isEqualTo("0640");
    assertThat(files.get(1).path("owner").asString()).isEqualTo("app:app");
    assertThat(files.get(1).path("defer").asBoolean()).as("its owner is made first").isTrue();
    assertThat(files.get(2).path("defer").asBoolean(true)).as("before sshd starts").isFalse();
  }

  @Test
  void cloudInitKnowsItsUserDataByTheFirstLine() {
    byte[] content =
        new CloudInit(new VmId("vm-00000001"), "web", LINK, KEYS, UserData.NONE)
            .files()
            .get("user-data");
    assertThat(content).startsWith(bytes("#cloud-config\n"));
  }
}
