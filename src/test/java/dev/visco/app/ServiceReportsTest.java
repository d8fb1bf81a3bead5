package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.NotifySocket;
import dev.visco.host.ServiceManager;
import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Health;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a service manager hears of a daemon that recovers, serves, stands still and ends. */
@Timeout(60)
class ServiceReportsTest {
  @TempDir Path folder;
  private final AtomicReference<Health.HealthReport> health =
      new AtomicReference<>(new Health.HealthReport(Health.HealthStatus.STARTING, List.of()));
  private NotifySocket socket;

  @BeforeEach
  void listen() {
    socket = new NotifySocket(folder.resolve("notify"));
  }

  @AfterEach
  void close() {
    socket.close();
  }

  private ServiceManager manager(String watchdogMicros) {
    return ServiceManager.of(
        Map.of("NOTIFY_SOCKET", folder.resolve("notify") + "", "WATCHDOG_USEC", watchdogMicros), 7);
  }

  private ServiceReports start(String watchdogMicros) {
    return ServiceReports.start(manager(watchdogMicros), health::get, SteadyClock.ofHost());
  }

  @Test
  void aDaemonIsReadyOnceItHasRecoveredAndIsSaidToBeSoOnce() {
    try (var reports = start("600000000")) {
      assertThat(socket.lines(10_000)).contains("EXTEND_TIMEOUT_USEC=60000000", "WATCHDOG=1");
      assertThat(socket.lines(0)).doesNotContain("READY=1");
      health.set(new Health.HealthReport(Health.HealthStatus.OK, List.of()));
      reports.report();
      assertThat(socket.lines(10_000)).contains("READY=1", "STATUS=serves");
      reports.report();
      assertThat(socket.lines(10_000)).containsOnlyOnce("READY=1");
      reports.ending();
      assertThat(socket.lines(10_000)).contains("STOPPING=1");
      reports.report();
      assertThat(socket.lines(0)).endsWith("STATUS=ends; VMs go on running");
    }
  }

  /** Sixty milliseconds: a sign of life must come at least every twenty. */
  @Test
  void aDaemonThatStandsStillGivesNoSignOfLife() {
    health.set(new Health.HealthReport(Health.HealthStatus.OK, List.of()));
    try (var reports = start("60000")) {
      assertThat(socket.lines(10_000)).contains("READY=1");
      assertThat(socket.lines(10_000)).endsWith("WATCHDOG=1", "STATUS=serves");
      health.set(
          new Health.HealthReport(
              Health.HealthStatus.STALLED,
              List.of(new Health.LoopAge("machine-monitor", Duration.ofSeconds(75), true))));
      reports.report();
      List<String> lines = List.of();
      while (lines.isEmpty() || !lines.getLast().startsWith("STATUS=stalled")) {
        lines = socket.lines(10_000);
      }
      int until = lines.size();
      assertThat(lines.getLast()).isEqualTo("STATUS=stalled: machine-monitor for 75 s");
      assertThat(socket.lines(10_000).subList(until, socket.lines(0).size()))
          .isNotEmpty()
          .allMatch(line -> line.startsWith("STATUS=stalled"));
    }
  }

  @Test
  void theReportsAreOftenEnoughForTheWatchdog() {
    assertThat(ServiceReports.period(manager("90000000"))).isEqualTo(Duration.ofSeconds(5));
    assertThat(ServiceReports.period(manager("6000000"))).isEqualTo(Duration.ofSeconds(2));
    assertThat(ServiceReports.period(ServiceManager.NONE)).isEqualTo(Duration.ofSeconds(5));
  }

  /** It is told when it listens again; the daemon goes on either way. */
  @Test
  void aManagerThatDoesNotListenIsToldLater() {
    socket.close();
    health.set(new Health.HealthReport(Health.HealthStatus.OK, List.of()));
    try (var reports =
        ServiceReports.start(
            ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("later") + ""), 7),
            health::get,
            SteadyClock.ofHost())) {
      reports.report();
      socket = new NotifySocket(folder.resolve("later"));
      reports.report();
      assertThat(socket.lines(10_000)).contains("READY=1");
    }
  }
}
