package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.visco.host.MemoryBudget;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What layers make together, and what is refused of them. */
class LayerMergeTest {
  private static final OciLimits LIMITS = new OciLimits(1 << 20, 100, 10, 50);

  @Test
  void laterLayersReplaceAndHideWhatEarlierOnesHave() throws IOException {
    RootTree tree =
        merged(
            new MadeLayers()
                .with(
                    new MadeLayers.Archive()
                        .folder("etc")
                        .file("etc/kept", "1")
                        .file("etc/gone", "1")
                        .folder("var/old")
                        .file("var/old/a", "1")
                        .file("var/old/b", "1"))
                .with(
                    new MadeLayers.Archive()
                        .file("etc/.wh.gone", "")
                        .file("var/old/new", "2")
                        .file("var/old/.wh..wh..opq", "")
                        .file("etc/.wh.neverThere", "")));

    assertThat(paths(tree)).containsExactly("etc", "etc/kept", "var", "var/old", "var/old/new");
  }

  @Test
  void whatALayerHidesIsOfLowerLayersWhateverTheOrderInItsArchive() throws IOException {
    RootTree tree =
        merged(
            new MadeLayers()
                .with(new MadeLayers.Archive().file("a/b/lower", "1").file("x", "1"))
                .with(
                    new MadeLayers.Archive()
                        .file("a/b/upper", "2")
                        .file("x", "2")
                        .file(".wh.a", "")
                        .file(".wh.x", "")));

    assertThat(paths(tree)).containsExactly("a", "a/b", "a/b/upper", "x");
  }

  @Test
  void aFileReplacesAFolderAndAFolderALink() throws IOException {
    RootTree tree =
        merged(
            new MadeLayers()
                .with(new MadeLayers.Archive().file("a/b", "1").link("lib", "usr/lib"))
                .with(new MadeLayers.Archive().file("a", "2").folder("lib").file("lib/x", "2")));

    assertThat(paths(tree)).containsExactly("a", "lib", "lib/x");
  }

  @Test
  void aHardLinkIsAFurtherNameAlsoOfAFileOfALowerLayerThatIsHidden() throws IOException {
    RootTree tree =
        merged(
            new MadeLayers()
                .with(new MadeLayers.Archive().file("bin/busybox", "program"))
                .with(
                    new MadeLayers.Archive()
                        .hardLink("bin/sh", "bin/busybox")
                        .file("bin/.wh.busybox", "")));

    TreeNode shell = tree.find("bin/sh").orElseThrow();
    assertThat(paths(tree)).containsExactly("bin", "bin/sh");
    assertThat(shell.original.size).isEqualTo("program".length());
  }

  @Test
  void linksOfEarlierLayersAreFollowedWithinTheRootAndNeverOutOfIt() throws IOException {
    RootTree tree =
        merged(
            new MadeLayers()
                .with(
                    new MadeLayers.Archive()
                        .link("out", "../../../../tmp")
                        .link("absolute", "/etc")
                        .folder("tmp")
                        .folder("etc"))
                .with(
                    new MadeLayers.Archive()
                        .file("out/a", "2")
                        .file("absolute/b", "2")
                        .file("/c", "2")));

    assertThat(paths(tree)).containsExactly("absolute", "c", "etc", "etc/b", "out", "tmp", "tmp/a");
  }

  @ParameterizedTest
  @CsvSource({
    "../etc/passwd, leads out",
    "a/../../b, leads out",
    "1/2/3/4/5/6/7/8/9/10/11/12, lies deeper",
  })
  void pathsThatLeaveOrAreTooDeepAreRefused(String path, String reason) {
    assertRefused(new MadeLayers().with(new MadeLayers.Archive().file(path, "")), reason);
  }

  @Test
  void namesAndLinksOutOfBoundsAreRefused() {
    assertRefused(one().with(new MadeLayers.Archive().file("a".repeat(256), "")), "255 bytes");
    assertRefused(one().with(new MadeLayers.Archive().file("a\nb", "")), "control character");
    assertRefused(one().with(new MadeLayers.Archive().file("a/".repeat(3000), "")), "4095 bytes");
    assertRefused(one().with(new MadeLayers.Archive().link("a", "x".repeat(5000))), "too long");
    assertRefused(one().with(new MadeLayers.Archive().hardLink("a", "b")), "not there");
    assertRefused(
        one().with(new MadeLayers.Archive().folder("b").hardLink("a", "b")), "the folder b");
    assertRefused(
        one().with(new MadeLayers.Archive().link("a", "b").link("b", "a").file("a/c", "")),
        "40 links");
    assertRefused(one().with(new MadeLayers.Archive().file("a", "").file("a/b", "")), "no folder");
  }

  @Test
  void bombsAreRefused() {
    var many = new MadeLayers.Archive();
    for (int number = 0; number < 101; number++) {
      many.file("f" + number, "");
    }
    assertRefused(one().with(many), "more than 100 files");
    assertRefused(one().with(new byte[2 << 20]), "more than 1 MiB");
    byte[] half = new MadeLayers.Archive().file("a", "a".repeat(600 << 10)).bytes();
    assertRefused(one().with(half).with(half), "more than 1 MiB together");
    byte[] zeros = new byte[80 << 20];
    var huge = new OciLimits(1L << 30, 100, 10, 50);
    assertThatThrownBy(() -> merged(one().with(Zstd.compress(zeros), zeros), huge))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("50 times");
  }

  @Test
  void layersMayBePlainGzipInPiecesOrZstd() throws IOException {
    byte[] plain = new MadeLayers.Archive().file("a", "1").bytes();
    byte[] first = MadeLayers.gzip(Arrays.copyOf(plain, 700));
    byte[] second = MadeLayers.gzip(Arrays.copyOfRange(plain, 700, plain.length));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);

    assertThat(paths(merged(one().with(plain, plain)))).containsExactly("a");
    assertThat(paths(merged(one().with(both, plain)))).containsExactly("a");
    assertThat(paths(merged(one().with(Zstd.compress(plain), plain)))).containsExactly("a");
  }

  @Test
  void aLayerWithAnotherDigestOrDiffIdIsRefused() {
    byte[] plain = new MadeLayers.Archive().file("a", "1").bytes();
    byte[] other = new MadeLayers.Archive().file("b", "1").bytes();
    assertRefused(one().with(MadeLayers.gzip(plain), other), "the configuration says");

    var layers = one().with(plain);
    var wrong = new OciLayer(Digest.of(other), -1, Digest.of(plain));
    assertThatThrownBy(() ->
            new LayerMerge(LIMITS, MemoryBudget.shared().nothing())
                .merge(
                    java.util.List.of(wrong),
                    layer -> layers.open(layers.layers().getFirst()),
                    Progress.SILENT))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has other contents");
  }

  @Test
  void longNamesDevicesAttributesAndOwnersAreRead() throws IOException {
    String longName = "long/" + "n".repeat(200);
    RootTree tree =
        merged(
            new MadeLayers()
                .with(
                    new MadeLayers.Archive()
                        .file(longName, "x", 04755, 3_000_000, 70_000)
                        .device("dev/null", TarConstants.LF_CHR, 1, 3)
                        .attribute("ping", "x", "user.note", "value")));

    TreeNode file = tree.find(longName).orElseThrow();
    assertThat(file.mode).isEqualTo(04755);
    assertThat(file.uid).isEqualTo(3_000_000);
    assertThat(file.gid).isEqualTo(70_000);
    TreeNode device = tree.find("dev/null").orElseThrow();
    assertThat(device.type).isEqualTo(TarEntry.CHARACTER);
    assertThat(device.minor).isEqualTo(3);
    assertThat(tree.find("ping").orElseThrow().attributes)
        .containsEntry("user.note", "value".getBytes(StandardCharsets.UTF_8));
  }

  /** Whatever a layer is changed to, it is refused or merged within bounds, and nothing else. */
  @Test
  void changedArchivesAreRefusedOrMergedWithinBounds() throws IOException {
    byte[] plain =
        new MadeLayers.Archive()
            .folder("etc")
            .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
            .file("n".repeat(150), "long")
            .link("lib", "usr/lib")
            .hardLink("copy", "etc/passwd")
            .attribute("ping", "x", "security.capability", "value")
            .device("null", TarConstants.LF_CHR, 1, 3)
            .file("etc/.wh.gone", "")
            .bytes();
    int refused = 0;
    for (int seed = 0; seed < 400; seed++) {
      byte[] changed = mutated(plain, new Random(seed));
      try {
        assertThat(paths(merged(one().with(changed, changed)))).hasSizeLessThan(100);
      } catch (Refused e) {
        refused++;
        assertThat(e.refusal().detail()).hasSizeLessThan(700);
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  /** Changes bytes of headers mostly, mends their sums, repeats or cuts blocks. */
  private static byte[] mutated(byte[] plain, Random random) {
    byte[] changed = plain.clone();
    int block = random.nextInt(changed.length / 512) * 512;
    for (int times = 1 + random.nextInt(4); times > 0; times--) {
      changed[block + random.nextInt(512)] =
          random.nextBoolean() ? (byte) random.nextInt(256) : (byte) ('0' + random.nextInt(8));
    }
    if (random.nextInt(5) > 0) {
      mendSum(changed, block);
    }
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(changed, random.nextInt(changed.length));
      case 1 -> {
        byte[] twice = Arrays.copyOf(changed, changed.length + 512);
        System.arraycopy(changed, block, twice, block + 512, changed.length - block);
        yield twice;
      }
      default -> changed;
    };
  }

  private static void mendSum(byte[] bytes, int block) {
    Arrays.fill(bytes, block + 148, block + 156, (byte) ' ');
    int sum = 0;
    for (int at = block; at < block + 512; at++) {
      sum += bytes[at] & 0xff;
    }
    byte[] text = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, bytes, block + 148, 8);
  }

  private static MadeLayers one() {
    return new MadeLayers();
  }

  private static void assertRefused(MadeLayers layers, String reason) {
    assertThatThrownBy(() -> merged(layers))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(reason);
  }

  private static RootTree merged(MadeLayers layers) throws IOException {
    return merged(layers, LIMITS);
  }

  private static RootTree merged(MadeLayers layers, OciLimits limits) throws IOException {
    try (var memory = MemoryBudget.shared().nothing()) {
      return new LayerMerge(limits, memory).merge(layers.layers(), layers, Progress.SILENT);
    }
  }

  private static Iterable<String> paths(RootTree tree) {
    var paths = new TreeMap<String, TreeNode>();
    TreeWalk.of(tree.root(), paths::put);
    return paths.keySet();
  }
}
