package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkFilesTest {
  @Test
  void ifupdownGivesTheGuestsInterfaceAnAddressByDhcpOrByItself() {
    String text =
        """
        auto lo eth0
        iface lo inet loopback
        iface eth0 inet dhcp
          metric 10
        iface enp0s3 inet static
        iface /eth* inet dhcp
        # iface eth0 inet static
        iface eth0 inet6 auto
        iface eth0 inet manual
        iface wlan0 inet dhcp
        """;
    assertThat(NetworkFiles.ifupdown(text))
        .containsExactly(
            "iface eth0 inet dhcp", "iface enp0s3 inet static", "iface /eth* inet dhcp");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Name=eth0",
        "Name=e*",
        "Name=wl* en*",
        "Name=eth[0-9]",
        "Name=!lo",
        "Driver=virtio*",
        "Driver=virtio_net",
        "Type=ether",
        "Virtualization=vm",
        "# nothing"
      })
  void networkdsFileIsForTheGuestsInterface(String match) {
    assertThat(NetworkFiles.networkd("[Match]\n" + match + "\n\n[Network]\nDHCP = ipv4\n"))
        .containsExactly("DHCP=ipv4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Name=host0",
        "Name=!e*",
        "Name=wlan0",
        "Type=wlan",
        "Driver=veth",
        "Kind=bridge",
        "MACAddress=00:11:22:33:44:55",
        "Name=eth0\nVirtualization=container"
      })
  void networkdsFileIsForAnother(String match) {
    assertThat(NetworkFiles.networkd("[Match]\n" + match + "\n[Network]\nDHCP=yes\n")).isEmpty();
  }

  @Test
  void networkdGivesAnAddressOfItsOwnOrNone() {
    assertThat(
            NetworkFiles.networkd(
                "[Network]\nAddress=10.0.0.2/24\nAddress=fe80::2/64\n[Address]\nAddress=10.0.0.3/24\n"))
        .containsExactly("Address=10.0.0.2/24", "Address=10.0.0.3/24");
    assertThat(NetworkFiles.networkd("[Network]\nDHCP=no\n#DHCP=yes\n[Other]\nDHCP=yes\n"))
        .isEmpty();
    assertThat(NetworkFiles.networkd("[Network]\nDHCP=yes\nDHCP=ipv6\n")).isEmpty();
  }

  @Test
  void netplanGivesAnAddressButANameserversIsNone() {
    String text =
        """
        network:
          ethernets:
            eth0:
              dhcp4: "yes" # by the router
              nameservers:
                addresses: [10.0.0.1]
            ens3:
              dhcp4: false
              addresses:
                - 10.0.0.2/24
                - "fe80::2/64"
              nameservers:
                addresses:
                  - 10.0.0.1/32
            ens4: {dhcp4: true}
            ens5: {nameservers: {addresses: [10.0.0.1]}}
            ens6:
              addresses: ["10.0.0.3/24"]
              #dhcp4: true
          wifis:
            wlan0:
              dhcp4: true
        """;
    assertThat(NetworkFiles.netplan(text))
        .containsExactly(
            "dhcp4: \"yes\"",
            "addresses: 10.0.0.2/24",
            "ens4: {dhcp4: true}",
            "addresses: [\"10.0.0.3/24\"]");
  }

  @Test
  void whatIsNoConfigurationGivesNothing() {
    String text = "\0\u0001[[[: - - :\n=\n:\n" + "a: ".repeat(2000) + "[".repeat(2000);
    assertThat(NetworkFiles.ifupdown(text)).isEmpty();
    assertThat(NetworkFiles.networkd(text)).isEmpty();
    assertThat(NetworkFiles.netplan(text)).isEmpty();
  }
}
