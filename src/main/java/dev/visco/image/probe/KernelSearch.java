package dev.visco.image.probe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds kernels in a file system where distributions have them: in {@code /boot} by their names
 * (Debian, Ubuntu, Fedora, Alpine), by the entries of the boot loader (UAPI group, Boot Loader
 * Specification; Fedora, kernel-install), and among their modules (Fedora's image based systems).
 */
record KernelSearch(RootReader place) {
  private static final Pattern KERNEL = Pattern.compile("vmlinuz-(.+)");
  private static final Pattern INITRD =
      Pattern.compile("(?:initrd\\.img-|initramfs-|initrd-)(.+?)(?:\\.img)?");

  /** Kernels that only repair or dump, and initramfs for other purposes. */
  private static final List<String> OTHERS = List.of("rescue", "kdump", "fallback", ".old", ".bak");

  /** Without parts that lead upwards. */
  private static final Pattern PATH = Pattern.compile("(/(?!\\.\\.?(?:/|$))[A-Za-z0-9@._+-]+)+");

  private static final String MODULES = "/usr/lib/modules";
  private static final int MAX_ENTRIES = 100;

  /** A kernel and what belongs to it, by their paths in one file system. */
  record Candidate(String release, String kernel, @Nullable String initrd) {}

  /**
   * By their names.
   *
   * @param boot {@code /boot}, or empty for a file system that is mounted there
   */
  List<Candidate> inBoot(String boot) {
    var kernels = new HashMap<String, String>();
    var initrds = new HashMap<String, String>();
    // The dot stands for the top.
    for (RootReader.FolderEntry entry : place.list(boot.isEmpty() ? "/." : boot)) {
      String path = boot + "/" + entry.name();
      if (isUsual(entry.name())) {
        Matcher kernel = KERNEL.matcher(entry.name());
        Matcher initrd = INITRD.matcher(entry.name());
        if (kernel.matches()) {
          kernels.put(kernel.group(1), path);
        } else if (initrd.matches()) {
          initrds.put(initrd.group(1), path);
        }
      }
    }
    return kernels.entrySet().stream()
        .map(kernel ->
            new Candidate(kernel.getKey(), kernel.getValue(), initrds.get(kernel.getKey())))
        .toList();
  }

  /** By the boot loader's entries, whose paths begin at the file system for {@code /boot}. */
  List<Candidate> inEntries(String boot) {
    var found = new ArrayList<Candidate>();
    String folder = boot + "/loader/entries";
    for (RootReader.FolderEntry entry : place.list(folder)) {
      if (entry.name().endsWith(".conf") && isUsual(entry.name()) && found.size() < MAX_ENTRIES) {
        String text = place.text(entry).orElse("");
        value(text, "linux")
            .filter(kernel -> place.find(boot + kernel).isPresent())
            .ifPresent(kernel ->
                found.add(
                    new Candidate(
                        value(text, "version").orElse(entry.name()),
                        boot + kernel,
                        value(text, "initrd").map(initrd -> boot + initrd).orElse(null))));
      }
    }
    return found;
  }

  private static Optional<String> value(String text, String key) {
    return text.lines()
        .map(line -> line.strip().split("\\s+", 2))
        .filter(words -> words.length == 2 && words[0].equals(key))
        .map(words -> words[1].strip())
        .filter(word -> key.equals("version") || PATH.matcher(word).matches())
        .findFirst();
  }

  /** In the folders with their modules. */
  List<Candidate> inModules() {
    var found = new ArrayList<Candidate>();
    for (RootReader.FolderEntry release : place.list(MODULES)) {
      String folder = MODULES + "/" + release.name();
      if (found.size() < MAX_ENTRIES && place.find(folder + "/vmlinuz").isPresent()) {
        String initrd = folder + "/initramfs.img";
        found.add(
            new Candidate(
                release.name(),
                folder + "/vmlinuz",
                place.find(initrd).isPresent() ? initrd : null));
      }
    }
    return found;
  }

  private static boolean isUsual(String name) {
    return OTHERS.stream().noneMatch(name::contains);
  }
}
