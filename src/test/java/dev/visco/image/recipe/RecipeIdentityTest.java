package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is literal here stands in manifests of operators, and must never change. */
class RecipeIdentityTest {
  private static final String RECIPE =
      """
      packages = ["openssh-server", "jwm"]
      kernel-package = "linux-image-cloud-amd64"
      exclude = ["/usr/share/one/*", "/usr/share/two/*"]
      size-mib = 2048
      vcpus = 1
      memory-mib = 2048
      min-memory-mib = 80

      [[files]]
      source = "files/start"
      target = "/usr/lib/visco/start"
      mode = "755"

      [[files]]
      source = "rc"
      target = "/etc/rc"
      mode = "644"

      [[services]]
      name = "sshd"
      program = "/usr/sbin/sshd"
      port = 22
      vsock-port = 22

      [[services]]
      name = "vnc"
      program = "/usr/bin/Xvnc"
      port = 5900
      user = "dev"
      environment = { LANG = "C.UTF-8", DISPLAY = ":0" }
      needs = ["/usr/bin/xkbcomp"]

      [[users]]
      name = "dev"
      uid = 1000

      [[users]]
      name = "other"
      uid = 1001
      """;

  private static final String PLAIN =
      """
      packages = ["curl"]
      kernel-package = "linux-image-cloud-amd64"
      size-mib = 512
      vcpus = 1
      memory-mib = 256
      """;

  private static final byte[] INIT = "init".getBytes(StandardCharsets.UTF_8);
  private static final List<byte[]> CONTENTS =
      List.of("start".getBytes(StandardCharsets.UTF_8), "rc".getBytes(StandardCharsets.UTF_8));

  @TempDir private Path folder;
  private Path recipes;

  @BeforeEach
  void files() throws IOException {
    recipes = folder.resolve("recipes");
    Files.createDirectories(recipes.resolve("files"));
    Files.writeString(recipes.resolve("files/start"), "start");
    Files.writeString(recipes.resolve("rc"), "rc");
  }

  private RecipeFile read(String text) throws IOException {
    return RecipeFile.read(
        Files.writeString(recipes.resolve("desk.toml"), text), name -> Optional.empty());
  }

  @Test
  void theCanonicalTextHasTheKeysOfRecipesInOrderAndNothingThatIsNotGiven() throws IOException {
    assertThat(RecipeIdentity.text(5, read(RECIPE).recipe(), INIT, CONTENTS))
        .isEqualTo(
            "{\"builder\":5,\"contents\":{"
                + "\"/etc/rc\":\"sha256:7581e0d493f6ab3fc525c4dce2a5f835c0399ebb3207d49e609cbccb2d902a42\","
                + "\"/usr/lib/visco/start\":\"sha256:cced28c6dc3f99c2396a5eaad732bf6b28142335892b1cd0e6af6cdb53f5ccfa\"},"
                + "\"init\":\"sha256:bb54068aea85faa7e487530083366be9962390af822e4c71ef1aca7033c83e66\","
                + "\"recipe\":{\"exclude\":[\"/usr/share/one/*\",\"/usr/share/two/*\"],"
                + "\"files\":[{\"mode\":\"755\",\"source\":\"files/start\",\"target\":\"/usr/lib/visco/start\"},"
                + "{\"mode\":\"644\",\"source\":\"rc\",\"target\":\"/etc/rc\"}],"
                + "\"kernel-package\":\"linux-image-cloud-amd64\",\"memory-mib\":2048,\"min-memory-mib\":80,"
                + "\"packages\":[\"openssh-server\",\"jwm\"],"
                + "\"services\":[{\"name\":\"sshd\",\"port\":22,\"program\":\"/usr/sbin/sshd\",\"vsock-port\":22},"
                + "{\"environment\":{\"DISPLAY\":\":0\",\"LANG\":\"C.UTF-8\"},\"name\":\"vnc\","
                + "\"needs\":[\"/usr/bin/xkbcomp\"],\"port\":5900,\"program\":\"/usr/bin/Xvnc\",\"user\":\"dev\"}],"
                + "\"size-mib\":2048,"
                + "\"users\":[{\"name\":\"dev\",\"shell\":\"/bin/sh\",\"uid\":1000},"
                + "{\"name\":\"other\",\"shell\":\"/bin/sh\",\"uid\":1001}],\"vcpus\":1}}");
    assertThat(RecipeIdentity.of(5, read(RECIPE).recipe(), INIT, CONTENTS).digest())
        .hasToString("sha256:d52ad5fe5dc5fb57bf888a874021c4d16aa00626d850bc3d737116d31131d3e5");
    assertThat(RecipeIdentity.text(5, read(PLAIN).recipe(), INIT, List.of()))
        .endsWith(
            "\"recipe\":{\"kernel-package\":\"linux-image-cloud-amd64\",\"memory-mib\":256,"
                + "\"packages\":[\"curl\"],\"size-mib\":512,\"vcpus\":1}}");
  }

  /** The texts that earlier versions computed, and what they wrote into manifests. */
  @Test
  void theDigestOfEarlierVersionsIsStillComputed() throws IOException {
    assertThat(FormerRecipeText.of(read(RECIPE).recipe()))
        .isEqualTo(
            "Recipe[packages=[openssh-server, jwm], kernelPackage=linux-image-cloud-amd64,"
                + " sizeMib=2048, vcpus=1, memoryMib=2048, leastMemoryMib=80,"
                + " exclude=[/usr/share/one/*, /usr/share/two/*],"
                + " files=[FileEntry[source=files/start, target=/usr/lib/visco/start, mode=755],"
                + " FileEntry[source=rc, target=/etc/rc, mode=644]],"
                + " services=[Service[name=sshd, program=/usr/sbin/sshd, arguments=[], port=22,"
                + " vsockPort=22], Service[name=vnc, program=/usr/bin/Xvnc, arguments=[],"
                + " port=5900, user=dev, environment={DISPLAY=:0, LANG=C.UTF-8},"
                + " needs=[/usr/bin/xkbcomp]]],"
                + " users=[User[name=dev, uid=1000, shell=/bin/sh, groups=[]],"
                + " User[name=other, uid=1001, shell=/bin/sh, groups=[]]]]");
    assertThat(RecipeIdentity.of(5, read(RECIPE).recipe(), INIT, CONTENTS).former())
        .hasToString("sha256:d6fd22de0fb566295894e99fcb99ff50078160d0db0fef7f6ecb48f93c4fe46d");
    assertThat(RecipeIdentity.of(5, read(PLAIN).recipe(), INIT, List.of()).former())
        .hasToString("sha256:e9ca6357fd5ee562e47e2e954b33bb823159c81b7400290bd444f15326f4b14c");
  }

  /** Its digest with the files of then stands in the manifests of cli images that exist. */
  @Test
  void theTextOfTheShippedCliRecipeIsAsEarlierVersionsComputedIt() throws IOException {
    Recipe cli =
        read("""
        packages = ["busybox-static", "ca-certificates", "curl", "iproute2", "openssh-server", "procps"]
        kernel-package = "linux-image-cloud-amd64"
        size-mib = 2048
        vcpus = 1
        memory-mib = 256
        least-memory-mib = 80
        files = [
          { source = "files/start", target = "/usr/lib/visco/start", mode = "755" },
          { source = "files/service", target = "/usr/lib/visco/service", mode = "755" },
          { source = "files/sshd_config", target = "/etc/ssh/sshd_config", mode = "644" },
        ]
        services = [{ name = "sshd", program = "/usr/sbin/sshd", arguments = ["-D", "-e"], port = 22 }]
        """)
            .recipe();
    assertThat(FormerRecipeText.of(cli))
        .isEqualTo(
            "Recipe[packages=[busybox-static, ca-certificates, curl, iproute2, openssh-server,"
                + " procps], kernelPackage=linux-image-cloud-amd64, sizeMib=2048, vcpus=1,"
                + " memoryMib=256, leastMemoryMib=80, files=[FileEntry[source=files/start,"
                + " target=/usr/lib/visco/start, mode=755], FileEntry[source=files/service,"
                + " target=/usr/lib/visco/service, mode=755], FileEntry[source=files/sshd_config,"
                + " target=/etc/ssh/sshd_config, mode=644]], services=[Service[name=sshd,"
                + " program=/usr/sbin/sshd, arguments=[-D, -e], port=22]], users=[]]");
  }

  @Test
  void everythingThatGoesIntoAnImageChangesItsDigest() throws IOException {
    Recipe recipe = read(RECIPE).recipe();
    Digest digest = RecipeIdentity.of(5, recipe, INIT, CONTENTS).digest();
    Map<String, RecipeIdentity> others =
        Map.of(
            "builder", RecipeIdentity.of(6, recipe, INIT, CONTENTS),
            "init", RecipeIdentity.of(5, recipe, new byte[1], CONTENTS),
            "file", RecipeIdentity.of(5, recipe, INIT, List.of(new byte[1], new byte[2])),
            "recipe", RecipeIdentity.of(5, read(PLAIN).recipe(), INIT, List.of()));
    others.forEach((what, other) -> {
      assertThat(other.digest()).as(what).isNotEqualTo(digest);
      assertThat(other.matches(digest)).as(what).isFalse();
    });
  }

  @Test
  void anImageOfAnEarlierVersionIsUpToDateAndIsNotBuiltAnew() throws IOException {
    Host host = new LinuxHost();
    RecipeIdentity identity = RecipeIdentity.of(read(RECIPE));
    for (Digest recipe : List.of(identity.former(), identity.digest())) {
      Path store = folder.resolve(recipe.brief());
      Image image = MadeImages.built(host, store, "desk", recipe);
      var images = new Images(host, store, List.of(recipes));
      assertThat(images.builds().isUpToDate("desk")).isTrue();
      assertThat(images.builds().build("desk", Progress.SILENT)).isEqualTo(image);
    }
    Image other = MadeImages.built(host, folder.resolve("other"), "desk", digest("0"));
    var images = new Images(host, folder.resolve("other"), List.of(recipes));
    assertThat(images.image("desk")).isEqualTo(other);
    assertThat(images.builds().isUpToDate("desk")).isFalse();
  }

  @Test
  void aFileThatCannotBeReadIsRefusedWithTheRecipe() throws IOException {
    RecipeFile file = read(RECIPE);
    Files.delete(recipes.resolve("rc"));
    assertThatThrownBy(() -> RecipeIdentity.of(file))
        .hasMessageContaining("files.source")
        .hasMessageContaining("cannot be read")
        .hasMessageContaining("Correct the recipe " + recipes.resolve("desk.toml"));
  }

  private static Digest digest(String digit) {
    return new Digest("sha256:" + digit.repeat(64));
  }
}
