package dev.visco.image.probe;

import java.util.List;

/** The files of a root file system or an initramfs, as a kernel finds programs in them. */
interface ProgramFiles {
  /** The file at an absolute path, links followed. */
  FilePlace find(String path);

  /** What the kernel and the loader need to know of a program; a fault of the reader is unclear. */
  ProgramImage read(FilePlace.PresentFile file);

  /** Folders in which libraries are looked for, besides those that a program names itself. */
  List<String> foldersOfLibraries();

  /** What is at a path. */
  sealed interface FilePlace {
    /**
     * A file, a folder, or something else.
     *
     * @param path with links followed
     * @param mode of inode(7)
     * @param inode 0 where there are none
     */
    record PresentFile(String path, int mode, long size, long inode) implements FilePlace {
      boolean isPlain() {
        return (mode & 0170000) == 0100000;
      }

      boolean isFolder() {
        return (mode & 0170000) == 0040000;
      }

      boolean isExecutable() {
        return (mode & 0111) != 0;
      }
    }

    /**
     * Nothing.
     *
     * @param path the first part of the path that is not there, links followed
     * @param isLinked whether the file itself is a link, which leads there
     */
    record AbsentFile(String path, boolean isLinked) implements FilePlace {}

    /** Links that lead in a circle. */
    record CircularLink() implements FilePlace {}

    /** It cannot be said. */
    record UnclearFile() implements FilePlace {}
  }
}
