package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The package in a fresh root, in namespaces of its own: installed without Java it boots a verified
 * guest, which outlives the daemon, the package, and every upgrade, well or not.
 */
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class PackageIT {
  private static final Duration LONG = Duration.ofMinutes(20);
  private static final LinuxHost HOST = new LinuxHost();

  /** Of two versions, built once for all tests. */
  private static Path packages = Path.of("");

  @TempDir private Path folder;

  /** A running guest, and how to see that it is still the same boot. */
  private static final String GUEST =
      """
      dpkg -i /one.deb >/dev/null
      command -v java || echo no java
      visco up --no-vm
      # Software emulation of QEMU 10.0 ends one boot in some ten before the kernel's first line, without Visco, too.
      id=$(visco create) || id=$(visco create); echo "ready $id"
      boot=$(visco exec $id cat /proc/sys/kernel/random/boot_id)
      same() { [ "$boot" = "$(visco exec $id cat /proc/sys/kernel/random/boot_id)" ] && echo "$1: the guest has run on"; }
      """;

  private static final String END =
      """
      visco down --yes
      dpkg --purge visco 2>&1 | grep stays
      ls /etc/visco 2>/dev/null || echo no settings
      ls /usr/lib/visco 2>/dev/null || echo no program
      ls /var/lib/visco/visco.db
      """;

  @BeforeAll
  static void builds() throws IOException {
    packages = Files.createTempDirectory("visco-packages");
    build("one.deb", "1.0");
    build("two.deb", "1.1");
  }

  @AfterAll
  static void removeThem() {
    DurableFiles.deleteTree(packages);
  }

  private static Path build(String name, String version) {
    Path file = packages.resolve(name);
    var environment = new HashMap<>(System.getenv());
    environment.put("VISCO_VERSION", version);
    HOST.check(
        Command.of(
                Path.of("dist/build-deb").toAbsolutePath().toString(), "--no-aot", file.toString())
            .withEnvironment(environment)
            .within(LONG));
    return file;
  }

  /** The package of another version, after a change of its files below {@code $0}. */
  private Path changed(String version, String change) {
    Path tree = folder.resolve("tree" + version);
    Path file = folder.resolve(version + ".deb");
    HOST.check(
        Command.of(
                "sh",
                "-ec",
                """
                dpkg-deb -R "$1" "$0"
                cd "$0"
                sed -i "s/^Version: .*/Version: $2/" DEBIAN/control
                %s
                find etc usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums
                dpkg-deb --root-owner-group -Znone --build . "$3" >/dev/null
                """
                    .formatted(change),
                tree.toString(),
                packages.resolve("two.deb").toString(),
                version,
                file.toString())
            .makingPublicFiles()
            .within(LONG));
    DurableFiles.deleteTree(tree);
    return file;
  }

  private CommandResult run(FreshRoot root, String... scripts) throws IOException {
    CommandResult result = root.run(String.join("", scripts));
    System.out.println(result.output());
    assertThat(result.succeeded()).as(result.output() + result.error()).isTrue();
    return result;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bookworm", "trixie"})
  void itBootsAVerifiedGuestThatOutlivesItAndNothingOfAnybodysGoesWithIt(String release)
      throws IOException {
    var root = new FreshRoot(release, folder);
    root.add(packages.resolve("one.deb"), "one.deb");
    CommandResult done =
        run(
            root,
            GUEST,
            """
            visco daemon stop
            dpkg -r visco >/dev/null
            dpkg -i /one.deb >/dev/null
            visco daemon restart
            same "installed again"
            """,
            END);
    assertThat(done.output())
        .contains("no java\n", "ready vm-", "installed again: the guest has run on\n")
        .contains("/var/lib/visco stays", "no settings\n", "no program\n")
        .endsWith("/var/lib/visco/visco.db\n");
  }

  @Test
  void anUpgradeIsWellOrItIsRolledBackWithTheStoreWhileTheGuestRunsOn() throws IOException {
    var root = new FreshRoot("bookworm", folder);
    root.add(packages.resolve("one.deb"), "one.deb");
    root.add(packages.resolve("two.deb"), "two.deb");
    root.add(changed("1.2", "echo broken >usr/lib/visco/app/visco.jar"), "broken.deb");
    // A newer schema (the store's header has it at byte 60), and a daemon that never serves.
    root.add(
        changed(
            "1.3",
            """
            printf '%s' '#!/bin/sh
            printf "\\000\\000\\000\\143" | dd of=/var/lib/visco/visco.db bs=1 seek=60 conv=notrunc status=none
            echo out of order >&2
            exit 1
            ' >usr/bin/visco\
            """),
        "migrating.deb");
    root.add(changed("1.4", ":"), "killed.deb");
    CommandResult done =
        run(
            root,
            GUEST,
            """
            visco volume create kept --size 64M >/dev/null
            version() { dpkg-query -W -f '${Version}\\n' visco; }
            visco upgrade /two.deb; same "to $(version)"
            visco upgrade /one.deb 2>&1 | grep older
            for file in broken migrating; do
              visco upgrade /$file.deb || echo "$file ended with $?"
              same "$file, at $(version)"
              visco volume ls | grep kept
            done
            # Killed where the program is replaced, with whoever asked for it.
            visco upgrade /killed.deb & asked=$!
            until grep -l COPIED /var/lib/visco/upgrades/*/upgrade.json; do sleep 0.05; done
            kill -9 $asked; kill -9 $(grep -l -- --finish /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3) || true
            wait $asked || true
            $(dirname $(grep -L 'DONE\\|WENT_BACK' /var/lib/visco/upgrades/*/upgrade.json))/resume
            same "resumed, at $(version)"
            visco events | grep store-restored
            echo "kept: $(ls /var/lib/visco/upgrades | grep -c Z)"
            """,
            END);
    List<String> said = new ArrayList<>(done.output().lines().toList());
    assertThat(said)
        .contains("to 1.1: the guest has run on", "broken ended with 1")
        .contains("broken, at 1.1: the guest has run on", "migrating ended with 1")
        .contains("migrating, at 1.1: the guest has run on")
        .contains("resumed, at 1.4: the guest has run on")
        .contains("kept: 2", "no settings", "no program");
    assertThat(done.output()).contains("older than the installed 1.1");
    assertThat(done.error()).contains("out of order", "Invalid or corrupt jarfile");
    assertThat(said).filteredOn(line -> line.contains("store-restored")).hasSize(2);
  }

  /** Without the cache of linked classes, whose addresses differ, two builds are the same file. */
  @Test
  void itIsBuiltTheSameTwice() throws IOException {
    assertThat(Files.mismatch(packages.resolve("one.deb"), build("again.deb", "1.0")))
        .isEqualTo(-1);
    assertThat(Objects.requireNonNull(packages.resolve("again.deb")).toFile().delete()).isTrue();
  }
}
