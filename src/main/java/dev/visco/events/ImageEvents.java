package dev.visco.events;

import dev.visco.image.Image;
import dev.visco.image.Images.ImageChange;
import dev.visco.image.Images.ImageListener;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.NewEvent;
import dev.visco.store.StoreFault;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what happens to images, which are files: the event is recorded after it, and a store that
 * cannot be written undoes nothing of it.
 */
public final class ImageEvents implements ImageListener {
  private static final Logger LOG = LoggerFactory.getLogger(ImageEvents.class);
  private final EventRows events;
  private final InstantSource clock;

  public ImageEvents(EventRows events, InstantSource clock) {
    this.events = events;
    this.clock = clock;
  }

  @Override
  public void changed(ImageChange change, Image image) {
    EventKind kind =
        switch (change) {
          case BUILT -> EventKind.IMAGE_BUILT;
          case IMPORTED -> EventKind.IMAGE_IMPORTED;
          case REMOVED -> EventKind.IMAGE_REMOVED;
        };
    String name = image.manifest().name();
    String what =
        switch (change) {
          case BUILT -> "was built";
          case IMPORTED -> "was imported";
          case REMOVED -> "was removed";
        };
    try {
      events.add(
          NewEvent.of(kind, "The image %s (%s) %s.".formatted(name, image.digest().brief(), what))
              .subject(name),
          clock.millis());
    } catch (StoreFault e) {
      LOG.error("image {} {}; its event could not be recorded", name, what, e);
    }
  }
}
