package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks of tools, of packages that a script in npm's place brings. */
class ToolsDiskTest {
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;
  private Path bin;
  private Path archive;

  @BeforeEach
  void packages() throws IOException {
    bin = Files.createDirectory(folder.resolve("bin"));
    Path content = Files.createDirectories(folder.resolve("package/lib"));
    Files.writeString(content.resolve("tool.js"), "#!/usr/bin/env node\n");
    Files.writeString(content.resolve("other.js"), "other\n");
    Files.writeString(folder.resolve("package/README.md"), "read\n");
    archive = folder.resolve("demo.tgz");
    host.check(Command.of("tar", "-C", folder.toString(), "-czf", archive.toString(), "package"));
    npm(
        "for word; do case $word in --pack-destination=*) cp %s \"${word#*=}\";; esac; done"
            .formatted(archive));
  }

  private void npm(String script) throws IOException {
    Path npm = Files.writeString(bin.resolve("npm"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String integrity() throws IOException {
    return "sha512-"
        + host.check(
                Command.of(
                    "sh",
                    "-c",
                    "openssl dgst -sha512 -binary \"$1\" | base64 -w0",
                    "sh",
                    archive.toString()))
            .output();
  }

  private static Tool demo(String integrity, @Nullable List<String> files, String program) {
    return new Tool(
        "demo",
        "1.2.3",
        64,
        1,
        new NpmPackage("@example/demo", null, integrity, files),
        null,
        Map.of("demo", program),
        null);
  }

  private ToolsDisk.Made make(String work, Tool tool) throws IOException {
    var npm = new NpmFetch(host, List.of(bin));
    return new ToolsDisk(host, npm)
        .make(List.of(tool), Files.createDirectory(folder.resolve(work)), Progress.SILENT);
  }

  private Refusal refusal(Tool tool) {
    return catchThrowableOfType(Refused.class, () -> make("refused", tool)).refusal();
  }

  private String debugfs(Path disk, String command) {
    return host.check(Command.of("debugfs", "-R", command, disk.toString())).output();
  }

  @Test
  void aDiskHasWhatIsWantedOfThePackageAndItsPrograms() throws IOException {
    Tool tool = demo(integrity(), List.of("lib/tool.js"), "lib/tool.js");
    ToolsDisk.Made made = make("one", tool);
    Path disk = Objects.requireNonNull(made.file());
    assertThat(debugfs(disk, "ls -p /demo")).contains("/lib/").doesNotContain("README");
    assertThat(debugfs(disk, "ls -p /demo/lib")).contains("/tool.js/").doesNotContain("other.js");
    assertThat(debugfs(disk, "stat /demo/lib/tool.js")).contains("Mode:  0755");
    assertThat(debugfs(disk, "stat /bin/demo")).contains("\"../demo/lib/tool.js\"");
    assertThat(made.identity()).isEqualTo(ToolsDisk.identity(List.of(tool)));
    Path again = Objects.requireNonNull(make("two", tool).file());
    assertThat(again).as("the same tools").hasSameBinaryContentAs(disk);
    assertThat(ToolsDisk.identity(List.of(demo(integrity(), null, "lib/tool.js"))))
        .isNotEqualTo(made.identity());
  }

  @Test
  void aRootKnowsItsDiskAndNamesTheProgramsOnIt() throws IOException {
    Tool tool = demo(integrity(), null, "lib/tool.js");
    var root = new NewRoot(Files.createDirectory(folder.resolve("root")));
    ToolsDisk.name(List.of(tool), root);
    assertThat(root.folder().resolve("opt/tools")).isEmptyDirectory();
    assertThat(root.folder().resolve("usr/lib/visco/tools"))
        .hasContent(ToolsDisk.fileSystemUuid(ToolsDisk.identity(List.of(tool))));
    assertThat(Files.readSymbolicLink(root.folder().resolve("usr/local/bin/demo")))
        .isEqualTo(Path.of("/opt/tools/bin/demo"));
  }

  @Test
  void anotherArchiveThanTheNamedOneIsRefused() {
    String other = "sha512-" + "A".repeat(86) + "==";
    assertThat(refusal(demo(other, null, "lib/tool.js")))
        .isInstanceOfSatisfying(
            Refusal.Invalid.class,
            refusal -> {
              assertThat(refusal.field()).isEqualTo("npm.integrity");
              assertThat(refusal.reason()).contains("@example/demo@1.2.3", "which is sha512-");
            });
  }

  @Test
  void whatIsNotInThePackageIsRefused() throws IOException {
    assertThat(refusal(demo(integrity(), List.of("bin"), "bin/demo")).detail())
        .contains("bin", "is not in @example/demo@1.2.3");
    Tool tool = demo(integrity(), null, "lib/absent.js");
    assertThat(catchThrowableOfType(Refused.class, () -> make("absent", tool)).refusal().detail())
        .contains("programs.demo", "lib/absent.js");
  }

  @Test
  void aRegistryThatCannotBeReachedIsSaidInNpmsWords() throws IOException {
    npm("echo 'npm error code EAI_AGAIN' >&2; echo 'npm error errno EAI_AGAIN' >&2; exit 1");
    Refusal refusal = refusal(demo(integrity(), null, "lib/tool.js"));
    assertThat(refusal).isInstanceOf(Refusal.HostLacks.class);
    assertThat(refusal.detail())
        .contains("npm cannot fetch @example/demo@1.2.3 for the tool demo: code EAI_AGAIN");
  }

  @Test
  void aHostWithoutNpmIsToldWhatToInstall() throws IOException {
    Files.delete(bin.resolve("npm"));
    Refusal refusal = refusal(demo(integrity(), null, "lib/tool.js"));
    assertThat(refusal).isInstanceOf(Refusal.HostLacks.class);
    assertThat(refusal.detail()).contains("this host has no npm");
    assertThat(refusal.remedy()).contains("apt-get install npm");
  }
}
