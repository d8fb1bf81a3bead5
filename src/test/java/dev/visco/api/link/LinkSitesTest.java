package dev.visco.api.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.settings.PublicUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkSitesTest {
  private static final VmId VM = new VmId("vm-0123abcd");
  private static final LinkSites HERE = new LinkSites(null, false, false);
  private static final LinkSites PUBLIC =
      new LinkSites(new PublicUrl("https", "ports.example.com", -1, ""), true, false);

  @ParameterizedTest
  @CsvSource({
    "8080-vm-0123abcd.localhost:3000, http://8080-vm-0123abcd.localhost:3000",
    "8080-VM-0123ABCD.LOCALHOST:3000, http://8080-vm-0123abcd.localhost:3000",
    "8080-vm-0123abcd.localhost., http://8080-vm-0123abcd.localhost",
    "8080-vm-0123abcd.localhost:80, http://8080-vm-0123abcd.localhost",
  })
  void namesBelowLocalhostAreThoseOfVms(String host, String origin) {
    assertThat(HERE.site(host)).contains(new LinkSites.LinkSite(VM, 8080, origin));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost:3000",
        "127.0.0.1:3000",
        "8080-vm-0123abcd",
        "8080-vm-0123abcd.example.com",
        "0-vm-0123abcd.localhost",
        "65536-vm-0123abcd.localhost",
        "8080-vm-0123abc.localhost",
        "8080-web.localhost",
        "x.8080-vm-0123abcd.localhost",
        "8080-vm-0123abcd.localhost.evil.example",
        "8080-vm-0123abcd.localhost:3000:1"
      })
  void everythingElseIsTheApis(String host) {
    assertThat(HERE.site(host)).isEmpty();
    assertThat(PUBLIC.site(host)).isEmpty();
  }

  @Test
  void namesBelowThePublicHostHaveItsScheme() {
    assertThat(PUBLIC.site("8080-vm-0123abcd.ports.example.com"))
        .contains(new LinkSites.LinkSite(VM, 8080, "https://8080-vm-0123abcd.ports.example.com"));
    assertThat(PUBLIC.site("8080-vm-0123abcd.localhost:3000")).isEmpty();
    assertThat(PUBLIC.siteFor(VM, 80, "visco.example.com").isSecure()).isTrue();
  }

  @Test
  void aLinkIsGivenOnlyWhereItLeadsHere() {
    assertThat(HERE.siteFor(VM, 8080, "127.0.0.1:3000").origin())
        .isEqualTo("http://8080-vm-0123abcd.localhost:3000");
    assertThat(HERE.siteFor(VM, 8080, "[::1]:3000").origin())
        .isEqualTo("http://8080-vm-0123abcd.localhost:3000");
    for (String host : new String[] {"192.0.2.1:3000", "visco.example.com", ""}) {
      assertThatThrownBy(() -> HERE.siteFor(VM, 8080, host))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("no host name");
    }
    assertThatThrownBy(() -> new LinkSites(null, true, false).siteFor(VM, 8080, "localhost:3000"))
        .as("people come by api.public-url")
        .isInstanceOf(Refused.class);
  }

  @Test
  void pagesOfOneVmAreNoStrangersToEachOther() {
    assertThat(PUBLIC.isOfSameVm("https://3000-vm-0123abcd.ports.example.com", VM)).isTrue();
    for (String other :
        new String[] {
          "http://3000-vm-0123abcd.ports.example.com",
          "https://3000-vm-ffffffff.ports.example.com",
          "https://ports.example.com",
          "null",
          "",
          "https://3000-vm-0123abcd.ports.example.com.evil.example"
        }) {
      assertThat(PUBLIC.isOfSameVm(other, VM)).as(other).isFalse();
    }
  }

  @Test
  void anApiThatSpeaksHttpsHasItsSitesByItToo() {
    var sites = new LinkSites(null, false, true);
    assertThat(sites.siteFor(VM, 8080, "localhost:3000").origin())
        .isEqualTo("https://8080-" + VM + ".localhost:3000");
    assertThat(sites.siteFor(VM, 8080, "localhost:443").origin())
        .isEqualTo("https://8080-" + VM + ".localhost");
  }
}
