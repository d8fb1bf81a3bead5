package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script that looks at a guest's files, by the tools that a guest may have. */
@Timeout(60)
class FileScanTest {
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  @TempDir private Path folder;

  /** Runs it with these programs alone. */
  private Process scan(Path programs, String depth) throws Exception {
    var builder =
        new ProcessBuilder(
            "/bin/sh", "-c", FileScan.SCRIPT, "sh", folder.resolve("files").toString(), depth);
    builder.environment().clear();
    builder.environment().put("PATH", programs.toString());
    return builder.start();
  }

  /** The entries of the next look, and at last how it learns of changes. */
  private static List<String> look(InputStream in) throws Exception {
    var records = new ArrayList<String>();
    var record = new ByteArrayOutputStream();
    while (true) {
      int one = in.read();
      assertThat(one).as(records.toString()).isNotNegative();
      if (one != 0) {
        record.write(one);
        continue;
      }
      records.add(record.toString(StandardCharsets.UTF_8));
      record.reset();
      if (records.getLast().startsWith(". ")) {
        return records;
      }
    }
  }

  private Path files() throws Exception {
    Path files = folder.resolve("files");
    Files.createDirectories(files.resolve("deep"));
    Files.writeString(files.resolve("a\nb"), "four");
    return files;
  }

  private Path programs(Path of, String... names) throws Exception {
    Path programs = Files.createDirectories(folder.resolve("programs"));
    for (String name : names) {
      Files.createSymbolicLink(programs.resolve(name), of);
    }
    return programs;
  }

  private static void assertEnds(Process process) throws Exception {
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void eachLookHasAllEntriesByBusyboxToo() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(BUSYBOX), "this host has no busybox");
    Path files = files();
    for (Path programs :
        List.of(Path.of("/usr/bin"), programs(BUSYBOX, "find", "stat", "sleep", "printf"))) {
      Process process = scan(programs, "1000");
      try (InputStream in = process.getInputStream()) {
        assertEntries(files, look(in));
        assertEntries(files, look(in));
      } finally {
        assertEnds(process);
      }
    }
  }

  private static void assertEntries(Path files, List<String> look) {
    assertThat(look).hasSize(4);
    assertThat(look.getLast()).isIn(". poll", ". inotify");
    var entries = new TreeMap<String, FileChanges.Entry>();
    for (String record : look.subList(0, 3)) {
      String[] parts = record.split("\n", 2);
      entries.put(parts[1], Objects.requireNonNull(FileChanges.Entry.of(parts[0]), () -> parts[0]));
    }
    assertThat(entries).containsOnlyKeys(files + "", files + "/a\nb", files + "/deep");
    FileChanges.Entry file = Objects.requireNonNull(entries.get(files + "/a\nb"));
    assertThat(file.kind()).isEqualTo(GuestFiles.FileKind.FILE);
    assertThat(file.size()).isEqualTo(4);
    assertThat(Objects.requireNonNull(entries.get(files + "/deep")).kind())
        .isEqualTo(GuestFiles.FileKind.FOLDER);
  }

  @Test
  void withInotifywaitItLooksOnceSomethingHappens() throws Exception {
    files();
    Path programs = programs(Path.of("/usr/bin/find"), "find");
    for (String name : List.of("sleep", "printf")) {
      Files.createSymbolicLink(programs.resolve(name), Path.of("/usr/bin", name));
    }
    Path waits = programs.resolve("inotifywait");
    Path told = folder.resolve("told");
    Files.writeString(
        waits,
        "#!/bin/sh\necho \"$@\" >>"
            + told
            + "\nwhile [ ! -e "
            + folder
            + "/go ]; do sleep 0.1; done\n");
    Files.setPosixFilePermissions(waits, PosixFilePermissions.fromString("rwx------"));
    Process process = scan(programs, "1");
    try (InputStream in = process.getInputStream()) {
      assertThat(look(in).getLast()).isEqualTo(". inotify");
      Files.createFile(folder.resolve("go"));
      look(in);
      assertThat(Files.readAllLines(told).getFirst())
          .startsWith("-qq -t 2 -e create,")
          .endsWith(" -- " + folder.resolve("files"));
    } finally {
      assertEnds(process);
    }
  }

  @Test
  void aGuestWithoutFindIsToldByItsExitCode() throws Exception {
    Process process = scan(Files.createDirectories(folder.resolve("none")), "1");
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(FileScan.NO_FIND);
  }
}
