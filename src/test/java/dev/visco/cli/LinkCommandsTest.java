package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.FakeDaemon.Said;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links as commands. */
@Timeout(60)
class LinkCommandsTest {
  private static final String LINKS = "/api/vms/vm-00000001/links";
  private static final String LINK =
      "{\"id\":\"link-0a1b2c3d\",\"vmId\":\"vm-00000001\",\"port\":8080,\"creator\":\"laptop\","
          + "\"created\":\"2026-01-02T03:04:05Z\",\"expires\":\"2026-01-02T04:04:05Z\"";
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void aLinkIsPrintedAlone() {
    daemon.answering("POST " + LINKS, LINK + ",\"url\":\"http://x.localhost/?visco-link=s\"}");
    Said said = daemon.run("link", "vm-00000001", "8080");
    assertThat(said.out()).isEqualTo("http://x.localhost/?visco-link=s\n");
    assertThat(daemon.sent()).isEqualTo("{\"port\":8080}");
    assertThat(daemon.run("link", "vm-00000001", "8080", "--for", "8h").code()).isZero();
    assertThat(daemon.sent()).contains("\"port\":8080").contains("\"ttl\":\"8h\"");
    assertThat(daemon.run("link", "vm-00000001", "0").err()).contains("from 1 to 65535");
  }

  @Test
  void linksAreListedAndRevokedAndEachFailureIsTold() {
    daemon
        .answering("GET " + LINKS, "[" + LINK + "}]")
        .answering("DELETE " + LINKS + "/link-0a1b2c3d", "{\"removed\":\"link-0a1b2c3d\"}");
    assertThat(daemon.run("links", "ls", "vm-00000001").out())
        .contains("LINK", "link-0a1b2c3d", "8080", "laptop");
    Said said = daemon.run("links", "rm", "vm-00000001", "link-none", "link-0a1b2c3d");
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(said.out()).isEqualTo("link-0a1b2c3d\n");
    assertThat(daemon.run("links").code()).isEqualTo(2);
  }
}
