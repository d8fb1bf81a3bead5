package dev.visco.image.probe;

import dev.visco.image.probe.ProgramFiles.FilePlace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Follows what happens when a program is started: its file and the links to it, its mode, its
 * format and machine, the interpreter of a script, the loader of an ELF program, and the libraries
 * that it needs (execve(2), ld.so(8)). What cannot be read is no fault.
 */
final class ProgramChain {
  /** The kernel follows no more scripts (Linux, fs/exec.c). */
  private static final int MAX_SCRIPTS = 4;

  private static final int MAX_LIBRARIES = 100;
  private final ProgramFiles files;

  ProgramChain(ProgramFiles files) {
    this.files = files;
  }

  /**
   * Why a program cannot be started.
   *
   * @param isAbsent whether there is nothing at its path at all
   * @param cause like {@code /sbin/init is a link to /lib/systemd/systemd, which is not there}
   */
  record ProgramFault(boolean isAbsent, String cause, String remedy) {}

  /** Why the program at this path cannot be started; empty when it can, or is not known. */
  Optional<ProgramFault> fault(String path) {
    return fault(path, path, 0);
  }

  private Optional<ProgramFault> fault(String path, String as, int scripts) {
    return switch (files.find(path)) {
      case FilePlace.UnclearFile _ -> Optional.empty();
      case FilePlace.CircularLink _ ->
          fault(as + " is a link that leads in a circle", "Make it a link to the program.");
      case FilePlace.AbsentFile absent -> Optional.of(absent(as, absent));
      case FilePlace.PresentFile file -> fault(file, shown(as, path, file.path()), scripts);
    };
  }

  private static String shown(String as, String path, String found) {
    return found.equals(path) ? as : as + " (" + found + ")";
  }

  private static ProgramFault absent(String as, FilePlace.AbsentFile absent) {
    String missing = absent.path();
    return absent.isLinked()
        ? new ProgramFault(
            false,
            as + " is a link that leads to " + missing + ", which is not there",
            "Install the package that brings " + missing + ", or correct the link.")
        : new ProgramFault(
            true, as + " is not there", "Install the package that brings it, or correct its name.");
  }

  private Optional<ProgramFault> fault(FilePlace.PresentFile file, String as, int scripts) {
    if (!file.isPlain()) {
      return fault(
          as + (file.isFolder() ? " is a folder" : " is no plain file"), "Put a program there.");
    }
    if (file.size() == 0) {
      return fault(as + " is empty", "Install the package that brings it again.");
    }
    if (!file.isExecutable()) {
      return fault(
          as + " is not executable (mode " + Integer.toOctalString(file.mode() & 07777) + ")",
          "In the image: chmod 755 " + file.path());
    }
    ProgramImage image = files.read(file);
    if (!image.isReadable()) {
      return Optional.empty();
    }
    if (image.script() != null) {
      return script(image.script(), as, file, scripts);
    }
    return image.elf() == null
        ? fault(
            as + " is neither an ELF program nor a script with a #! line",
            "Put a program there, or #!/bin/sh in its first line.")
        : elf(image, image.elf(), as, file);
  }

  private Optional<ProgramFault> script(
      String line, String as, FilePlace.PresentFile file, int scripts) {
    if (line.endsWith("\r")) {
      return fault(
          as + " is a script whose lines end in CR LF, so that its interpreter is not found",
          "In the image: sed -i 's/\\r$//' " + file.path());
    }
    String interpreter = line.strip().split("\\s+", 2)[0];
    if (!interpreter.startsWith("/")) {
      return interpreter.isEmpty()
          ? fault(as + " is a script whose #! line names no interpreter", "Name it: #!/bin/sh")
          : Optional.empty(); // Found from the folder that the caller is in.
    }
    if (scripts == MAX_SCRIPTS) {
      return fault(
          as + " is a script of a script of a script, more than the kernel follows",
          "Name a program in its #! line.");
    }
    return fault(interpreter, as + " is a script, and its interpreter " + interpreter, scripts + 1)
        .map(found -> new ProgramFault(false, found.cause(), found.remedy()));
  }

  private Optional<ProgramFault> elf(
      ProgramImage image, Elf elf, String as, FilePlace.PresentFile file) {
    if (image.isI386()) {
      return Optional.empty(); // Whether the kernel runs it is another question.
    }
    if (!elf.isX8664()) {
      return fault(
          as + " is a program for " + elf.architecture() + ", and guests here are x86-64",
          "Make the image of packages for x86-64 (amd64).");
    }
    if (elf.type() == Elf.RELOCATABLE) {
      return fault(as + " is an object file and no program", "Link it.");
    }
    String loader = image.interpreter();
    if (loader == null) {
      return Optional.empty();
    }
    switch (files.find(loader)) {
      case FilePlace.AbsentFile _ -> {
        return fault(
            as + " needs the loader " + loader + ", which is not there",
            "Install the C library that it was built for (libc6, musl), or build it statically.");
      }
      case FilePlace.PresentFile found -> {
        if (!found.isPlain() || !found.isExecutable()) {
          return fault(
              as + " needs the loader " + loader + ", which cannot be executed",
              "In the image: chmod 755 " + found.path());
        }
      }
      case FilePlace.CircularLink _, FilePlace.UnclearFile _ -> {
        return Optional.empty();
      }
    }
    return libraries(image, as, file.path(), loader);
  }

  /** One library with the folders in which its user says that it is. */
  private record Wanted(String name, List<String> folders, String by) {}

  private Optional<ProgramFault> libraries(
      ProgramImage image, String as, String path, String loader) {
    var seen = new TreeSet<String>();
    var wanted = new ArrayDeque<Wanted>();
    List<String> own = expanded(image.folders(), path);
    image.libraries().forEach(name -> wanted.add(new Wanted(name, own, as)));
    while (!wanted.isEmpty() && seen.size() < MAX_LIBRARIES) {
      Wanted one = wanted.poll();
      if (!seen.add(one.name()) || one.name().isEmpty()) {
        continue;
      }
      List<FilePlace> places = places(one, loader);
      Optional<FilePlace.PresentFile> found =
          places.stream()
              .filter(FilePlace.PresentFile.class::isInstance)
              .map(FilePlace.PresentFile.class::cast)
              .filter(FilePlace.PresentFile::isPlain)
              .findFirst();
      if (found.isEmpty()) {
        boolean isUnclear = places.stream().anyMatch(FilePlace.UnclearFile.class::isInstance);
        return isUnclear
            ? Optional.empty()
            : fault(
                one.by()
                    + " needs the library "
                    + ReadableLine.of(one.name())
                    + ", which is not there",
                "Install the package that brings it.");
      }
      ProgramImage library = files.read(found.get());
      var folders = new ArrayList<>(one.folders());
      folders.addAll(expanded(library.folders(), found.get().path()));
      library
          .libraries()
          .forEach(name -> wanted.add(new Wanted(name, folders, as + " by " + one.name())));
    }
    return Optional.empty();
  }

  private List<FilePlace> places(Wanted one, String loader) {
    if (one.name().contains("/")) {
      return List.of(
          one.name().startsWith("/") ? files.find(one.name()) : new FilePlace.UnclearFile());
    }
    var folders = new ArrayList<>(one.folders());
    folders.addAll(files.foldersOfLibraries());
    folders.add(loader.substring(0, Math.max(1, loader.lastIndexOf('/'))));
    var found = new ArrayList<FilePlace>();
    for (String folder : folders) {
      FilePlace place = files.find(folder + "/" + one.name());
      found.add(place);
      if (place instanceof FilePlace.PresentFile file && file.isPlain()) {
        return found;
      }
    }
    return found;
  }

  private static List<String> expanded(List<String> folders, String path) {
    String own = path.substring(0, Math.max(1, path.lastIndexOf('/')));
    return folders.stream()
        .map(folder -> folder.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", own))
        .filter(folder -> folder.startsWith("/"))
        .limit(16)
        .toList();
  }

  private static Optional<ProgramFault> fault(String cause, String remedy) {
    return Optional.of(new ProgramFault(false, cause, remedy));
  }
}
