package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import dev.visco.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which process is taken for the daemon: it is the one that is ended and replaced. */
class DaemonProcessTest {
  @TempDir private Path folder;

  private DaemonProcess daemon(Path data) {
    var program =
        new Program(
            Path.of("").toAbsolutePath(), Map.of("VISCO_CONFIG", folder.resolve("etc").toString()));
    Settings settings = program.settings(Map.of("data", data.toString()));
    return new DaemonProcess(program, settings, new LinuxHost());
  }

  /** Here it is the process that runs this test; in life {@code visco down} or whoever else. */
  @Test
  void whoeverHoldsTheFolderAndIsNoDaemonIsNotSignalled() {
    Path data = folder.resolve("data");
    try (var store = Store.open(data)) {
      assertThat(store.facts().findOrAdd("colour", "red")).isEqualTo("red");
      assertThat(Store.holder(data)).contains(ProcessRef.own());
      assertThat(daemon(data).process()).isEmpty();
      daemon(data).stop();
    }
  }

  @Test
  void aDaemonIsKnownByWhatItRuns() {
    String main = Main.class.getName();
    assertThat(DaemonProcess.isDaemon(List.of("java", "-cp", "x.jar", main, "daemon"))).isTrue();
    assertThat(
            DaemonProcess.isDaemon(
                List.of("java", "-cp", "x.jar", main, "daemon", "--set", "data=/srv", "")))
        .isTrue();
    assertThat(
            DaemonProcess.isDaemon(List.of("java", "-jar", "visco.jar", "--data", "/d", "daemon")))
        .isTrue();
    assertThat(DaemonProcess.isDaemon(List.of("java", "-jar", "visco.jar", "daemon", ""))).isTrue();
    assertThat(DaemonProcess.isDaemon(List.of("java", "-jar", "visco.jar", "daemon", "status")))
        .isFalse();
    assertThat(DaemonProcess.isDaemon(List.of("java", "-cp", "x.jar", main, "down"))).isFalse();
    assertThat(DaemonProcess.isDaemon(List.of("sleep", "daemon"))).isFalse();
    assertThat(DaemonProcess.isDaemon(List.of("daemon", main))).isFalse();
  }

  @Test
  void aFolderOfSomebodyElsesGetsNoLog() throws Exception {
    Path foreign = Files.createDirectory(folder.resolve("tmp"));
    Files.writeString(foreign.resolve("theirs"), "");
    assertThatThrownBy(() -> daemon(foreign).ensure(Map.of(), (what, fraction) -> {}))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("nothing in it is Visco's");
    assertThat(foreign.resolve("daemon.out")).doesNotExist();
  }
}
