package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.qemu.QemuArguments.StartFrom;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The argument lists, word by word: what is started is what stands here. */
class QemuArgumentsTest {
  private static final String TCG_PARAMETERS =
      "console=ttyS0 reboot=t panic=-1 loglevel=7 tsc_early_khz=2596122 tsc=reliable"
          + " no_timer_check cryptomgr.notests norandmaps root=PARTUUID=1234 rw";
  private static final String KVM_PARAMETERS =
      "console=ttyS0 reboot=t panic=-1 loglevel=7 root=PARTUUID=1234 rw";

  private final SpecBuilder spec = new SpecBuilder();

  private List<String> render(String accelerator) {
    return new QemuArguments(spec.build(), accelerator, 2_596_122, StartFrom.KERNEL).render();
  }

  private String commandLine(String accelerator, long tscKhz) {
    return new QemuArguments(spec.build(), accelerator, tscKhz, StartFrom.KERNEL).commandLine();
  }

  @Test
  void onMmioWithSoftwareEmulation() {
    assertThat(render("tcg"))
        .containsExactlyElementsOf(
            words(
                """
                qemu-system-x86_64 -name visco-00ff-vm-0123abcd
                -nodefaults -no-user-config -no-reboot -display none
                -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
                -machine microvm,memory-backend=memory -object memory-backend-memfd,id=memory,size=256M
                -accel tcg,thread=single,tb-size=128 -cpu max,-erms -smp 1 -m 256M
                -kernel /images/kernel -initrd /images/initrd -append %parameters
                -drive if=none,id=disk0,format=qcow2,readonly=off,discard=unmap,file=/data/vm/root.qcow2
                -device virtio-blk-device,drive=disk0,werror=stop,rerror=stop
                -drive if=none,id=disk1,format=raw,readonly=on,discard=unmap,file=/data/vm/seed.img
                -device virtio-blk-device,drive=disk1,werror=stop,rerror=stop
                -netdev tap,id=net0,ifname=tap0,script=no,downscript=no,vhost=off
                -device virtio-net-device,netdev=net0,mac=02:00:00:ff:00:03
                -object rng-random,id=rng0,filename=/dev/urandom -device virtio-rng-device,rng=rng0
                -chardev file,id=console,append=on,path=/data/vm/run/console.fifo -serial chardev:console
                -chardev socket,id=qmp,server=on,wait=off,path=/data/vm/run/qmp.sock
                -mon chardev=qmp,mode=control
                """,
                TCG_PARAMETERS));
  }

  @Test
  void onPciWithKvm() {
    spec.transport = Transport.PCI;
    spec.vcpus = 2;
    assertThat(render("kvm"))
        .containsExactlyElementsOf(
            words(
                """
                qemu-system-x86_64 -name visco-00ff-vm-0123abcd
                -nodefaults -no-user-config -no-reboot -display none
                -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
                -machine microvm,pcie=on,memory-backend=memory
                -object memory-backend-memfd,id=memory,size=256M -accel kvm -cpu host -smp 2 -m 256M
                -kernel /images/kernel -initrd /images/initrd -append %parameters
                -drive if=none,id=disk0,format=qcow2,readonly=off,discard=unmap,file=/data/vm/root.qcow2
                -device virtio-blk-pci,disable-legacy=on,drive=disk0,werror=stop,rerror=stop
                -drive if=none,id=disk1,format=raw,readonly=on,discard=unmap,file=/data/vm/seed.img
                -device virtio-blk-pci,disable-legacy=on,drive=disk1,werror=stop,rerror=stop
                -netdev tap,id=net0,ifname=tap0,script=no,downscript=no,vhost=off
                -device virtio-net-pci,disable-legacy=on,netdev=net0,mac=02:00:00:ff:00:03,romfile=
                -object rng-random,id=rng0,filename=/dev/urandom
                -device virtio-rng-pci,disable-legacy=on,rng=rng0
                -chardev file,id=console,append=on,path=/data/vm/run/console.fifo -serial chardev:console
                -chardev socket,id=qmp,server=on,wait=off,path=/data/vm/run/qmp.sock
                -mon chardev=qmp,mode=control
                """,
                KVM_PARAMETERS));
  }

  /** Everything between blanks is a word; the kernel's parameters are one. */
  private static List<String> words(String text, String parameters) {
    return List.of(text.strip().split("\\s+", -1)).stream()
        .map(word -> word.equals("%parameters") ? parameters : word)
        .toList();
  }

  @Test
  void transportAndAcceleratorAreIndependent() {
    List<String> mmio = render("kvm");
    spec.transport = Transport.PCI;
    List<String> pci = render("tcg");
    assertThat(mmio)
        .contains("microvm,memory-backend=memory", "kvm", "host")
        .doesNotContain("max,-erms");
    assertThat(pci)
        .contains(
            "microvm,pcie=on,memory-backend=memory", "tcg,thread=single,tb-size=128", "max,-erms");
  }

  @Test
  void theGuestGetsTheseDevicesAndNoOthers() {
    for (Transport transport : Transport.values()) {
      spec.transport = transport;
      List<String> arguments = render("tcg");
      List<String> devices =
          IntStream.range(0, arguments.size())
              .filter(at -> arguments.get(at).equals("-device"))
              .mapToObj(at -> arguments.get(at + 1).replaceAll("-(pci|device),.*", ""))
              .toList();
      assertThat(devices).containsExactly("virtio-blk", "virtio-blk", "virtio-net", "virtio-rng");
      assertThat(arguments).contains("-nodefaults", "-no-user-config");
      assertThat(Collections.frequency(arguments, "-sandbox")).isEqualTo(1);
      assertThat(Collections.frequency(arguments, "-chardev")).as("console, qmp").isEqualTo(2);
    }
  }

  /** QEMU's own bound is 1 GiB a process, whatever its guest has. */
  @Test
  void theCodeThatIsTranslatedIsBoundedByTheGuestsSize() {
    for (int[] size :
        new int[][] {{32, 128}, {256, 128}, {1024, 256}, {2048, 512}, {65_536, 512}}) {
      spec.memoryMib = size[0];
      assertThat(render("tcg")).contains("tcg,thread=single,tb-size=" + size[1]);
      assertThat(String.join(" ", render("kvm"))).doesNotContain("tb-size");
    }
  }

  @Test
  void severalProcessorsNeedSeveralThreads() {
    spec.vcpus = 2;
    assertThat(render("tcg"))
        .contains("tcg,thread=multi,tb-size=128")
        .containsSequence("-smp", "2");
  }

  @Test
  void aKernelThatMountsItsRootByItselfGetsNoInitrd() {
    spec.initrd = null;
    assertThat(render("tcg")).doesNotContain("-initrd");
  }

  @Test
  void aRawDiskMayBeWrittenAndAQcow2DiskReadOnly() {
    spec.disks =
        List.of(
            new BootSpec.Disk(Path.of("/d/one"), BootSpec.DiskFormat.RAW, false),
            new BootSpec.Disk(Path.of("/d/two"), BootSpec.DiskFormat.QCOW2, true));
    assertThat(render("tcg"))
        .contains(
            "if=none,id=disk0,format=raw,readonly=off,discard=unmap,file=/d/one",
            "if=none,id=disk1,format=qcow2,readonly=on,discard=unmap,file=/d/two");
  }

  @Test
  void aCommaInAPathAddsNoOption() {
    spec.folder = Path.of("/d,readonly=off/vm");
    spec.disks =
        List.of(new BootSpec.Disk(Path.of("/d,readonly=off/x"), BootSpec.DiskFormat.RAW, true));
    assertThat(render("tcg"))
        .contains(
            "if=none,id=disk0,format=raw,readonly=on,discard=unmap,file=/d,,readonly=off/x",
            "file,id=console,append=on,path=/d,,readonly=off/vm/run/console.fifo",
            "socket,id=qmp,server=on,wait=off,path=/d,,readonly=off/vm/run/qmp.sock");
  }

  @Test
  void limitsAreOfEachDisk() {
    spec.options = options(new Rate(1_000_000, 500), false);
    assertThat(render("tcg"))
        .contains(
            "if=none,id=disk0,format=qcow2,readonly=off,throttling.bps-total=1000000,"
                + "throttling.iops-total=500,discard=unmap,file=/data/vm/root.qcow2",
            "if=none,id=disk1,format=raw,readonly=on,throttling.bps-total=1000000,"
                + "throttling.iops-total=500,discard=unmap,file=/data/vm/seed.img");
  }

  @Test
  void aBalloonIsADeviceBehindAllOthers() {
    spec.options = options(null, true);
    spec.transport = Transport.PCI;
    assertThat(render("kvm"))
        .containsSequence(
            "virtio-rng-pci,disable-legacy=on,rng=rng0",
            "-device",
            "virtio-balloon-pci,disable-legacy=on,id=balloon0,deflate-on-oom=on,"
                + "free-page-reporting=on");
  }

  private static MachineOptions options(@Nullable Rate diskRate, boolean balloon) {
    return new MachineOptions(diskRate, null, null, balloon, false, false);
  }

  @Test
  void whatComesFromASnapshotNeedsNoKernelAndWaits() {
    List<String> words = new QemuArguments(spec.build(), "tcg", 0, StartFrom.SNAPSHOT).render();
    assertThat(words)
        .containsSequence("-incoming", "defer", "-global", "migration.send-configuration=off")
        .doesNotContain("-kernel", "-initrd", "-append");
  }

  @Test
  void whatSharesASnapshotsMemoryMapsItsThirdDescriptorPrivately() {
    assertThat(new QemuArguments(spec.build(), "tcg", 0, StartFrom.SHARED_SNAPSHOT).render())
        .containsSequence(
            "-object", "memory-backend-file,id=memory,size=256M,mem-path=/proc/self/fd/3,share=off")
        .containsSequence("-incoming", "defer")
        .doesNotContain("memory-backend-memfd,id=memory,size=256M");
  }

  @Test
  void aHostThatDoesNotKnowItsClockTellsTheGuestNoRate() {
    assertThat(commandLine("tcg", 0))
        .doesNotContain("tsc_early_khz")
        .contains("tsc=reliable no_timer_check");
  }

  @Test
  void underKvmTheGuestMeasuresItsClockItself() {
    assertThat(commandLine("kvm", 2_596_122))
        .doesNotContain("tsc")
        .doesNotContain("timer_check")
        .doesNotContain("notests")
        .doesNotContain("norandmaps");
  }

  @Test
  void theSpecsParametersComeLastAndSoWin() {
    spec.bootArgs = List.of("root=/dev/vda", "panic=5", "init=/bin/sh");
    assertThat(commandLine("tcg", 1)).endsWith(" root=/dev/vda panic=5 init=/bin/sh");
  }

  @Test
  void aSecondRootIsRefused() {
    spec.bootArgs = List.of("root=PARTUUID=1234", "rw", "root=/dev/sda");
    assertThatThrownBy(() -> render("tcg"))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "bootArgs \"root=/dev/sda\" is a second root; the image already says"
                + " root=PARTUUID=1234. Leave it out.");
  }

  @Test
  void wordsThatOnlyLookLikeARootAreNone() {
    spec.bootArgs = List.of("root=PARTUUID=1234", "rootwait", "rootfstype=ext4", "nfsroot=x");
    assertThat(commandLine("kvm", 0)).contains("rootwait rootfstype=ext4 nfsroot=x");
  }

  @Test
  void aCommandLineThatAKernelWouldCutOffIsRefused() {
    int ours = commandLine("kvm", 0).length() + 1;
    spec.bootArgs = List.of("root=PARTUUID=1234", "rw", "x".repeat(2047 - ours));
    assertThat(commandLine("kvm", 0)).hasSize(2047);
    spec.bootArgs = List.of("root=PARTUUID=1234", "rw", "x".repeat(2048 - ours));
    assertThatThrownBy(() -> commandLine("kvm", 0))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("2048 bytes; a kernel reads 2047");
  }
}
