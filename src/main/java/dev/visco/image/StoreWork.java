package dev.visco.image;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Work on the image store that only one thread on this host does at a time. */
public interface StoreWork<T extends @Nullable Object> {
  T run() throws IOException;
}
