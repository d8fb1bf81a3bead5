package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.MemoryBudget;
import dev.visco.model.Digest;
import dev.visco.model.ImageRegistry;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulling from a registry on loopback. */
class RegistryPullTest {
  @TempDir private Path folder;
  private MadeRegistry registry;
  private BlobCache cache;
  private final List<Long> room = new ArrayList<>();

  private final MadeContainer image =
      new MadeContainer()
          .texts(Map.of("bin/one", "one"))
          .texts(Map.of("bin/two", "two"))
          .with("Cmd", List.of("/bin/one"));

  @BeforeEach
  void start() throws IOException {
    registry = new MadeRegistry().with("shop/web:3", image);
    cache = new BlobCache(folder.resolve("layers"));
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void aSecondPullOfTheSameLayersFetchesNone() throws IOException {
    assertThat(pulled("shop/web:3")).containsExactly("bin", "bin/one", "bin/two");
    List<String> layers =
        image.layers().layers().stream().map(layer -> layer.digest() + "").toList();
    assertThat(registry.askedBlobs()).containsAll(layers);
    registry.askedBlobs().clear();

    assertThat(pulled("shop/web@" + Digest.of(image.manifest()))).contains("bin/two");

    assertThat(registry.askedBlobs()).doesNotContainAnyElementsOf(layers);
    assertThat(room.get(0)).isPositive();
    assertThat(room.get(1)).isZero();
  }

  @Test
  void ofAnIndexOnlyTheImageForThisKindOfMachineIsFetched() throws IOException {
    MadeContainer other =
        new MadeContainer().texts(Map.of("bin/arm", "arm")).forArchitecture("arm64");
    registry
        .with("shop/other:1", other)
        .withIndex("shop/web:all", List.of(of(other, "arm64"), of(image, "amd64")));

    assertThat(pulled("shop/web:all")).contains("bin/one");
    registry.withIndex("shop/web:arm", List.of(of(other, "arm64")));
    assertThatThrownBy(() -> pulled("shop/web:arm"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is for linux/arm64 and not for linux/amd64");
  }

  private static Map<String, Object> of(MadeContainer made, String architecture) {
    var descriptor = MadeContainer.descriptor(MadeContainer.MANIFEST, made.manifest());
    descriptor.put("platform", Map.of("os", "linux", "architecture", architecture));
    return descriptor;
  }

  @Test
  void theLoginOfDockerIsGivenForATokenAndToNoOtherPlace() throws IOException {
    registry.wanting("ann", "with:colon").redirecting();
    login(Map.of("auth", base64("ann:with:colon")));

    assertThat(pulled("shop/web:3")).contains("bin/one");

    assertThat(registry.loginsElsewhere()).isNotEmpty().allMatch(String::isEmpty);
  }

  /** docker's own registry: its name, the host that is asked, and the key of its login differ. */
  @Test
  void theLoginOfDockersOwnRegistryIsUnderTheAddressOfItsIndex() throws IOException {
    registry.wanting("ann", "secret");
    Files.write(
        folder.resolve("config.json"),
        MadeContainer.json(
            Map.of(
                "auths",
                Map.of(
                    "https://index.example.org/v1/",
                    Map.of("auth", base64("ann:secret")),
                    "https://index.example.com/v1/",
                    Map.of("auth", base64("bob:other"))))));
    assertThat(pulled(ofOwnRegistry())).contains("bin/one");
  }

  private OciReference ofOwnRegistry() {
    return OciReference.of(
        "web:3", ImageRegistry.of("images.registry", "example.org/shop=" + registry.address()));
  }

  @Test
  void aCredentialHelperIsAskedByTheKeyOfDockersConfigurationOrByOneThatItLists()
      throws IOException {
    registry.wanting("ann", "secret");
    String own = "https://index.example.org/v1/";
    Path helper =
        Path.of("/usr/local/bin/docker-credential-viscotest" + ProcessHandle.current().pid());
    Files.writeString(
        helper,
        """
        #!/bin/sh
        read -r key
        case "$1 $key" in
          "get %s"|"get %s") echo '{"Username":"ann","Secret":"secret"}';;
          "list ") echo '{"https://other.example.org":"bob","%s":"ann"}';;
          *) echo "credentials not found in native keychain"; exit 1;;
        esac
        """
            .formatted(registry.address(), own, own));
    try {
      Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
      String name = helper.getFileName().toString().substring("docker-credential-".length());
      configured(Map.of("credsStore", name));
      assertThat(pulled("shop/web:3")).contains("bin/one");
      assertThat(pulled(ofOwnRegistry())).as("listed").contains("bin/one");
      configured(Map.of("credsStore", name, "auths", Map.of(own, Map.of())));
      assertThat(pulled(ofOwnRegistry())).as("named by docker").contains("bin/one");
      configured(Map.of("credHelpers", Map.of(registry.address(), name)));
      assertThat(pulled("shop/web:3")).contains("bin/one");
    } finally {
      Files.delete(helper);
    }
  }

  private void configured(Map<String, Object> config) throws IOException {
    Files.write(folder.resolve("config.json"), MadeContainer.json(config));
  }

  @Test
  void withoutTheRightLoginItIsSaidHowToSignIn() throws IOException {
    registry.wanting("ann", "secret");
    assertThatThrownBy(() -> pulled("shop/web:3"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("docker login " + registry.address());
    login(Map.of("auth", base64("ann:wrong")));
    assertThatThrownBy(() -> pulled("shop/web:3")).hasMessageContaining("answers 401");
    login(Map.of("auth", "no base64"));
    assertThatThrownBy(() -> pulled("shop/web:3")).hasMessageContaining("in base64");
    Files.writeString(folder.resolve("config.json"), "no json");
    assertThatThrownBy(() -> pulled("shop/web:3")).hasMessageContaining("is no JSON document");
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThatThrownBy(() -> pulled("shop/none:1"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("does not have it");
  }

  @Test
  void anAnswerThatBreaksOffIsAskedForAgain() throws IOException {
    pulled("shop/web:3");
    cache.keepOnly(java.util.Set.of());
    var client = client(reference("shop/web:3"));
    try (var pull = new RegistryPull(reference("shop/web:3"), client, cache)) {
      OciImage found = pull.resolve();
      registry.breaking(2);
      pull.fetch(found, room::add, Progress.SILENT);
      assertThat(cache.has(found.layers().getFirst().digest())).isTrue();
      cache.keepOnly(java.util.Set.of());
      registry.breaking(100);
      assertThatThrownBy(() -> pull.fetch(found, room::add, Progress.SILENT))
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("cannot fetch");
    }
    assertThat(folder.resolve("layers")).isEmptyDirectory();
  }

  @Test
  void layersThatAreNotWhatTheManifestSaysAreRefusedAndNotKept() {
    OciLayer layer = image.layers().layers().getFirst();
    byte[] same = image.layers().bytes(layer).clone();
    same[same.length - 1] ^= 1;
    registry.withBlob(layer.digest(), same);
    assertThatThrownBy(() -> pulled("shop/web:3"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has other contents");
    registry.withBlob(layer.digest(), new byte[same.length + 1]);
    assertThatThrownBy(() -> pulled("shop/web:3")).hasMessageContaining("longer than its manifest");
    assertThat(folder.resolve("layers")).isEmptyDirectory();
  }

  @Test
  void aLayerThatChangedOnTheDiskIsFetchedAnewAndWhatWasLeftHalfGoes() throws IOException {
    pulled("shop/web:3");
    OciLayer layer = image.layers().layers().getFirst();
    Path kept = folder.resolve("layers").resolve(layer.digest().hex());
    Files.writeString(kept, "damaged");
    Path half = Files.writeString(dev.visco.host.DurableFiles.half(kept), "half");

    assertThat(pulled("shop/web:3")).contains("bin/one");

    assertThat(Files.readAllBytes(kept)).isEqualTo(image.layers().bytes(layer));
    assertThat(half).doesNotExist();
  }

  private void login(Map<String, String> login) throws IOException {
    Files.write(
        folder.resolve("config.json"),
        MadeContainer.json(Map.of("auths", Map.of(registry.address(), login))));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private OciReference reference(String name) {
    return OciReference.of(registry.address() + "/" + name);
  }

  private RegistryClient client(OciReference reference) {
    var credentials =
        new RegistryCredentials(new LinuxHost(), Map.of("DOCKER_CONFIG", folder.toString()));
    return new RegistryClient(reference, credentials, false);
  }

  private List<String> pulled(String name) throws IOException {
    return pulled(reference(name));
  }

  private List<String> pulled(OciReference reference) throws IOException {
    try (var pull = new RegistryPull(reference, client(reference), cache);
        var memory = MemoryBudget.shared().nothing()) {
      OciImage found = pull.resolve();
      pull.fetch(found, room::add, Progress.SILENT);
      RootTree tree =
          new LayerMerge(OciLimits.USUAL, memory).merge(found.layers(), pull, Progress.SILENT);
      var paths = new ArrayList<String>();
      TreeWalk.of(tree.root(), (path, node) -> paths.add(path));
      return paths;
    }
  }
}
