package dev.visco.events;

import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.NewEvent;
import dev.visco.store.StoreFault;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records and logs what becomes of the API's certificate, which is a file. */
public final class CertificateEvents {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateEvents.class);
  private final EventRows events;
  private final InstantSource clock;

  public CertificateEvents(EventRows events, InstantSource clock) {
    this.events = events;
    this.clock = clock;
  }

  /**
   * New connections get another one.
   *
   * @param certificate its names and its end
   */
  public void changed(String certificate) {
    LOG.info("shows a new certificate: {}", certificate);
    add(
        NewEvent.of(
            EventKind.CERTIFICATE_CHANGED,
            "The API shows a new certificate: " + certificate + "."));
  }

  /** The files have changed, and cannot be used. */
  public void refused(String why) {
    LOG.warn("keeps the certificate that it has: {}", why);
    add(
        NewEvent.of(
                EventKind.CERTIFICATE_REFUSED,
                "The API keeps its certificate, since the new one cannot be used.")
            .because(why));
  }

  /** Nobody has renewed it yet. */
  public void endsSoon(String certificate) {
    LOG.warn("the certificate ends soon: {}", certificate);
    add(
        NewEvent.of(
            EventKind.CERTIFICATE_EXPIRES,
            "The API's certificate ends soon: " + certificate + "."));
  }

  private void add(NewEvent event) {
    try {
      events.add(event, clock.millis());
    } catch (StoreFault e) {
      LOG.error("an event could not be recorded: {}", event.text(), e);
    }
  }
}
