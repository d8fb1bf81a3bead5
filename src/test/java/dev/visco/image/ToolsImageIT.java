package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.FileDigest;
import dev.visco.host.LinuxHost;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Real images with real tools, from npm's registry and the host's own package sources. */
class ToolsImageIT {
  private final LinuxHost host = new LinuxHost();

  private String debugfs(Path disk, String command) {
    return host.check(Command.of("debugfs", "-R", command, disk.toString())).output();
  }

  @Test
  void theToolsAreOnOneDiskThatBothImagesHave() throws IOException {
    Image cli = TestImages.cliTools();
    Image browser = TestImages.browserTools("netsurf");
    Path disk = Objects.requireNonNull(cli.tools());
    assertThat(browser.tools()).isEqualTo(disk);
    ToolsInside tools = Objects.requireNonNull(cli.manifest().tools());
    Digest digest = Objects.requireNonNull(tools.disk());
    assertThat(FileDigest.of(disk)).isEqualTo(digest);
    assertThat(cli.manifest().files()).contains(digest);
    assertThat(tools.list())
        .extracting(ToolsInside.InstalledTool::name)
        .containsExactlyElementsOf(TestImages.TOOLS);
    assertThat(tools.list().get(1).programs()).containsExactly("codex");
    assertThat(tools.list().get(2).packages()).singleElement().asString().startsWith("oidc-agent");
    assertThat(cli.manifest().memoryMib()).as("that of its tools").isEqualTo(512);
    assertThat(debugfs(disk, "ls -p /bin")).contains("/codex/", "/claude/");
    assertThat(debugfs(disk, "show_super_stats -h"))
        .contains("Filesystem UUID:          " + tools.fileSystemUuid())
        .doesNotContain("has_journal");
    assertThat(debugfs(disk, "stat /codex/vendor/x86_64-unknown-linux-musl/bin/codex"))
        .contains("Mode:  0755", "User:     0", "Type: regular");
    Manifest plain = TestImages.cli().manifest();
    assertThat(plain.tools()).isNull();
    assertThat(cli.manifest().kernel()).isEqualTo(plain.kernel());
    assertThat(cli.manifest().packages()).containsAll(plain.packages());
    assertThat(List.of(cli.manifest().rootfs())).isNotEqualTo(List.of(plain.rootfs()));
  }
}
