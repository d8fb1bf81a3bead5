package dev.visco.vmm.qemu;

import dev.visco.host.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@link KvmProbe} found out about KVM since this host was booted. */
public final class KvmAnswers {
  private KvmAnswers() {}

  /** Whether this host has KVM, and no kernel's failing has shown that it is of no use. */
  public static boolean mayWork(Host host, Path cache) {
    try {
      List<String> answers = kept(host, cache);
      return Files.isWritable(KvmProbe.DEVICE)
          && (answers.isEmpty() || answers.stream().anyMatch(String::isEmpty));
    } catch (IOException e) {
      return Files.isWritable(KvmProbe.DEVICE);
    }
  }

  /**
   * An answer for each kernel that was tried: empty when KVM boots it, else why not.
   *
   * @param cache the folder of the answers
   */
  public static List<String> kept(Host host, Path cache) throws IOException {
    var answers = new ArrayList<String>();
    String now = "-" + host.kernelRelease() + "-" + host.bootId();
    try (var files = Files.newDirectoryStream(cache, "kvm-*")) {
      for (Path file : files) {
        if (file.getFileName().toString().endsWith(now)) {
          answers.add(Files.readString(file));
        }
      }
    } catch (NoSuchFileException e) {
      // No daemon has run here.
    }
    return answers;
  }
}
