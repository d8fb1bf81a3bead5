package dev.visco.app;

import dev.visco.host.CLibrary;
import dev.visco.host.Command;
import dev.visco.host.DataFolders;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.store.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Protects the daemon's files and process: umask, permissions, core dumps, OOM score. */
final class DaemonRights {
  private static final Logger LOG = LoggerFactory.getLogger(DaemonRights.class);

  /** The umask for files without explicit permissions: owner only; children inherit it. */
  private static final int UMASK = 0077;

  private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

  /**
   * The kernel ends others first when memory runs out (proc(5)): without the daemon nobody is told
   * why a VM is gone. It is not spared altogether, so that it cannot hold the host's memory itself.
   */
  private static final String OOM_ADJUSTMENT = "-500";

  private DaemonRights() {}

  /** Sets that umask. */
  static void closeNewFiles() {
    CLibrary.umask(UMASK);
  }

  /** Applies the settings to this process and its children. */
  static void settle(Host host) {
    closeNewFiles();
    // A core dump would hold tokens and the VMs' private keys.
    host.check(Command.of("prlimit", "--core=0", "--pid=" + ProcessHandle.current().pid()));
    try {
      Files.writeString(OOM_SCORE, OOM_ADJUSTMENT);
    } catch (IOException e) {
      LOG.info("the kernel does not spare the daemon when memory runs out: {}", e.getMessage());
    }
  }

  /**
   * Removes permissions that an earlier version left to other users of the host. Images and
   * releases restrict their own folders, and files of a VMM are in a folder of its own.
   *
   * @param data the data folder; the caller holds its lock
   */
  static void close(Path data) {
    try {
      DataFolders.closeToOthers(data, DaemonRights::isLeft);
    } catch (HostFault e) {
      // A file system without permissions is its operator's choice.
      LOG.warn("others may be able to read what is in {}: {}", data, e.getMessage());
    }
  }

  private static boolean isLeft(Path below) {
    boolean isRunFolder = below.getNameCount() == 3 && below.endsWith("run");
    return below.equals(Path.of("images"))
        || below.equals(Path.of(DataFolder.UPGRADES))
        || below.equals(Path.of("releases"))
        || (isRunFolder && below.startsWith("vms"));
  }
}
