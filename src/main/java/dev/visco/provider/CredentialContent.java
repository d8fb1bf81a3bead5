package dev.visco.provider;

import dev.visco.model.Refused;
import dev.visco.provider.ProviderCredential.CredentialFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A credential as tools take it: files by their paths below {@code ~}, and variables by their
 * names. In the vault it is either what {@link #pack} makes of it, or what somebody put there by
 * hand: the one file's content, or the one variable's value. Close it as soon as it is not needed:
 * that zeroes it.
 */
public final class CredentialContent implements AutoCloseable {
  /** What a packed one begins with: no file of a tool does. */
  private static final byte[] MARK = "visco-credential\0\1".getBytes(StandardCharsets.UTF_8);

  private final SortedMap<String, byte[]> files;
  private final SortedMap<String, byte[]> variables;

  /** The arrays are not copied. */
  public CredentialContent(Map<String, byte[]> files, Map<String, byte[]> variables) {
    this.files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    this.variables = Collections.unmodifiableSortedMap(new TreeMap<>(variables));
  }

  /** Contents by path; not copies. */
  public SortedMap<String, byte[]> files() {
    return files;
  }

  /** Values by name; not copies. */
  public SortedMap<String, byte[]> variables() {
    return variables;
  }

  /** For the vault; the caller zeroes it. */
  public byte[] pack() {
    var bytes = new ByteArrayOutputStream(8192);
    try (var out = new DataOutputStream(bytes)) {
      out.write(MARK);
      write(out, files);
      write(out, variables);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, Map<String, byte[]> values) throws IOException {
    out.writeInt(values.size());
    for (var one : values.entrySet()) {
      out.writeUTF(one.getKey());
      out.writeInt(one.getValue().length);
      out.write(one.getValue());
    }
  }

  /**
   * What a value of the vault means for a provider. Paths and variables that the provider does not
   * know are left out.
   *
   * @param value stays the caller's
   * @throws Refused when it is nothing that the provider's tool takes
   */
  public static CredentialContent of(Provider provider, byte[] value) {
    return isPacked(value) ? unpacked(provider, value) : byHand(provider, value);
  }

  private static boolean isPacked(byte[] value) {
    return value.length > MARK.length && Arrays.equals(MARK, 0, MARK.length, value, 0, MARK.length);
  }

  private static CredentialContent unpacked(Provider provider, byte[] value) {
    try (var in =
        new DataInputStream(
            new ByteArrayInputStream(value, MARK.length, value.length - MARK.length))) {
      Map<String, byte[]> files = read(in);
      Map<String, byte[]> variables = read(in);
      files
          .keySet()
          .retainAll(provider.credential().files().stream().map(CredentialFile::path).toList());
      variables.keySet().retainAll(provider.credential().variables());
      return new CredentialContent(files, variables);
    } catch (IOException e) {
      throw Refused.invalid("value", "", "is cut off", "Sign in again, or put it anew.");
    }
  }

  private static Map<String, byte[]> read(DataInputStream in) throws IOException {
    var values = new TreeMap<String, byte[]>();
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readUTF();
      int length = in.readInt();
      if (length < 0 || length > in.available()) {
        throw new IOException("cut off");
      }
      values.put(name, in.readNBytes(length));
    }
    return values;
  }

  /** A file where it has its fields; else the first variable, without the line's end. */
  private static CredentialContent byHand(Provider provider, byte[] value) {
    ProviderCredential known = provider.credential();
    for (CredentialFile file : known.files()) {
      if (known.variables().isEmpty() || CredentialFields.problem(file, value).isEmpty()) {
        return new CredentialContent(Map.of(file.path(), value.clone()), Map.of());
      }
    }
    int end = value.length;
    while (end > 0 && (value[end - 1] == '\n' || value[end - 1] == '\r')) {
      end--;
    }
    return new CredentialContent(
        Map.of(), Map.of(known.variables().getFirst(), Arrays.copyOf(value, end)));
  }

  /**
   * Why it cannot be one: a file or variable is missing, or a field is empty. No value is in it.
   */
  public Optional<String> problem(Provider provider) {
    ProviderCredential known = provider.credential();
    for (var variable : variables.entrySet()) {
      Optional<String> found = problem(variable.getKey(), variable.getValue());
      if (found.isPresent()) {
        return found;
      }
    }
    if (files.isEmpty() && !variables.isEmpty()) {
      return Optional.empty();
    }
    if (known.files().isEmpty()) {
      return Optional.of("It has no value of " + String.join(", ", known.variables()) + ".");
    }
    for (CredentialFile file : known.files()) {
      byte[] content = files.get(file.path());
      Optional<String> found =
          content == null
              ? Optional.of("The file " + file.path() + " is missing.")
              : CredentialFields.problem(file, content);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> problem(String variable, byte[] value) {
    if (value.length == 0) {
      return Optional.of("The variable " + variable + " is empty.");
    }
    for (byte one : value) {
      if (one == 0 || one == '\n' || one == '\r') {
        return Optional.of("The variable " + variable + " has several lines.");
      }
    }
    return Optional.empty();
  }

  /** When its tool has to refresh it, milliseconds after the epoch; null when nobody says. */
  public @Nullable Long expires(Provider provider) {
    return provider.credential().files().stream()
        .map(this::expires)
        .flatMap(Optional::stream)
        .min(Long::compare)
        .orElse(null);
  }

  private Optional<Long> expires(CredentialFile file) {
    return Optional.ofNullable(files.get(file.path()))
        .map(content -> CredentialFields.expires(file, content));
  }

  /** Whether a refresh by a tool makes other copies useless. */
  public boolean rotates(Provider provider) {
    return provider.credential().files().stream()
        .anyMatch(file -> file.rotates() && files.containsKey(file.path()));
  }

  /** Whether both hold the same. */
  public boolean isSame(CredentialContent other) {
    return hasSameFiles(other) && isSame(variables, other.variables);
  }

  /** Whether both hold the same files. */
  public boolean hasSameFiles(CredentialContent other) {
    return isSame(files, other.files);
  }

  private static boolean isSame(Map<String, byte[]> one, Map<String, byte[]> other) {
    return one.keySet().equals(other.keySet())
        && one.entrySet().stream()
            .allMatch(entry -> Arrays.equals(entry.getValue(), other.get(entry.getKey())));
  }

  /** The names alone. */
  @Override
  public String toString() {
    return "files " + files.keySet() + ", variables " + variables.keySet();
  }

  @Override
  public void close() {
    files.values().forEach(value -> Arrays.fill(value, (byte) 0));
    variables.values().forEach(value -> Arrays.fill(value, (byte) 0));
  }
}
