package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.BootEvidence.HostFirewall;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How old the host's packet rules may be that somebody is told. */
class RecentFirewallTest {
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger reads = new AtomicInteger();
  private final RecentFirewall firewall =
      new RecentFirewall(
          () ->
              new HostFirewall(true, true, List.of(), "v" + reads.incrementAndGet(), "10.7.0.0/16"),
          nanos::get);

  private String recent() {
    return firewall.recent().veths();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void whatWasReadALittleAgoIsNotReadAgain() {
    assertThat(recent()).isEqualTo("v1");
    pass(RecentFirewall.MAX_AGE);
    assertThat(recent()).isEqualTo("v1");
    pass(Duration.ofMillis(1));
    assertThat(recent()).isEqualTo("v2");
  }

  @Test
  void whoeverWantsThemAsTheyAreReadsThemForTheOthersToo() {
    assertThat(recent()).isEqualTo("v1");
    assertThat(firewall.now().veths()).isEqualTo("v2");
    assertThat(recent()).isEqualTo("v2");
    pass(RecentFirewall.MAX_AGE);
    assertThat(firewall.now().veths()).isEqualTo("v3");
    pass(RecentFirewall.MAX_AGE);
    assertThat(recent()).isEqualTo("v3");
  }
}
