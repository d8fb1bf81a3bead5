package dev.visco.image.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import dev.visco.image.Image;
import dev.visco.image.ImageLeftover;
import dev.visco.image.Images;
import dev.visco.image.StoreCopies;
import dev.visco.image.probe.MadeFiles;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon is killed at each effect of an import: no image is half there, and nothing stays. */
class KilledImportTest {
  @TempDir private Path folder;
  private Path store;
  private Path disk;
  private StoreCopies copies;
  private Image whole;

  @BeforeEach
  void anImportThatIsCopiedAtEachEffect() throws IOException {
    store = folder.resolve("store");
    Path root = Files.createDirectory(folder.resolve("root"));
    MadeDisk.file(root, "boot/vmlinuz-" + MadeFiles.RELEASE, MadeFiles.vmlinux(""));
    MadeDisk.file(
        root,
        "boot/config-" + MadeFiles.RELEASE,
        "CONFIG_VIRTIO_BLK=y\nCONFIG_EXT4_FS=y\nCONFIG_EFI_PARTITION=y\n".getBytes(UTF_8));
    MadeDisk.program(root, "sbin/init", MadeFiles.program(MadeFiles.X86_64));
    Path raw = new MadeDisk(folder).with(MadeDisk.ROOT, "", root).raw("whole.raw");
    disk = MadeDisk.converted(raw, folder.resolve("disk"), "-O", "qcow2");
    copies = new StoreCopies(store, folder.resolve("copies"));
    whole = new Images(copies.host(), store, List.of()).importImage(sources(), copies);
  }

  private DiskImport sources() {
    return new DiskImport(new ImageName("mine"), disk, null, null, null, false);
  }

  private static Images images(Path store) {
    return new Images(new LinuxHost(), store, List.of());
  }

  private static List<String> orphans(Images images) {
    return images.leftovers().stream()
        .filter(ImageLeftover::isOrphan)
        .map(ImageLeftover::name)
        .toList();
  }

  @Test
  void eachKillLeavesNoImageAndNothingThatIsNotSweptAndTheNextImportWorks() throws IOException {
    assertThat(copies.all()).as("of %s", copies.all()).hasSizeGreaterThan(8);
    int left = 0;
    int addings = 0;
    for (Path copy : copies.all()) {
      Images images = images(copy);
      assertThat(images.all()).as(copy + "").isEmpty();
      StoreCopies.assertNothingHalf(images, copy);
      List<String> orphans = orphans(images);
      left += orphans.contains("images/work") ? 1 : 0;
      addings += orphans.stream().anyMatch(name -> name.contains("objects/")) ? 1 : 0;
      assertThat(images.removeLeftovers())
          .extracting(ImageLeftover::name)
          .containsExactlyElementsOf(orphans);
      assertThat(StoreCopies.files(copy)).as(copy + "").isEmpty();
      assertThat(images.leftovers()).isEmpty();
    }
    assertThat(left).as("kills that leave work").isGreaterThan(6);
    assertThat(addings).as("kills while files are put in their places").isGreaterThan(1);
    Images again = images(copies.all().getLast());
    assertThat(again.importImage(sources(), Progress.SILENT).digest()).isEqualTo(whole.digest());
  }

  /** Without a sweep in between, at three effects: early, while it converts, and at its end. */
  @Test
  void theNextImportTakesAwayWhatIsLeft() throws IOException {
    int last = copies.all().size() - 1;
    for (Path copy : Set.of(copies.all().get(1), copies.all().get(5), copies.all().get(last))) {
      Images images = images(copy);
      Image made = images.importImage(sources(), Progress.SILENT);
      assertThat(made.digest()).isEqualTo(whole.digest());
      assertThat(StoreCopies.files(copy)).isEqualTo(StoreCopies.files(store));
      assertThat(images.leftovers()).isEmpty();
    }
  }

  /** The kill came after the name: the record alone is left, and takes nothing back. */
  @Test
  void anImageThatHasItsNameStays() throws IOException {
    Path last = copies.all().getLast();
    Files.copy(last.resolve("adding"), store.resolve("adding"));
    Images images = images(store);
    assertThat(images.leftovers()).isEmpty();
    assertThat(images.removeLeftovers()).isEmpty();
    assertThat(images.image("mine")).isEqualTo(whole);
    assertThat(whole.rootfs()).exists();
    assertThat(store.resolve("adding")).doesNotExist();
  }

  /**
   * Files that were there before are not taken back, though the image that was being added has
   * them.
   */
  @Test
  void filesThatAnotherImageHadBeforeStay() throws IOException {
    Images images = images(store);
    var second = new StoreCopies(store, folder.resolve("second"));
    new Images(second.host(), store, List.of())
        .importImage(new DiskImport(new ImageName("other"), disk, null, null, null, false), second);
    for (Path copy : second.all()) {
      Images killed = images(copy);
      killed.removeLeftovers();
      assertThat(killed.all()).extracting(Image::digest).containsExactly(whole.digest());
      StoreCopies.assertNothingHalf(killed, copy);
    }
    assertThat(images.all()).hasSize(2);
  }

  @Test
  void whatIsBeingMadeIsSomebodysAndStays() throws IOException {
    Images images = images(folder.resolve("other"));
    var seen = new ArrayList<ImageLeftover>();
    images.importImage(
        sources(),
        (what, fraction) -> {
          assertThat(images.removeLeftovers()).isEmpty();
          seen.addAll(images.leftovers());
        });
    assertThat(seen).isNotEmpty().noneMatch(ImageLeftover::isOrphan);
    assertThat(images.image("mine").digest()).isEqualTo(whole.digest());
  }
}
