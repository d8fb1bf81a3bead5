package dev.visco.lifecycle;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import dev.visco.session.FolderKeyFiles;
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
 * The keys of VMs in the vault, one secret for each VM; on a host without a vault, files in their
 * folders. A VM's keys are read once in a daemon's life, and kept in its memory until the VM is
 * destroyed: a boot signs in again and again.
 */
public final class VaultKeyring implements VmKeyring {
  private static final Logger LOG = LoggerFactory.getLogger(VaultKeyring.class);

  private final Path vms;
  private final Vault vault;
  private final Map<VmId, Map<String, byte[]>> known = new ConcurrentHashMap<>();

  /**
   * @param vms the folder that holds each VM's folder
   */
  public VaultKeyring(Path vms, Vault vault) {
    this.vms = vms;
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
    return new VmKeys(new KeysOfVm(vm));
  }

  private FolderKeyFiles folder(VmId vm) {
    return new FolderKeyFiles(vms.resolve(vm.value()).resolve("keys"));
  }

  /** Those in the vault; empty when there are none of this VM. */
  private Map<String, byte[]> inVault(VmId vm) {
    Map<String, byte[]> found = known.get(vm);
    if (found == null) {
      found = read(vm);
      if (!found.isEmpty()) {
        known.put(vm, found);
      }
    }
    return found;
  }

  /** A closed vault refuses, if it has keys of this VM. */
  private Map<String, byte[]> read(VmId vm) {
    SecretName name = SecretName.keys(vm);
    if (vault.find(name).isEmpty()) {
      return Map.of();
    }
    Optional<OpenSecret> secret = vault.read(name, "to sign in to the VM, or to show its desktop");
    try (OpenSecret found = secret.orElseThrow()) {
      return unpacked(found.value());
    } catch (IOException e) {
      throw new HostFault("the keys of " + vm + " in the vault cannot be read", e);
    }
  }

  private final class KeysOfVm implements VmKeyFiles {
    private final VmId vm;

    KeysOfVm(VmId vm) {
      this.vm = vm;
    }

    @Override
    public Optional<byte[]> find(String name) {
      byte[] found = inVault(vm).get(name);
      if (found != null) {
        return Optional.of(found);
      }
      // It may have been moved between both looks.
      return folder(vm).find(name).or(() -> Optional.ofNullable(inVault(vm).get(name)));
    }

    @Override
    public void write(Map<String, byte[]> files) {
      switch (vault.state()) {
        case VaultState.Off _, VaultState.Uninitialized _ -> folder(vm).write(files);
        case VaultState.Open _, VaultState.Closed _ -> {
          if (!files.isEmpty()) {
            put(vm, files);
          }
        }
      }
    }

    @Override
    public String where(String name) {
      return name + " of " + vm;
    }
  }

  private synchronized void put(VmId vm, Map<String, byte[]> files) {
    vault.requireOpen();
    var all = new TreeMap<>(inVault(vm));
    all.putAll(files);
    byte[] packed = packed(all);
    try {
      vault.put(SecretName.keys(vm), packed, SecretFacts.UNCHECKED, null, null);
    } finally {
      Arrays.fill(packed, (byte) 0);
    }
    known.put(vm, all);
  }

  /**
   * Moves the keys of these VMs from their folders into the vault, if it is open. Files go once
   * their contents are in the vault: whatever ends the daemon in between, the next start goes on.
   */
  public void moveIn(List<VmId> all) {
    if (!(vault.state() instanceof VaultState.Open)) {
      return;
    }
    for (VmId vm : all) {
      Map<String, byte[]> files = folder(vm).all();
      if (!files.isEmpty()) {
        var missing = new TreeMap<>(files);
        missing.keySet().removeAll(inVault(vm).keySet());
        if (!missing.isEmpty()) {
          put(vm, missing);
        }
        LOG.info("{}: its keys are in the vault", vm);
      }
      Path folder = folder(vm).folder();
      if (Files.isDirectory(folder)) {
        DurableFiles.deleteTree(folder);
        DurableFiles.syncFolder(vms.resolve(vm.value()));
      }
    }
  }

  /** Forgets the keys of a VM that is destroyed. */
  public void forget(VmId vm) {
    Map<String, byte[]> keys = known.remove(vm);
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
