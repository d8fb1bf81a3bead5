package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.model.VmId;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineMetrics;
import dev.visco.vmm.MachineRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Numbers of VMMs: added up, and never held up by one that hangs. */
@Timeout(30)
class MachineFiguresTest {
  private static final VmId ONE = new VmId("vm-00000001");
  private static final VmId TWO = new VmId("vm-00000002");
  private final Map<VmId, MachineHandle> running = new TreeMap<>();
  private final MachineFigures figures = new MachineFigures(() -> running);

  /** A machine of which nothing but its numbers is asked. */
  private record Counting(Supplier<MachineMetrics> numbers) implements MachineHandle {
    @Override
    public MachineRef ref() {
      return new MachineRef(
          "firecracker", "kvm", new ProcessRef(1, 1, "boot"), Path.of("/none"), "1.16.1");
    }

    @Override
    public MachineMetrics metrics() {
      return numbers.get();
    }

    @Override
    public boolean isAlive() {
      return true;
    }

    @Override
    public String status() {
      return "running";
    }

    @Override
    public void pause() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resume() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void snapshot(Path folder) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void stop(Duration grace) {
      throw new UnsupportedOperationException();
    }
  }

  private static MachineHandle counting(long received, long idle) {
    return new Counting(() ->
        new MachineMetrics(
            Map.of("net_eth0.rx_bytes_count", received, "vsock.rx", idle),
            Map.of("balloon.pages", 7L)));
  }

  private Map<String, Double> samples() {
    return figures.samples().stream().collect(Collectors.toMap(Sample::key, Sample::value));
  }

  private static String key(String name, String metric, VmId vm) {
    return name + "{metric=" + metric + ", release=1.16.1, vm=" + vm + "}";
  }

  @Test
  void whatCameToPassIsAddedUpAndWhatNeverDidIsLeftOut() {
    running.put(ONE, counting(10, 0));
    samples();
    assertThat(samples())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 20.0,
                key("visco.vmm.level", "balloon.pages", ONE), 7.0));
  }

  @Test
  void aVmThatIsGoneTakesItsNumbersWithIt() {
    running.put(ONE, counting(10, 0));
    samples();
    running.clear();
    assertThat(samples()).isEmpty();
  }

  @Test
  void oneThatHangsOrFailsHoldsUpNobodyAndKeepsWhatItHadCounted() {
    running.put(ONE, counting(10, 0));
    samples();
    running.put(
        ONE,
        new Counting(() -> {
          throw new HostFault("its socket is gone");
        }));
    running.put(
        TWO,
        new Counting(() -> {
          try {
            Thread.sleep(Duration.ofMinutes(5));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return MachineMetrics.NONE;
        }));
    long began = System.nanoTime();
    assertThat(samples())
        .containsOnly(Map.entry(key("visco.vmm.events", "net_eth0.rx_bytes_count", ONE), 10.0));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }
}
