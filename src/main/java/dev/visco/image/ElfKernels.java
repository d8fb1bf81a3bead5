package dev.visco.image;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.MemoryBudget;
import dev.visco.host.WorkPool;
import dev.visco.image.probe.BzImage;
import dev.visco.image.probe.Elf;
import dev.visco.image.probe.OperatorFile;
import dev.visco.image.probe.RandomAccessBytes;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Unpacks kernels to ELF files, each once, when it is first needed. Files are named {@code
 * PACKED-UNPACKED}, both digests in hexadecimal. A file appears only when it is complete; an
 * unfinished one begins with a dot and is removed at the next change.
 */
public final class ElfKernels {
  private static final int BLOCK = 1 << 16;

  /** The maximum size of an unpacked kernel; no kernel is larger. */
  private static final long MAX_UNPACKED = 512L << 20;

  private static final Duration UNPACKING = Duration.ofMinutes(2);

  /** The heap that unpacking takes: kernels packed with xz have a dictionary of 32 MiB. */
  private static final long UNPACKING_BYTES = 40 << 20;

  private static final String REMEDY =
      "Give the kernel unpacked, as a vmlinux (Linux's scripts/extract-vmlinux does it), or run the VM on "
          + "QEMU.";
  private final Path folder;

  public ElfKernels(Path folder) {
    this.folder = folder;
  }

  /**
   * Why this kernel cannot be unpacked to an ELF file, judged by its first bytes; empty when it
   * probably can.
   */
  static Optional<String> whyNot(Path kernel) {
    return OperatorFile.read(
        "kernel",
        kernel,
        kernel,
        channel -> {
          RandomAccessBytes bytes = RandomAccessBytes.of(channel);
          if (Elf.of(bytes).isPresent()) {
            return Optional.empty();
          }
          return BzImage.of(bytes).isEmpty()
              ? Optional.of("it is neither a bzImage nor an ELF file")
              : BzImage.of(bytes).get().whyNot(bytes).map(why -> "what its bzImage holds " + why);
        });
  }

  /**
   * The ELF file of a kernel.
   *
   * @param digest that of {@code kernel}
   * @throws Refused when it cannot be unpacked
   */
  public synchronized BootKernel of(Path kernel, Digest digest) {
    try {
      if (isElf(kernel)) {
        return found(kernel, digest);
      }
      Optional<Path> there = ImageStore.list(folder, digest.hex() + "-*").stream().findFirst();
      return there.isPresent() ? found(there.get()) : found(unpack(kernel, digest));
    } catch (IOException e) {
      throw new HostFault("cannot unpack " + kernel + ": " + e.getMessage(), e);
    }
  }

  private static boolean isElf(Path kernel) throws IOException {
    try (FileChannel channel = FileChannel.open(kernel, StandardOpenOption.READ)) {
      return Elf.of(RandomAccessBytes.of(channel)).isPresent();
    }
  }

  private static BootKernel found(Path file) throws IOException {
    String hex = file.getFileName().toString().split("-", 2)[1];
    return found(file, new Digest("sha256:" + hex));
  }

  private static BootKernel found(Path file, Digest digest) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      RandomAccessBytes bytes = RandomAccessBytes.of(channel);
      return new BootKernel(file, digest, Elf.of(bytes).orElseThrow().hasPvhEntry(bytes));
    }
  }

  /** As {@link ImageStore#close}. */
  void close() throws IOException {
    if (Files.exists(folder)) {
      DataFolders.forVmms(folder);
    }
  }

  private Path unpack(Path kernel, Digest digest) throws IOException {
    Optional<String> whyNot = whyNot(kernel);
    if (whyNot.isPresent()) {
      throw refused(kernel, whyNot.get());
    }
    DataFolders.forVmms(folder);
    sweep(Set.of(), false);
    Path half = folder.resolve("." + digest.hex() + "." + UUID.randomUUID());
    try {
      Digest unpacked = written(kernel, half);
      checkWhole(kernel, half);
      Path whole = folder.resolve(digest.hex() + "-" + unpacked.hex());
      Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("r--r--r--"));
      Files.move(half, whole, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncFolder(folder);
      return whole;
    } finally {
      Files.deleteIfExists(half);
    }
  }

  /** Unpacks on a thread for computing, with a deadline and reserved memory. */
  private static Digest written(Path kernel, Path half) throws IOException {
    try (var taken = MemoryBudget.shared().take(kernel.toString(), UNPACKING_BYTES, UNPACKING)) {
      return WorkPool.shared().run("unpacking " + kernel, UNPACKING, () -> write(kernel, half));
    }
  }

  private static Digest write(Path kernel, Path half) throws IOException {
    MessageDigest sum = Digest.sha256();
    try (FileChannel in = FileChannel.open(kernel, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(half, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      BzImage image = BzImage.of(RandomAccessBytes.of(in)).orElseThrow();
      in.position(image.at());
      try (InputStream unpacked = image.open(Channels.newInputStream(in))) {
        byte[] block = new byte[BLOCK];
        long size = 0;
        for (int count = next(unpacked, block, kernel);
            count > 0;
            count = next(unpacked, block, kernel)) {
          sum.update(block, 0, count);
          for (var rest = ByteBuffer.wrap(block, 0, count); rest.hasRemaining(); ) {
            out.write(rest);
          }
          size += count;
          if (size > MAX_UNPACKED) {
            throw refused(kernel, "it unpacks to more than " + (MAX_UNPACKED >> 20) + " MiB");
          }
        }
      }
      out.force(true);
    }
    return Digest.of(sum);
  }

  /**
   * Reads the next block. A failure here is damage of the kernel; one of writing is a fault of the
   * disk.
   */
  private static int next(InputStream unpacked, byte[] block, Path kernel) {
    try {
      return unpacked.read(block);
    } catch (IOException e) {
      throw refused(kernel, "it is damaged: " + e.getMessage());
    }
  }

  private static void checkWhole(Path kernel, Path half) throws IOException {
    try (FileChannel channel = FileChannel.open(half, StandardOpenOption.READ)) {
      Optional<Elf> elf = Elf.of(RandomAccessBytes.of(channel));
      if (elf.isEmpty() || !elf.get().isX8664()) {
        throw refused(kernel, "what it holds is no ELF file for x86-64");
      }
      if (elf.get().end() > channel.size()) {
        throw refused(kernel, "what it holds is cut off");
      }
    }
  }

  private static Refused refused(Path kernel, String why) {
    return Refused.invalid(
        "kernel",
        kernel.toString(),
        "cannot be unpacked to the ELF file that a VMM takes: " + why,
        REMEDY);
  }

  /** Removes unfinished files and, if {@code isComplete}, those that no kernel needs. */
  private void sweep(Set<String> needed, boolean isComplete) throws IOException {
    for (Path file : ImageStore.list(folder, "*")) {
      String name = file.getFileName().toString();
      if (name.startsWith(".") || (isComplete && !needed.contains(name.split("-", 2)[0]))) {
        Files.deleteIfExists(file);
      }
    }
  }

  /**
   * Removes the files of packed kernels that no longer exist.
   *
   * @param kernels the digests, in hexadecimal, of those that still exist
   */
  synchronized void keepOnly(Set<String> kernels) throws IOException {
    sweep(kernels, true);
  }
}
