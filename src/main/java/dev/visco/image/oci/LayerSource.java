package dev.visco.image.oci;

import java.io.IOException;
import java.io.InputStream;

/** Where the bytes of layers come from: a file on this host by now. */
interface LayerSource {
  /** A layer's bytes as they are stored, from the first on; to be closed by the caller. */
  InputStream open(OciLayer layer) throws IOException;
}
