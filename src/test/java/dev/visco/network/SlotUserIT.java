package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a VMM left running in a slot does not survive the slot; nobody else's process ends. */
@ExtendWith(OuterNetwork.Extension.class)
class SlotUserIT {
  private static final SlotIndex SLOT = new SlotIndex(3);
  private static final SlotIndex NEXT = new SlotIndex(4);
  private final LinuxHost host = new LinuxHost();
  private final Networks networks =
      new Networks(
          host,
          new InstallationId("5110"),
          Cidr.of("pool", "10.223.0.0/24"),
          new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void close() {
    started.forEach(Process::destroyForcibly);
    networks.close(SLOT);
    networks.close(NEXT);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  private Process in(SlotIndex index, int uid, String... command) throws IOException {
    var all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=/run/netns/" + networks.plan(index).netns(),
                "setpriv",
                "--reuid=" + uid,
                "--regid=" + uid,
                "--clear-groups",
                "--no-new-privs",
                "--"));
    all.addAll(List.of(command));
    Process process = new ProcessBuilder(all).start();
    started.add(process);
    return process;
  }

  private long running(int uid, String word) {
    return host.processes().stream()
        .filter(process -> process.uid() == uid)
        .filter(process -> process.arguments().contains(word))
        .count();
  }

  private void await(int uid, String word, int number) {
    org.awaitility.Awaitility.await().until(() -> running(uid, word) == number);
  }

  @Test
  void aForkedLeftoverOfItsMachineEndsWithTheSlot() throws Exception {
    networks.open(SLOT);
    networks.open(NEXT);
    int uid = networks.plan(SLOT).uid();
    int other = networks.plan(NEXT).uid();
    in(SLOT, uid, "busybox", "sh", "-c", "busybox setsid busybox sleep 7001 & exit").waitFor();
    in(SLOT, uid, "busybox", "sleep", "7002");
    in(NEXT, other, "busybox", "sleep", "7003");
    await(uid, "7001", 1);
    await(uid, "7002", 1);
    await(other, "7003", 1);
    networks.close(SLOT);
    assertThat(running(uid, "7001") + running(uid, "7002")).isZero();
    assertThat(running(other, "7003")).as("of the next slot").isEqualTo(1);
    networks.close(SLOT);
    networks.close(NEXT);
    assertThat(running(other, "7003")).isZero();
  }

  @Test
  void whatForksWithoutEndEndsToo() throws Exception {
    networks.open(SLOT);
    int uid = networks.plan(SLOT).uid();
    in(
        SLOT,
        uid,
        "busybox",
        "sh",
        "-c",
        "ulimit -u 200; run() { while :; do (busybox sleep 0.01; run) & busybox sleep 0.05; done; }; run 7004");
    org.awaitility.Awaitility.await()
        .until(() -> host.processes().stream().filter(each -> each.uid() == uid).count() > 20);
    networks.open(SLOT);
    assertThat(host.processes()).noneMatch(process -> process.uid() == uid);
  }

  @Test
  void rootIsNoUserOfASlot() {
    assertThatThrownBy(() -> new SlotUser(host, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
