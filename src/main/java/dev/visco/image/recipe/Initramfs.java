package dev.visco.image.recipe;

import dev.visco.host.HostFault;
import dev.visco.image.probe.ModuleFile;
import dev.visco.model.Refused;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * Makes Visco's initramfs: a static busybox, the modules for disk and network on virtio, and
 * Visco's {@code init}. It is a newc cpio (Linux, {@code
 * Documentation/driver-api/early-userspace/buffer-format.rst}) whose contents do not depend on time
 * or place.
 */
final class Initramfs {
  /** The module for a guest's vsock; its dependencies are found by themselves. */
  private static final String VSOCK = "vmw_vsock_virtio_transport";

  /** The modules in the order of loading; each is preceded by its dependencies. */
  private static final List<String> MODULES =
      List.of("virtio_mmio", "virtio_pci", "virtio_blk", "virtio_net", "ext4", "virtio-rng");

  /** For a root that cannot be written to; loaded for such a one only. */
  private static final List<String> OVERLAY = List.of("squashfs", "erofs", "overlay");

  private static final List<String> APPLETS =
      List.of(
          "sh",
          "echo",
          "findfs",
          "hexdump",
          "ifconfig",
          "insmod",
          "ls",
          "mkdir",
          "mount",
          "rm",
          "route",
          "stty",
          "switch_root",
          "sync",
          "tr",
          "usleep");

  private Initramfs() {}

  /**
   * Makes it.
   *
   * @param busybox a static one
   * @param modules files by module name in loading order, see {@link #modules}
   * @param overlay further ones, see {@link #overlay}
   */
  static byte[] make(
      byte[] busybox, KernelPackage kernel, Map<String, Path> modules, Map<String, Path> overlay) {
    try {
      var bytes = new ByteArrayOutputStream();
      try (var gzip = new BestGzip(bytes);
          var cpio = new CpioArchiveOutputStream(gzip, CpioConstants.FORMAT_NEW)) {
        for (String folder : List.of("bin", "dev", "proc", "sys", "root", "modules", "etc")) {
          entry(cpio, folder, CpioConstants.C_ISDIR | 0755, new byte[0]);
        }
        entry(cpio, "bin/busybox", CpioConstants.C_ISREG | 0755, busybox);
        for (String applet : APPLETS) {
          entry(
              cpio,
              "bin/" + applet,
              CpioConstants.C_ISLNK | 0777,
              "busybox".getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream init =
            Objects.requireNonNull(Initramfs.class.getResourceAsStream("init"))) {
          entry(cpio, "init", CpioConstants.C_ISREG | 0755, init.readAllBytes());
        }
        modules(cpio, modules, "order");
        modules(cpio, overlay, "overlay-order");
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new HostFault("cannot make the initramfs for " + kernel.release(), e);
    }
  }

  /** Adds modules, and a list of them by which they are loaded. */
  private static void modules(CpioArchiveOutputStream cpio, Map<String, Path> modules, String list)
      throws IOException {
    var order = new StringBuilder();
    for (var module : modules.entrySet()) {
      String name = module.getKey() + ".ko";
      byte[] content = plain(module.getValue()).plain();
      entry(cpio, "modules/" + name, CpioConstants.C_ISREG | 0644, content);
      order.append(name).append('\n');
    }
    byte[] names = order.toString().getBytes(StandardCharsets.UTF_8);
    entry(cpio, "modules/" + list, CpioConstants.C_ISREG | 0644, names);
  }

  private static void entry(CpioArchiveOutputStream cpio, String name, long mode, byte[] content)
      throws IOException {
    var entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, name, content.length);
    entry.setMode(mode);
    entry.setTime(0);
    entry.setNumberOfLinks(1);
    cpio.putArchiveEntry(entry);
    new ByteArrayInputStream(content).transferTo(cpio);
    cpio.closeArchiveEntry();
  }

  /**
   * Module files by name in loading order: the required ones and their dependencies, read from the
   * modules themselves.
   *
   * @param hasVsock whether the guest listens on a vsock; refused when this kernel does not support
   *     it
   */
  static SequencedMap<String, Path> modules(KernelPackage kernel, boolean hasVsock) {
    Map<String, Path> files = moduleFiles(kernel.modules());
    SequencedSet<String> order = new LinkedHashSet<>();
    for (String wanted : MODULES) {
      collect(wanted.replace('-', '_'), files, order);
    }
    if (hasVsock) {
      collect(VSOCK, files, order);
      boolean isBuiltIn = kernel.configuration().contains("CONFIG_VIRTIO_VSOCKETS=y");
      if (!order.contains(VSOCK) && !isBuiltIn) {
        throw Refused.invalid(
            "services.vsock-port",
            kernel.release(),
            "is a kernel without virtio's vsock (CONFIG_VIRTIO_VSOCKETS)",
            "Leave vsock-port out, or use another kernel-package.");
      }
    }
    // ext4 requests its checksum by name at run time, so modules.dep does not have it.
    collect("crc32c_generic", files, order);
    SequencedMap<String, Path> found = new LinkedHashMap<>();
    if (order.remove("crc32c_generic")) {
      found.put("crc32c_generic", Objects.requireNonNull(files.get("crc32c_generic")));
    }
    order.forEach(name -> found.put(name, Objects.requireNonNull(files.get(name))));
    return found;
  }

  /**
   * Those of this kernel that an overlay over a root takes which cannot be written to, besides the
   * others; a kernel may have some of them built in, or not at all.
   */
  static SequencedMap<String, Path> overlay(KernelPackage kernel, Map<String, Path> others) {
    Map<String, Path> files = moduleFiles(kernel.modules());
    SequencedSet<String> order = new LinkedHashSet<>();
    OVERLAY.forEach(wanted -> collect(wanted, files, order));
    SequencedMap<String, Path> found = new LinkedHashMap<>();
    order.stream()
        .filter(name -> !others.containsKey(name))
        .forEach(name -> found.put(name, Objects.requireNonNull(files.get(name))));
    return found;
  }

  private static Map<String, Path> moduleFiles(Path folder) {
    var files = new LinkedHashMap<String, Path>();
    try (var walk = Files.walk(folder)) {
      walk.sorted()
          .forEach(
              file -> ModuleFile.name(file.toString()).ifPresent(name -> files.put(name, file)));
      return files;
    } catch (IOException e) {
      throw new HostFault("cannot read the modules in " + folder, e);
    }
  }

  private static void collect(String name, Map<String, Path> files, SequencedSet<String> order) {
    Path file = files.get(name);
    if (file == null || order.contains(name)) {
      return; // Built into the kernel, or added already.
    }
    // Packages have no modules.dep, so dependencies are read from each module.
    for (String needed : needs(file)) {
      collect(needed, files, order);
    }
    order.add(name);
  }

  private static List<String> needs(Path file) {
    try {
      return plain(file).needs();
    } catch (IOException e) {
      throw new HostFault("cannot read the module " + file, e);
    }
  }

  /** A module's file, unpacked, as busybox's insmod needs it. */
  private static ModuleFile plain(Path file) throws IOException {
    return ModuleFile.of(Files.readAllBytes(file))
        .orElseThrow(() -> new HostFault("the module " + file + " is packed with lzo"));
  }

  /** gzip with the best compression and without a time in its header. */
  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(ByteArrayOutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
