package dev.visco.vmm.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.Store;
import dev.visco.vmm.FakeVmm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken for a release, what is not, and that nothing of a refused one is left. */
@Timeout(120)
class ReleasesTest {
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private Store store;
  private ReleaseRows rows;
  private Releases releases;
  private Path source;

  @BeforeEach
  void open() throws IOException {
    // Nobody must get through to what it is to run.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    store = Store.open(folder.resolve("data"));
    rows = new ReleaseRows(store, "local");
    releases = releases();
    source = Files.createDirectory(folder.resolve("source"));
    Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Releases releases() {
    return new Releases(
        host,
        folder.resolve("data/releases"),
        rows,
        release -> new FakeVmm(release.name(), EnumSet.allOf(Transport.class)),
        InstantSource.system());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(folder.resolve("data/releases/.adding")).doesNotExist();
    if (Files.isDirectory(folder.resolve("data/releases"))) {
      try (var found = Files.list(folder.resolve("data/releases"))) {
        assertThat(found.map(path -> path.getFileName().toString()))
            .containsExactlyInAnyOrderElementsOf(
                rows.list().stream().map(ReleaseRow::name).toList());
      }
    }
    assertThat(processes()).isEmpty();
    store.close();
  }

  /** Those that were started from the folder of releases. */
  private List<List<String>> processes() {
    String prefix = folder.resolve("data/releases").toString();
    return host.processes().stream()
        .map(process -> process.arguments())
        .filter(words -> words.stream().anyMatch(word -> word.startsWith(prefix)))
        .toList();
  }

  private ReleaseRow add(ReleaseRequest request) {
    return releases.add(request, Progress.SILENT);
  }

  private static ReleaseRequest plain(Path path) {
    return new ReleaseRequest(path, null, null, true, null);
  }

  private Path release(String version, boolean hasPci, String... more) throws IOException {
    String[] properties = new String[more.length + 1];
    properties[0] = "pci=" + hasPci;
    System.arraycopy(more, 0, properties, 1, more.length);
    return FakeFirecracker.write(source.resolve("firecracker"), version, properties);
  }

  private static Digest digest(Path file) throws Exception {
    return new Digest(
        "sha256:"
            + HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))));
  }

  private void assertRefused(ReleaseRequest request, String... words) {
    assertThatThrownBy(() -> add(request))
        .isInstanceOf(Refused.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
    assertThat(rows.list()).isEmpty();
  }

  @Test
  void aReleaseIsCopiedProbedAndRecorded() throws Exception {
    Path firecracker = release("1.16.1", true);
    Path jailer = FakeFirecracker.script(source.resolve("jailer"), "echo 'Jailer v1.16.1'");
    Files.writeString(source.resolve("firecracker.aot"), "a cache");
    ReleaseRow row = add(new ReleaseRequest(source, digest(firecracker), null, false, null));
    assertThat(row.name()).isEqualTo("1.16.1");
    assertThat(row.version()).isEqualTo("1.16.1");
    assertThat(row.digest()).isEqualTo(digest(firecracker).value());
    assertThat(row.jailerDigest()).isEqualTo(digest(jailer).value());
    assertThat(rows.list()).containsExactly(row);

    Release release = releases.release("1.16.1");
    assertThat(release.firecracker()).hasSameBinaryContentAs(firecracker);
    assertThat(release.jailer()).hasSameBinaryContentAs(jailer);
    assertThat(release.firecracker().resolveSibling("firecracker.aot"))
        .as("the digest that was given does not cover it")
        .doesNotExist();
    assertThat(Files.getLastModifiedTime(release.firecracker()))
        .isEqualTo(Files.getLastModifiedTime(firecracker));
    for (Path file : List.of(release.firecracker(), release.firecracker().getParent())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rwxr-xr-x");
      assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(0);
    }
    assertThat(release.features().hasPci()).isTrue();
    releases.check("1.16.1");
  }

  @Test
  void withoutADigestTheCacheComesAlongIsRecordedAndTheLackOfADigestIsSaid() throws Exception {
    Path firecracker = release("1.16.1", true);
    Files.writeString(source.resolve("firecracker.aot"), "a cache");
    var said = new ArrayList<String>();
    releases.add(
        new ReleaseRequest(firecracker, null, null, true, null), (step, done) -> said.add(step));
    assertThat(said)
        .anyMatch(step -> step.matches("not given, .*: sha256 of firecracker \\([0-9a-f]{64}\\)"));
    Release release = releases.release("1.16.1");
    Path cache = AheadOfTimeCache.of(release.firecracker());
    assertThat(cache).hasContent("a cache");
    assertThat(AheadOfTimeCache.recorded(release.firecracker())).contains(digest(cache));
    releases.check("1.16.1");
    Files.writeString(cache, "another");
    assertThatThrownBy(() -> releases.check("1.16.1"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("firecracker.aot of release 1.16.1 is not what was added");
    // As an earlier version has left it.
    Files.delete(cache.resolveSibling("firecracker.aot.sha256"));
    releases.sweep();
    assertThat(cache).doesNotExist();
    assertThat(release.firecracker()).exists();
  }

  @Test
  void aDigestOfTheJailerIsHeldToAsWell() throws Exception {
    Path firecracker = release("1.16.1", true);
    Path jailer = FakeFirecracker.script(source.resolve("jailer"), "echo 'Jailer v1.16.1'");
    Digest right = digest(jailer);
    Digest wrong = digest(firecracker);
    assertRefused(
        new ReleaseRequest(source, digest(firecracker), wrong, null, false, null),
        "is not the file's, which is " + right.hex());
    assertRefused(
        new ReleaseRequest(firecracker, null, right, null, true, null),
        "is of a jailer, and there is none");
    var said = new ArrayList<String>();
    releases.add(
        new ReleaseRequest(source, digest(firecracker), right, null, false, null),
        (step, done) -> said.add(step));
    assertThat(said).noneMatch(step -> step.startsWith("not given"));
    assertThat(releases.row("1.16.1").jailerDigest()).isEqualTo(right.value());
  }

  @Test
  void aReleaseFolderOfFirecrackersOwnIsUnderstood() throws Exception {
    FakeFirecracker.write(source.resolve("firecracker-v1.9.1-x86_64"), "1.9.1", "pci=false");
    Files.writeString(source.resolve("firecracker-v1.9.1-x86_64.debug"), "symbols");
    FakeFirecracker.script(source.resolve("jailer-v1.9.1-x86_64"), "echo 'Jailer v1.9.1'");
    ReleaseRow row = add(new ReleaseRequest(source, null, null, false, null));
    assertThat(row.version()).isEqualTo("1.9.1");
    assertThat(row.jailerDigest()).isNotNull();
    assertThat(releases.release("1.9.1").features().hasPci()).isFalse();
  }

  @Test
  void aFolderWithoutAFirecrackerOrWithSeveralIsRefused() throws Exception {
    assertRefused(plain(source), "holds no firecracker");
    release("1.16.1", true);
    Files.copy(source.resolve("firecracker"), source.resolve("firecracker-v1.14.4-x86_64"));
    assertRefused(plain(source), "holds several: firecracker, firecracker-v1.14.4-x86_64");
  }

  @Test
  void withoutAJailerItIsTakenOnlyWhenTheOperatorSaysSo() throws Exception {
    Path firecracker = release("1.16.1", true);
    assertRefused(
        new ReleaseRequest(firecracker, null, null, false, null), "jailer", "--no-jailer");
    assertRefused(
        new ReleaseRequest(firecracker, null, source.resolve("none"), false, null),
        "jailer",
        "does not exist");
    assertRefused(
        new ReleaseRequest(firecracker, null, firecracker, true, null), "contradicts noJailer");
    assertThat(add(plain(firecracker)).jailerDigest()).isNull();
  }

  @Test
  void aWrongDigestIsRefusedWithBoth() throws Exception {
    Path firecracker = release("1.16.1", true);
    var wrong = new Digest("sha256:" + "ab".repeat(32));
    assertRefused(
        new ReleaseRequest(firecracker, wrong, null, true, null),
        wrong.hex(),
        digest(firecracker).hex());
  }

  @Test
  void whatIsNoProgramAtAllIsRefusedByItsField() throws Exception {
    assertRefused(plain(source.resolve("none")), "path", "does not exist");
    assertRefused(plain(Path.of("relative")), "is not an absolute path");
    assertRefused(plain(Files.createFile(source.resolve("empty"))), "is empty");
    Path text = Files.writeString(source.resolve("text"), "just text, no program\n");
    assertRefused(plain(text), "path", "Give the program");
    Path other = FakeFirecracker.script(source.resolve("other"), "echo 'GNU bash, version 5'");
    assertRefused(plain(other), "does not say its version");
  }

  @Test
  void aProgramThatWasCutOffIsRefused() throws Exception {
    byte[] whole = Files.readAllBytes(Path.of("/bin/ls"));
    Path half = source.resolve("firecracker");
    Files.write(half, Arrays.copyOf(whole, whole.length / 3));
    assertRefused(plain(half), "path", "firecracker", "whole");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1.16.1 | false | x=1             | does not offer --enable-pci
          1.9.1  | true  | x=1             | offers --enable-pci, which came with 1.13
          1.16.1 | true  | apiSays=1.13.1  | answers "1.13.1" to GET /version and "1.16.1" before
          1.16.1 | true  | rootSays=1.14.4 | answers "1.14.4" to GET / and
          1.16.1 | true  | api=dies        | it ended with 148: Invalid seccomp filter
          1.16.1 | true  | api=garbage     | it hung up on GET /version before its answer was whole
          1.16.1 | true  | api=refuses     | was answered with 503
          1.8.0  | false | x=1             | is older than any that Visco drives
          """)
  void aReleaseThatContradictsItselfIsRefused(
      String version, boolean hasPci, String property, String why) throws Exception {
    assertRefused(plain(release(version, hasPci, property)), why);
  }

  @Test
  void aJailerOfAnotherReleaseIsRefused() throws Exception {
    release("1.16.1", true);
    FakeFirecracker.script(source.resolve("jailer"), "echo 'Jailer v1.13.1'");
    assertRefused(
        new ReleaseRequest(source, null, null, false, null),
        "jailer \"1.13.1\"",
        "not of the same release as firecracker 1.16.1");
  }

  @Test
  void aProgramThatNeverAnswersIsGivenUpInTime() throws Exception {
    Path copy = FakeFirecracker.script(source.resolve("firecracker"), "exec sleep 120");
    var probe = new ReleaseProbe(host, Duration.ofMillis(500));
    long began = System.nanoTime();
    assertThatThrownBy(() -> probe.probe(copy, null, folder.resolve("probe")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("did not answer --version");
    Path silent = release("1.16.1", true, "api=silent");
    var patient = new ReleaseProbe(host, Duration.ofSeconds(5));
    assertThatThrownBy(() -> patient.probe(silent, null, folder.resolve("probe")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("it did not answer GET /version within PT5S");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
    assertThat(folder.resolve("probe")).doesNotExist();
  }

  @Test
  void itRunsAsNobodyWithoutAnyPrivilege() throws Exception {
    Path told = Files.createDirectory(folder.resolve("told"));
    Files.setPosixFilePermissions(told, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path curious =
        FakeFirecracker.script(
            source.resolve("firecracker"),
            "id -u > '%s/uid'; grep -E 'Cap(Eff|Bnd)|NoNewPrivs' /proc/self/status > '%s/status'; echo nothing"
                .formatted(told, told));
    assertRefused(plain(curious), "does not say its version");
    assertThat(told.resolve("uid")).hasContent("65534");
    assertThat(Files.readString(told.resolve("status")))
        .contains("CapEff:\t0000000000000000")
        .contains("CapBnd:\t0000000000000000")
        .contains("NoNewPrivs:\t1");
  }

  @Test
  void twoOfOneVersionGetNamesThatTellThemApartAndTheSameTwiceIsRefused() throws Exception {
    Path first = release("1.16.1", true);
    assertThat(add(plain(first)).name()).isEqualTo("1.16.1");
    assertThatThrownBy(() -> add(plain(first)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("was added already, as 1.16.1");
    assertThat(add(new ReleaseRequest(first, null, null, true, "mine")).name()).isEqualTo("mine");
    assertThatThrownBy(() -> add(new ReleaseRequest(first, null, null, true, "mine")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The name mine is in use");
    Path second = release("1.16.1", true, "another=build");
    assertThat(add(plain(second)).name())
        .isEqualTo("1.16.1-" + digest(second).hex().substring(0, 8));
  }

  @ParameterizedTest
  @CsvSource({"qemu", "rollback", "..", ".adding", "a/b", "''"})
  void whatCanBeNoNameIsRefused(@Nullable String name) throws Exception {
    Path firecracker = release("1.16.1", true);
    assertRefused(new ReleaseRequest(firecracker, null, null, true, name), "name");
  }

  @Test
  void onlyTheBytesThatWereAddedAreStarted() throws Exception {
    add(plain(release("1.16.1", true)));
    releases.check("1.16.1");
    Path copy = releases.release("1.16.1").firecracker();
    byte[] bytes = Files.readAllBytes(copy);
    var time = Files.getLastModifiedTime(copy);
    bytes[bytes.length - 2] ^= 1;
    Files.write(copy, bytes);
    // As somebody would who wants it to stay unseen.
    Files.setLastModifiedTime(copy, time);
    assertThatThrownBy(() -> releases.check("1.16.1"))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("is not what was added");
    bytes[bytes.length - 2] ^= 1;
    Files.write(copy, bytes);
    releases.check("1.16.1");
    Files.delete(copy);
    assertThatThrownBy(() -> releases.check("1.16.1")).hasMessageContaining("cannot be read");
    releases.remove("1.16.1");
  }

  @Test
  void whatAnAddThatWasKilledLeftIsGoneAfterTheNextStart() throws Exception {
    add(plain(release("1.16.1", true)));
    Path adding = Files.createDirectory(folder.resolve("data/releases/.adding"));
    Path left = FakeFirecracker.script(adding.resolve("firecracker"), "exec sleep 300 # $0");
    Files.createDirectory(folder.resolve("data/releases/1.14.4"));
    Thread probe =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() ->
                        host.check(Command.of("sh", "-c", "sleep 300; true", left.toString())))
                    .isInstanceOf(HostFault.class));
    Awaitility.await().until(() -> !processes().isEmpty());
    releases().sweep();
    probe.join();
    assertThat(releases.list()).extracting(ReleaseRow::name).containsExactly("1.16.1");
    assertThat(releases.release("1.16.1").firecracker()).exists();
  }

  /** Paths with colons between them, in the same order in both variables. */
  private static List<Path> given(String variable) {
    String paths = System.getenv(variable);
    return paths == null || paths.isBlank()
        ? List.of()
        : Arrays.stream(paths.split(":", -1)).map(Path::of).toList();
  }

  @Test
  void realReleasesAreTakenWhereTheyAreGiven() {
    List<Path> firecrackers = given("VISCO_FIRECRACKER");
    List<Path> jailers = given("VISCO_JAILER");
    Assumptions.assumeFalse(
        firecrackers.isEmpty(), "VISCO_FIRECRACKER names no real Firecracker, so none was tried");
    for (int number = 0; number < firecrackers.size(); number++) {
      Path jailer = number < jailers.size() ? jailers.get(number) : null;
      ReleaseRow row =
          add(new ReleaseRequest(firecrackers.get(number), null, jailer, jailer == null, null));
      Release release = releases.release(row.name());
      assertThat(release.version().isAtLeast(1, 9)).isTrue();
      assertThat(row.name()).isEqualTo(release.version().toString());
      releases.check(row.name());
    }
    assertThat(rows.list()).hasSize(firecrackers.size());
  }
}
