package dev.visco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every value of the model that cannot be is refused by name, with the value and a way out. */
class RefusalsTest {
  private static final String HEX = "0123456789abcdef";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static void assertRefused(String field, String value, Callable<?> making) {
    Refused refused = catchThrowableOfType(Refused.class, making::call);
    assertThat(refused).as("%s \"%s\"", field, value).isNotNull();
    assertThat(refused.refusal())
        .isInstanceOfSatisfying(
            Refusal.Invalid.class,
            invalid -> {
              assertThat(invalid.field()).isEqualTo(field);
              assertThat(invalid.value()).isEqualTo(value);
              assertThat(invalid.reason()).isNotBlank();
              assertThat(invalid.remedy()).matches("Give .*\\.");
              assertThat(refused)
                  .hasMessage("%s \"%s\" %s. %s", field, value, invalid.reason(), invalid.remedy());
            });
  }

  private static Stream<Arguments> of(
      String field, Function<String, Object> making, String... values) {
    return Stream.of(values).map(value -> arguments(field, value, making));
  }

  static Stream<Arguments> texts() {
    return Stream.of(
            of(
                "address",
                text -> Ipv4.of("address", text),
                "",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.999",
                "1.2.3.-4",
                "1.2.3.+4",
                "1.2.3.04",
                "010.2.3.4",
                "1.2.3.00",
                "1.2.3.4 ",
                "1.2.3.4\n",
                "1..3.4",
                "0x1.2.3.4",
                "1.2.3.\u0664",
                "localhost",
                "::1"),
            of(
                "pool",
                text -> Cidr.of("pool", text),
                "",
                "/",
                "/24",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/+24",
                "10.0.0.0/-1",
                "10.0.0.0/024",
                "10.0.0.0/ 24",
                "10.0.0.0/33",
                "10.0.0.0/99999999999",
                "10.0.0.0/24/24",
                "10.0.0.0/255.255.255.0",
                "10.0.0.1/24",
                "10.0.00.0/24",
                "0.0.0.1/0",
                "10.0.0.0/\u0662\u0664"),
            of(
                "mac",
                MacAddress::new,
                "",
                "02:00:00:00:00",
                "02:00:00:00:00:00:00",
                "02-00-00-00-00-00",
                "02:00:00:00:00:0G",
                "02:00:00:00:00:AB",
                "01:00:00:00:00:00",
                "ff:ff:ff:ff:ff:ff",
                "02:00:00:00:00:00\n"),
            of(
                "ttl",
                text -> Durations.of("ttl", text),
                "",
                "5",
                "s",
                "-5s",
                "+5s",
                "1.5h",
                "5 s",
                "5S",
                "5w",
                "1h30m",
                "1234567890s",
                "PT5S"),
            of("userId", UserId::new, "", "a b", "a/b", "../etc", "é", "a\n", "x".repeat(129)),
            of(
                "vmId",
                VmId::new,
                "",
                "vm-",
                "vm-1234567",
                "vm-123456789",
                "vm-1234567G",
                "VM-12345678",
                "vm-ABCDEF01",
                "vm-../../etc",
                "vm-12345678\n"),
            of(
                "digest",
                Digest::new,
                "",
                HEX.repeat(4),
                "sha256:",
                "sha256:" + HEX.repeat(3),
                "sha256:" + HEX.repeat(5),
                "sha256:" + "G".repeat(64),
                "sha256:" + "A".repeat(64),
                "sha512:" + HEX.repeat(4)),
            of("installation", InstallationId::new, "", "0a1", "0a1b2", "0A1B", "0a1g", "0a1b\n"),
            of("transport", Transport::of, "", "MMIO", "Pci", "pcie", "mmio "),
            of("purpose", Purpose::of, "", "USER", "users", "canaries"),
            of("vmType", RefusalsTest::typeCalled, "", "CLI", "-cli", "a_b", "../cli"),
            of("vmType", RefusalsTest::typeCalled, "x".repeat(33)),
            of("image", RefusalsTest::typeOf, "", "CLI", "-cli", "a/b", "x".repeat(33)),
            of("bootArgs", RefusalsTest::specWith, "", "a b", "a\tb", "a\n", "\0", "é", "\u007f"))
        .flatMap(Function.identity());
  }

  @ParameterizedTest
  @MethodSource("texts")
  void aTextThatCannotBe(String field, String value, Function<String, Object> making) {
    assertRefused(field, value, () -> making.apply(value));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, SlotIndex.MAX + 1, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aSlotOutOfRange(int value) {
    assertRefused("slot", Integer.toString(value), () -> new SlotIndex(value));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 33})
  void aPrefixOutOfRange(int prefix) {
    assertRefused("network", "0.0.0.0/" + prefix, () -> new Cidr(new Ipv4(0), prefix));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 33, Integer.MAX_VALUE})
  void vcpusOutOfRangeInTypeSpecAndBoot(int vcpus) {
    String value = Integer.toString(vcpus);
    assertRefused("vcpus", value, () -> type("cli", "cli", vcpus, 256, MINUTE));
    assertRefused("vcpus", value, () -> spec(vcpus, 256, List.of(), null, MINUTE));
    assertRefused("vcpus", value, () -> boot(vcpus, 256, 1000, 4096));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 31, 1_048_577, Integer.MAX_VALUE})
  void memoryOutOfRangeInTypeSpecAndBoot(int mib) {
    String value = Integer.toString(mib);
    assertRefused("memoryMib", value, () -> type("cli", "cli", 1, mib, MINUTE));
    assertRefused("memoryMib", value, () -> spec(1, mib, List.of(), null, MINUTE));
    assertRefused("memoryMib", value, () -> boot(1, mib, 1000, 4096));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, -60_000})
  void noTimeAtAll(long millis) {
    Duration none = Duration.ofMillis(millis);
    String value = Durations.text(none);
    assertRefused("deadline", value, () -> type("cli", "cli", 1, 256, none));
    assertRefused("deadline", value, () -> spec(1, 256, List.of(), null, none));
    assertRefused("ttl", value, () -> spec(1, 256, List.of(), none, MINUTE));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void aVmmThatRunsAsRoot(int uid) {
    assertRefused("uid", Integer.toString(uid), () -> boot(1, 256, uid, 4096));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 4095})
  void aConsoleTooSmall(long bytes) {
    assertRefused("vm.console-bytes", Long.toString(bytes), () -> boot(1, 256, 1000, bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "255.255.255.255", "10.0.20.100", "1.2.3.4"})
  void whatIsAnAddressIsWrittenAsItIsRead(String text) {
    assertThat(Ipv4.of("address", text)).hasToString(text);
    assertThat(Cidr.of("pool", text + "/32")).hasToString(text + "/32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "10.0.0.0/8", "192.168.100.0/24", "10.0.0.6/31"})
  void whatIsANetworkIsWrittenAsItIsRead(String text) {
    assertThat(Cidr.of("pool", text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "1ms", "1500ms", "90s", "15m", "2h", "7d", "999999999d"})
  void whatIsATimeIsWrittenAsItIsRead(String text) {
    assertThat(Durations.text(Durations.of("ttl", text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 1_048_576})
  void theBoundsThemselvesAreAllowed(int mib) {
    assertThat(type("x".repeat(32), "0", 32, mib, Duration.ofMillis(1)).memoryMib()).isEqualTo(mib);
    assertThat(spec(1, mib, List.of("~!"), Duration.ofMillis(1), MINUTE).machine().memoryMib())
        .isEqualTo(mib);
    assertThat(boot(32, mib, 1, BootSpec.MIN_CONSOLE_BYTES).memoryMib()).isEqualTo(mib);
    assertThat(new SlotIndex(SlotIndex.MAX)).hasToString("4095");
    assertThat(new UserId("x".repeat(128)).value()).hasSize(128);
  }

  private static VmType typeCalled(String name) {
    return type(name, "cli", 1, 256, MINUTE);
  }

  private static VmType typeOf(String image) {
    return type("cli", image, 1, 256, MINUTE);
  }

  private static VmSpec specWith(String bootArgument) {
    return spec(1, 256, List.of("quiet", bootArgument), null, MINUTE);
  }

  private static VmType type(String name, String image, int vcpus, int mib, Duration deadline) {
    return new VmType(name, image, vcpus, mib, Transport.MMIO, deadline, MachineOptions.NONE);
  }

  private static VmSpec spec(
      int vcpus, int mib, List<String> bootArgs, @Nullable Duration timeToLive, Duration deadline) {
    return new VmSpec(
        new UserId("anna"),
        Purpose.USER,
        "cli",
        new Origin.FromImage("cli"),
        new MachineShape(Transport.PCI, vcpus, mib),
        new KernelSpec(bootArgs),
        new Life(timeToLive, deadline),
        VmSpec.QEMU);
  }

  private static BootSpec boot(int vcpus, int mib, int uid, long consoleBytes) {
    return new BootSpec(
        new VmId("vm-00000001"),
        new InstallationId("0a1b"),
        Path.of("/kernel"),
        new Digest("sha256:" + HEX.repeat(4)),
        null,
        List.of(),
        List.of(),
        Transport.MMIO,
        vcpus,
        mib,
        "visco-0a1b-0",
        "tap0",
        new MacAddress("02:00:00:00:00:01"),
        uid,
        Path.of("/folder"),
        consoleBytes,
        MachineOptions.NONE);
  }
}
