package dev.visco.image.oci;

import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;

/** A container image in a registry: its documents first, then the layers that are not here yet. */
final class RegistryPull implements LayerSource, AutoCloseable {
  private static final Duration STALL = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final int TRIES = 3;
  private final OciReference reference;
  private final RegistryClient client;
  private final BlobCache cache;

  RegistryPull(OciReference reference, RegistryClient client, BlobCache cache) {
    this.reference = reference;
    this.client = client;
    this.cache = cache;
  }

  /** Reads manifest and configuration; refuses an image for other machines. */
  OciImage resolve() throws IOException {
    String what = reference.toString();
    Digest digest = reference.digest();
    byte[] bytes = client.manifest(reference.selector());
    JsonNode document = OciDocuments.parse(what, bytes, digest);
    if (document.has("manifests")) {
      digest = OciDocuments.choose(what, document).digest();
      bytes = client.manifest(digest.toString());
      document = OciDocuments.parse(what, bytes, digest);
    }
    if (!document.has("config") || !document.has("layers")) {
      throw OciRefusal.of(
          what,
          "has a manifest of an old or unknown form",
          "Push it anew with a tool of today: docker's schema 1 has no digests of layers.");
    }
    OciDescriptor config = OciDescriptor.of(document.path("config"));
    JsonNode configuration;
    try (InputStream in = client.blob(config.digest().toString())) {
      configuration =
          OciDocuments.parse(
              what,
              RegistryClient.bounded(in, OciLimits.MAX_DOCUMENT, "configuration"),
              config.digest());
    }
    List<OciLayer> layers =
        OciDocuments.layers(what, OciDocuments.descriptors(document.path("layers")), configuration);
    for (OciLayer layer : layers) {
      if (layer.size() < 0 || layer.size() > OciLimits.USUAL.maxBytes()) {
        throw OciRefusal.layer(layer.digest() + "", "has a size of " + layer.size() + " bytes");
      }
    }
    return new OciImage(what, Digest.of(bytes), OciConfig.of(what, configuration), layers);
  }

  /**
   * Fetches the layers that are not here yet.
   *
   * @param room is asked for the bytes of them before the first comes
   */
  void fetch(OciImage image, LongConsumer room, Progress progress) throws IOException {
    List<OciLayer> missing = new java.util.ArrayList<>();
    for (OciLayer layer : image.layers().stream().distinct().toList()) {
      if (!cache.has(layer.digest())) {
        missing.add(layer);
      }
    }
    long all = missing.stream().mapToLong(OciLayer::size).sum();
    room.accept(all);
    long before = 0;
    for (OciLayer layer : missing) {
      long done = before;
      fetch(
          layer,
          count ->
              progress.report(
                  "fetch %d of %d layers".formatted(missing.size(), image.layers().size()),
                  (double) (done + count) / Math.max(1, all)));
      before += layer.size();
    }
  }

  /** Tries it more than once: a connection may break in the midst of a large one. */
  private void fetch(OciLayer layer, BlobCache.Arrival arrival) throws IOException {
    for (int number = 1; ; number++) {
      try (InputStream in = client.blob(layer.digest().toString())) {
        put(layer, in, arrival);
        return;
      } catch (IOException e) {
        if (number == TRIES) {
          throw new HostFault(
              "cannot fetch "
                  + layer.digest()
                  + " from "
                  + reference.registry()
                  + ": "
                  + HostFault.words(e),
              e);
        }
      }
    }
  }

  /** Ends it when nothing comes any more: a read of its own knows no time limit. */
  private void put(OciLayer layer, InputStream in, BlobCache.Arrival arrival) throws IOException {
    var last = new AtomicLong(System.nanoTime());
    Thread watch =
        Thread.ofVirtual()
            .name("watches " + layer.digest().brief())
            .start(() -> closeWhenStalled(in, last));
    try {
      cache.put(
          layer,
          in,
          count -> {
            last.set(System.nanoTime());
            arrival.bytes(count);
          });
    } finally {
      watch.interrupt();
    }
  }

  private static void closeWhenStalled(InputStream in, AtomicLong last) {
    try {
      while (System.nanoTime() - last.get() < STALL.toNanos()) {
        Thread.sleep(LOOK);
      }
      in.close();
    } catch (InterruptedException | IOException e) {
      // It has come to its end, or breaks off by itself.
    }
  }

  @Override
  public InputStream open(OciLayer layer) throws IOException {
    return cache.open(layer.digest());
  }

  @Override
  public void close() {
    client.close();
  }
}
