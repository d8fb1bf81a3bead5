package dev.visco.outer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the other tests rely on: the outside answers, and sees every packet. */
@ExtendWith(OuterNetwork.Extension.class)
class OuterNetworkIT {
  private final LinuxHost host = new LinuxHost();

  @Test
  void seesWhatLeavesByTheUplink(OuterNetwork outside) {
    for (String address : OuterNetwork.FORBIDDEN) {
      assertThat(outside.packets("dst host " + address)).isEmpty();
      var answer =
          host.run(Command.of("busybox", "wget", "-q", "-O", "-", "http://" + address + "/"));
      assertThat(answer.output()).contains(OuterNetwork.WEB_TEXT);
      assertThat(outside.packets("tcp port 80 and dst host " + address)).isNotEmpty();
    }
  }

  @Test
  void hasANameserver() {
    var answer =
        host.run(Command.of("busybox", "nslookup", OuterNetwork.WEB_NAME, OuterNetwork.NAMESERVER));
    assertThat(answer.output()).contains(OuterNetwork.WEB);
  }
}
