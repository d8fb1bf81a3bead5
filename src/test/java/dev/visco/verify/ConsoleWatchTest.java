package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleWatchTest {
  private static final long LAUNCHED = 1_000_000;
  private static final String KERNEL = "[    0.000000] Linux version 6.1.0-56-cloud-amd64 (x)\n";

  @TempDir Path folder;
  private long now = LAUNCHED;

  private Path console() {
    return folder.resolve("console.log");
  }

  private Path older() {
    return folder.resolve("console.log.1");
  }

  private ConsoleWatch watch() {
    return new ConsoleWatch(console(), LAUNCHED, () -> now * 1_000_000);
  }

  private void says(String text) throws IOException {
    says(text.getBytes(StandardCharsets.UTF_8));
  }

  private void says(byte[] bytes) throws IOException {
    Files.write(console(), bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** As {@code console-log.pl} does it. */
  private void rotates() throws IOException {
    Files.move(console(), older(), StandardCopyOption.REPLACE_EXISTING);
    Files.createFile(console());
  }

  // Marks

  @Test
  void notesMillisecondsAfterLaunchWhenAMarkIsFirstSeen() throws IOException {
    ConsoleWatch watch = watch();
    now += 120;
    says(KERNEL);
    assertThat(watch.read()).isTrue();
    now += 300;
    says("visco-initramfs: root PARTUUID=x mounted from /dev/vda1 (ext4)\n");
    watch.read();
    now += 5;
    says("visco-initramfs: eth0 has 192.168.100.2, netmask 255.255.255.0, gateway x\n");
    watch.read();
    now += 7;
    says("visco-initramfs: starting /sbin/init\n" + KERNEL);
    watch.read();
    assertThat(watch.marks())
        .containsExactly(
            entry("kernel", 120L),
            entry("root", 420L),
            entry("network", 425L),
            entry("init", 432L));
  }

  @Test
  void tellsThatSshdTakesConnections() throws IOException {
    ConsoleWatch watch = watch();
    assertThat(watch.hasGrown()).as("there is no console yet").isFalse();
    says(KERNEL + "Server listening on 0.0.0.0 po");
    assertThat(watch.hasGrown()).isTrue();
    watch.read();
    assertThat(watch.hasGrown()).isFalse();
    assertThat(watch.isListening()).isFalse();
    says("rt 22.\n");
    watch.read();
    assertThat(watch.isListening()).isTrue();
    says("Server listening on :: port 2222.\n");
    watch.read();
    assertThat(watch.isListening()).as("it stays so").isTrue();
  }

  @Test
  void findsEveryMarkOnRealConsoles() throws IOException {
    for (String name : new String[] {"healthy-mmio", "healthy-pci"}) {
      Files.deleteIfExists(console());
      ConsoleWatch watch = watch();
      says(Consoles.log(name));
      watch.read();
      assertThat(watch.marks()).as(name).containsOnlyKeys("kernel", "root", "network", "init");
    }
  }

  @Test
  void anInitramfsIsNotTheInitOfTheImage() throws IOException {
    ConsoleWatch watch = watch();
    says("[    0.967563] Run /init as init process\n");
    watch.read();
    assertThat(watch.marks()).isEmpty();
    says("[    0.967563] Run /sbin/init as init process\n");
    watch.read();
    assertThat(watch.marks()).containsOnlyKeys("init");
  }

  @Test
  void theKernelsOwnMountsAndAddressesCountToo() throws IOException {
    ConsoleWatch watch = watch();
    says(
        "[ 0.4] VFS: Mounted root (ext4 filesystem) on device 254:1.\n[ 0.5] IP-Config: Complete:\n");
    watch.read();
    assertThat(watch.marks()).containsOnlyKeys("root", "network");
  }

  /** A service that is started again every second is no progress. */
  @Test
  void aLineThatDiffersInItsNumbersAloneIsNotNew() throws IOException {
    ConsoleWatch watch = watch();
    says("[  1.5] service 12 ended\n");
    watch.read();
    assertThat(watch.news()).isEqualTo(1);
    says("[ 12.25] service 4711 ended\n\n");
    watch.read();
    assertThat(watch.news()).isEqualTo(1);
    says("[ 13.0] service x ended\n/ # ");
    watch.read();
    assertThat(watch.news()).as("a prompt is no whole line").isEqualTo(2);
  }

  @Test
  void aMarkIsNeverBeforeTheLaunch() throws IOException {
    ConsoleWatch watch = watch();
    now = LAUNCHED - 50; // The host's clock was set back.
    says(KERNEL);
    watch.read();
    assertThat(watch.marks()).containsEntry("kernel", 0L);
  }

  // Reading

  @Test
  void aFileThatComesLateIsReadWhenItIsThere() throws IOException {
    ConsoleWatch watch = watch();
    assertThat(watch.read()).isFalse();
    assertThat(watch.text()).isEmpty();
    assertThat(watch.lastLine()).isEmpty();
    says(KERNEL);
    assertThat(watch.read()).isTrue();
    assertThat(watch.read()).as("nothing new").isFalse();
    assertThat(watch.text()).isEqualTo(KERNEL);
  }

  @Test
  void aLineMayComeInPieces() throws IOException {
    ConsoleWatch watch = watch();
    for (String piece : new String[] {"[    0.00] Lin", "ux vers", "ion 6", ".1.0\nvisco-in"}) {
      says(piece);
      watch.read();
    }
    assertThat(watch.marks()).containsOnlyKeys("kernel");
    assertThat(watch.lastLine()).contains("visco-in");
    says("itramfs: starting /sbin/init");
    watch.read();
    assertThat(watch.marks()).as("seen before its end of line").containsKey("init");
  }

  @Test
  void aCharacterMayComeInPieces() throws IOException {
    ConsoleWatch watch = watch();
    byte[] bytes = "漢字".getBytes(StandardCharsets.UTF_8);
    for (byte one : bytes) {
      says(new byte[] {one});
      watch.read();
    }
    assertThat(watch.text()).isEqualTo("漢字");
    assertThat(watch.lastLine()).contains("漢字");
  }

  @Test
  void bytesThatAreNoUtf8DoNotHideWhatStandsBesideThem() throws IOException {
    ConsoleWatch watch = watch();
    says(new byte[] {(byte) 0xff, (byte) 0xc3, 0, 'x', ' '});
    says(KERNEL);
    says(new byte[] {(byte) 0xe2, (byte) 0x82});
    watch.read();
    assertThat(watch.marks()).containsKey("kernel");
    assertThat(watch.text()).contains("Linux version 6.1.0").contains("\ufffd");
  }

  @Test
  void aHugeLineTakesNoMoreThanItsBound() throws IOException {
    ConsoleWatch watch = watch();
    says("x".repeat(3 << 20));
    watch.read();
    says("\n" + KERNEL);
    watch.read();
    assertThat(watch.text()).hasSize(1 << 20);
    assertThat(watch.marks()).as("behind the part that is kept").containsKey("kernel");
    assertThat(watch.lastLine().orElseThrow()).contains("Linux version");
  }

  @Test
  void theLastLineIsTheLastWithAnythingInIt() throws IOException {
    ConsoleWatch watch = watch();
    says("one\n\u001b[31mtwo\u001b[0m\r\n\n   \n\u001b[0m");
    watch.read();
    assertThat(watch.lastLine()).contains("two");
    says("#");
    watch.read();
    assertThat(watch.lastLine()).contains("#");
  }

  @Test
  void aConsoleThatCannotBeReadIsAFault() throws IOException {
    Files.createDirectory(console());
    assertThatThrownBy(() -> watch().read())
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(console().toString());
  }

  // Rotation

  @Test
  void nothingIsLostWhenTheFileIsRotatedBetweenTwoReads() throws IOException {
    ConsoleWatch watch = watch();
    says("one\n");
    watch.read();
    says("two\n");
    rotates();
    says("three\n");
    assertThat(watch.read()).isTrue();
    assertThat(watch.text()).isEqualTo("one\ntwo\nthree\n");
    says("four\n");
    watch.read();
    rotates();
    watch.read();
    says("five\n");
    watch.read();
    assertThat(watch.text()).isEqualTo("one\ntwo\nthree\nfour\nfive\n");
  }

  @Test
  void aNewFileThatIsLongerThanTheOldOneIsSeenAsNew() throws IOException {
    ConsoleWatch watch = watch();
    says("short\n");
    watch.read();
    rotates();
    says("a line that is much longer than all of the older file\n");
    watch.read();
    assertThat(watch.text())
        .isEqualTo("short\na line that is much longer than all of the older file\n");
  }

  @Test
  void afterTwoRotationsAllThatIsStillThereIsRead() throws IOException {
    ConsoleWatch watch = watch();
    says("one\n");
    watch.read();
    rotates();
    says("two is longer than one was\n");
    rotates();
    says("three\n");
    watch.read();
    assertThat(watch.text()).isEqualTo("one\ntwo is longer than one was\nthree\n");
  }

  @Test
  void waitsWhileTheNewFileIsNotThereYet() throws IOException {
    ConsoleWatch watch = watch();
    says("one\n");
    watch.read();
    says("two\n");
    Files.move(console(), older());
    watch.read();
    assertThat(watch.text()).isEqualTo("one\n");
    says("three\n");
    watch.read();
    assertThat(watch.text()).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void aFileThatWasEmptiedIsReadAnew() throws IOException {
    ConsoleWatch watch = watch();
    says("a longer line\n");
    watch.read();
    Files.write(console(), "new\n".getBytes(StandardCharsets.UTF_8));
    watch.read();
    assertThat(watch.text()).isEqualTo("a longer line\nnew\n");
  }

  @Test
  void losesNothingWhileAWriterRotatesAtAnyMoment() throws Exception {
    ConsoleWatch watch = watch();
    int lines = 3000;
    var reads = new AtomicInteger();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                for (int line = 0; line < lines; line++) {
                  says("line " + line + "\n");
                  if (line % 300 == 299) {
                    // One rotation between two reads is what it promises to bear.
                    int before = reads.get();
                    Awaitility.await().until(() -> reads.get() > before + 1);
                    rotates();
                  }
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    while (writer.isAlive()) {
      watch.read();
      reads.incrementAndGet();
    }
    watch.read();
    var expected = new StringBuilder();
    for (int line = 0; line < lines; line++) {
      expected.append("line ").append(line).append('\n');
    }
    assertThat(watch.text()).isEqualTo(expected.toString());
  }
}
