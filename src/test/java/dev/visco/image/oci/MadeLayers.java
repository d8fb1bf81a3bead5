package dev.visco.image.oci;

import dev.visco.host.PosixTar;
import dev.visco.model.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Layers that tests make: archives in memory, and where they come from. */
final class MadeLayers implements LayerSource {
  private final List<OciLayer> layers = new ArrayList<>();
  private final Map<Digest, byte[]> stored = new HashMap<>();

  /** Writes one archive. */
  static final class Archive {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = PosixTar.writer(bytes);

    Archive file(String name, String text) {
      return file(name, text, 0644, 0, 0);
    }

    Archive file(String name, String text, int mode, int uid, int gid) {
      byte[] content = text.getBytes(StandardCharsets.UTF_8);
      var entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
      entry.setSize(content.length);
      return put(entry, mode, uid, gid, content);
    }

    Archive file(String name, byte[] content, int mode) {
      var entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
      entry.setSize(content.length);
      return put(entry, mode, 0, 0, content);
    }

    Archive attribute(String name, String text, String attribute, String value) {
      byte[] content = text.getBytes(StandardCharsets.UTF_8);
      var entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
      entry.setSize(content.length);
      entry.addPaxHeader("SCHILY.xattr." + attribute, value);
      return put(entry, 0755, 0, 0, content);
    }

    Archive folder(String name) {
      return folder(name, 0755, 0, 0);
    }

    Archive folder(String name, int mode, int uid, int gid) {
      return put(new TarArchiveEntry(name + "/", TarConstants.LF_DIR), mode, uid, gid, new byte[0]);
    }

    Archive link(String name, String target) {
      return link(name, target, TarConstants.LF_SYMLINK);
    }

    Archive hardLink(String name, String target) {
      return link(name, target, TarConstants.LF_LINK);
    }

    private Archive link(String name, String target, byte type) {
      var entry = new TarArchiveEntry(name, type);
      entry.setLinkName(target);
      return put(entry, 0777, 0, 0, new byte[0]);
    }

    Archive device(String name, byte type, int major, int minor) {
      var entry = new TarArchiveEntry(name, type);
      entry.setDevMajor(major);
      entry.setDevMinor(minor);
      return put(entry, 0666, 0, 0, new byte[0]);
    }

    private Archive put(TarArchiveEntry entry, int mode, int uid, int gid, byte[] content) {
      entry.setMode(mode);
      entry.setUserId(uid);
      entry.setGroupId(gid);
      entry.setModTime(1_700_000_000_000L);
      try {
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    byte[] bytes() {
      try {
        tar.finish();
        return bytes.toByteArray();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static byte[] gzip(byte[] plain) {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Adds a layer as gzip. */
  MadeLayers with(Archive archive) {
    return with(archive.bytes());
  }

  MadeLayers with(byte[] plain) {
    return with(gzip(plain), plain);
  }

  /**
   * Adds a layer.
   *
   * @param plain what it says that it unpacks to
   */
  MadeLayers with(byte[] packed, byte[] plain) {
    var layer = new OciLayer(Digest.of(packed), packed.length, Digest.of(plain));
    layers.add(layer);
    stored.put(layer.digest(), packed);
    return this;
  }

  List<OciLayer> layers() {
    return layers;
  }

  /** The bytes of a layer as they are stored. */
  byte[] bytes(OciLayer layer) {
    return Objects.requireNonNull(stored.get(layer.digest()));
  }

  @Override
  public ByteArrayInputStream open(OciLayer layer) {
    return new ByteArrayInputStream(bytes(layer));
  }
}
