package dev.visco.lifecycle;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.SecretName;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.VmId;
import dev.visco.session.FolderKeyFiles;
import dev.visco.session.SnapshotKeyring;
import dev.visco.session.VmKeyFiles;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import dev.visco.vault.Vault.SecretFacts;
import dev.visco.vault.VaultState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of VMs and of snapshots in the vault, one secret for each; on a host without a vault,
 * files in their folders. They are read once in a daemon's life, and kept in its memory until their
 * VM or snapshot is gone: a boot signs in again and again.
 */
public final class VaultKeyring implements VmKeyring {
  private static final Logger LOG = LoggerFactory.getLogger(VaultKeyring.class);

  private final Path vms;
  private final Path snapshots;
  private final Vault vault;
  private final Map<SecretName, Map<String, byte[]>> known = new ConcurrentHashMap<>();

  /**
   * @param vms the folder that holds each VM's folder
   * @param snapshots the folder that holds each snapshot's folder
   */
  public VaultKeyring(Path vms, Path snapshots, Vault vault) {
    this.vms = vms;
    this.snapshots = snapshots;
    this.vault = vault;
  }

  @Override
  public void requireRoomForKeys() {
    switch (vault.state()) {
      case VaultState.Off _, VaultState.Uninitialized _, VaultState.Open _ -> {}
      case VaultState.Closed _ -> vault.requireOpen();
    }
  }

  @Override
  public VmKeys of(VmId vm) {
    return new VmKeys(holder(vm));
  }

  private KeysOfHolder holder(VmId vm) {
    return new KeysOfHolder(SecretName.keys(vm), vms.resolve(vm.value()));
  }

  private KeysOfHolder holder(SnapshotPlace snapshot) {
    return new KeysOfHolder(SecretName.keys(snapshot), snapshots.resolve(snapshot.value()));
  }

  /** The keys of snapshots, in the same places. */
  public SnapshotKeyring ofSnapshots() {
    return snapshot -> new VmKeys(holder(snapshot));
  }

  /** The keys of one VM or snapshot. */
  private final class KeysOfHolder implements VmKeyFiles {
    private final SecretName name;
    private final Path holder;

    /**
     * @param holder its folder
     */
    KeysOfHolder(SecretName name, Path holder) {
      this.name = name;
      this.holder = holder;
    }

    FolderKeyFiles folder() {
      return new FolderKeyFiles(holder.resolve("keys"));
    }

    @Override
    public Optional<byte[]> find(String file) {
      byte[] found = inVault().get(file);
      if (found != null) {
        return Optional.of(found);
      }
      // It may have been moved between both looks.
      return folder().find(file).or(() -> Optional.ofNullable(inVault().get(file)));
    }

    @Override
    public void write(Map<String, byte[]> files) {
      switch (vault.state()) {
        case VaultState.Off _, VaultState.Uninitialized _ -> folder().write(files);
        case VaultState.Open _, VaultState.Closed _ -> {
          if (!files.isEmpty()) {
            put(this, files);
          }
        }
      }
    }

    @Override
    public String where(String file) {
      return file + " of " + name.owner();
    }

    /** Those in the vault; empty when there are none of this VM or snapshot. */
    Map<String, byte[]> inVault() {
      Map<String, byte[]> found = known.get(name);
      if (found == null) {
        found = read();
        if (!found.isEmpty()) {
          known.put(name, found);
        }
      }
      return found;
    }

    /** A closed vault refuses, if it has keys of this VM or snapshot. */
    private Map<String, byte[]> read() {
      if (vault.find(name).isEmpty()) {
        return Map.of();
      }
      Optional<OpenSecret> secret =
          vault.read(name, "to sign in to the VM, or to show its desktop");
      try (OpenSecret found = secret.orElseThrow()) {
        return unpacked(found.value());
      } catch (IOException e) {
        throw new HostFault("the keys of " + name.owner() + " in the vault cannot be read", e);
      }
    }

    void moveIn() {
      Map<String, byte[]> files = folder().all();
      if (!files.isEmpty()) {
        var missing = new TreeMap<>(files);
        missing.keySet().removeAll(inVault().keySet());
        if (!missing.isEmpty()) {
          put(this, missing);
        }
        LOG.info("{}: its keys are in the vault", name.owner());
      }
      Path folder = folder().folder();
      if (Files.isDirectory(folder)) {
        DurableFiles.deleteTree(folder);
        DurableFiles.syncFolder(holder);
      }
    }
  }

  private synchronized void put(KeysOfHolder holder, Map<String, byte[]> files) {
    vault.requireOpen();
    var all = new TreeMap<>(holder.inVault());
    all.putAll(files);
    byte[] packed = packed(all);
    try {
      vault.put(holder.name, packed, SecretFacts.UNCHECKED, null, null);
    } finally {
      Arrays.fill(packed, (byte) 0);
    }
    known.put(holder.name, all);
  }

  /**
   * Moves the keys of these VMs and snapshots from their folders into the vault, if it is open.
   * Files go once their contents are in the vault: whatever ends the daemon in between, the next
   * start goes on.
   */
  public void moveIn(List<VmId> ofVms, List<SnapshotPlace> ofSnapshots) {
    if (!(vault.state() instanceof VaultState.Open)) {
      return;
    }
    ofVms.forEach(vm -> holder(vm).moveIn());
    ofSnapshots.forEach(snapshot -> holder(snapshot).moveIn());
  }

  /** Forgets the keys of a VM that is destroyed. */
  public void forget(VmId vm) {
    forget(SecretName.keys(vm));
  }

  /** Forgets the keys of a snapshot that is removed. */
  public void forget(SnapshotPlace snapshot) {
    forget(SecretName.keys(snapshot));
  }

  private void forget(SecretName name) {
    Map<String, byte[]> keys = known.remove(name);
    if (keys != null) {
      keys.values().forEach(bytes -> Arrays.fill(bytes, (byte) 0));
    }
  }

  private static byte[] packed(Map<String, byte[]> files) {
    var bytes = new ByteArrayOutputStream(2048);
    try (var out = new DataOutputStream(bytes)) {
      out.writeInt(files.size());
      for (var file : files.entrySet()) {
        out.writeUTF(file.getKey());
        out.writeInt(file.getValue().length);
        out.write(file.getValue());
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static Map<String, byte[]> unpacked(byte[] packed) throws IOException {
    var files = new TreeMap<String, byte[]>();
    var in = new DataInputStream(new ByteArrayInputStream(packed));
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readUTF();
      files.put(name, in.readNBytes(in.readInt()));
    }
    return files;
  }
}
