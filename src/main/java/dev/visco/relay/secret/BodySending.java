package dev.visco.relay.secret;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/** Sends a request's body while its answer may come already. */
final class BodySending {
  private final Thread thread;
  private volatile boolean isSent;

  /**
   * Begins at once.
   *
   * @param broken called when the body breaks off, so that no half request is taken for a whole one
   */
  BodySending(MessageBody body, InputStream in, OutputStream out, Runnable broken) {
    this.thread =
        Thread.ofVirtual()
            .unstarted(() -> {
              try {
                body.pass(in, out, new SecretMask(List.of()), 400);
                isSent = true;
              } catch (IOException e) {
                broken.run();
              }
            });
    if (body instanceof MessageBody.None) {
      isSent = true;
    } else {
      thread.start();
    }
  }

  /** Waits for its end after the answer has come; whether all of it was sent. */
  boolean end(Duration max) {
    try {
      return isSent || thread.join(max) && isSent;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
