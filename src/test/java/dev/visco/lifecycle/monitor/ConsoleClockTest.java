package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.vmm.ConsoleTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every console that grows is marked. */
class ConsoleClockTest {
  @TempDir private Path folder;

  private Path console(String vm) throws IOException {
    Path console = Files.createDirectories(folder.resolve(vm)).resolve("console.log");
    Files.writeString(console, vm, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return console;
  }

  private static int marks(Path console) throws IOException {
    return Files.readAllLines(ConsoleTimes.file(console)).size();
  }

  @Test
  void eachIsMarkedOnceForEachGrowth() throws IOException {
    try (var clock = new ConsoleClock(folder)) {
      Path one = console("vm-1");
      Path two = console("vm-2");
      Files.createDirectories(folder.resolve("vm-3"));
      clock.round();
      clock.round();
      console("vm-1");
      clock.round();
      assertThat(marks(one)).isEqualTo(2);
      assertThat(marks(two)).isEqualTo(1);
    }
  }

  @Test
  void aNewBootBeginsAnew() throws IOException {
    try (var clock = new ConsoleClock(folder)) {
      Path console = console("vm-1");
      clock.round();
      Files.delete(console);
      Files.delete(ConsoleTimes.file(console));
      console("vm-1");
      clock.round();
      assertThat(marks(console)).isEqualTo(1);
    }
  }

  @Test
  void withoutAnyVmThereIsNothingToDo() {
    try (var clock = new ConsoleClock(folder.resolve("none"))) {
      clock.round();
      assertThat(folder.resolve("none")).doesNotExist();
    }
  }
}
