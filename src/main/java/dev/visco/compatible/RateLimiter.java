package dev.visco.compatible;

import dev.visco.compatible.Shape.ShapeKind;
import dev.visco.model.Rate;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Two token buckets; one of size 0 or without a refill time is no limit. */
record RateLimiter(@Nullable Bucket bandwidth, @Nullable Bucket operations) {
  static final RateLimiter NONE = new RateLimiter(null, null);

  /** Unknown fields of a bucket are ignored, those of the limiter refused (recorded). */
  static final Shape BUCKET =
      Shape.of(
              Shape.required("size", ShapeKind.bits(64)),
              Shape.optional("one_time_burst", ShapeKind.bits(64)),
              Shape.required("refill_time", ShapeKind.bits(64)))
          .lenient();

  static final Shape SHAPE =
      Shape.of(
          Shape.optional("bandwidth", new ShapeKind.Inner(BUCKET)),
          Shape.optional("ops", new ShapeKind.Inner(BUCKET)));

  /**
   * @param size bytes or operations
   * @param burst an additional initial size; null when not given
   * @param refillMillis the time to refill it
   */
  record Bucket(long size, @Nullable Long burst, long refillMillis) {
    static Bucket of(Body body) {
      return new Bucket(
          body.number("size"),
          body.findNumber("one_time_burst").orElse(null),
          body.number("refill_time"));
    }

    boolean limits() {
      return size != 0 && refillMillis != 0;
    }

    JsonValue json() {
      return new JsonValue.Builder()
          .add("size", new JsonValue.Numeral(Long.toUnsignedString(size)))
          .addOrNull(
              "one_time_burst",
              Optional.ofNullable(burst)
                  .map(value -> new JsonValue.Numeral(Long.toUnsignedString(value))))
          .add("refill_time", new JsonValue.Numeral(Long.toUnsignedString(refillMillis)))
          .build();
    }

    long perSecond() {
      double perSecond = unsigned(size) * 1000.0 / unsigned(refillMillis);
      return perSecond >= Long.MAX_VALUE ? 0 : Math.max(1, Math.round(perSecond));
    }

    private static double unsigned(long value) {
      return Double.parseDouble(Long.toUnsignedString(value));
    }
  }

  static RateLimiter of(Body body) {
    return NONE.changed(body);
  }

  /** The same with the body's values; others are kept. */
  RateLimiter changed(Body body) {
    return new RateLimiter(
        changed(bandwidth, body.findInner("bandwidth")),
        changed(operations, body.findInner("ops")));
  }

  private static @Nullable Bucket changed(@Nullable Bucket before, Optional<Body> body) {
    if (body.isEmpty()) {
      return before;
    }
    Bucket bucket = Bucket.of(body.get());
    return bucket.limits() ? bucket : null;
  }

  boolean limits() {
    return bandwidth != null || operations != null;
  }

  /** The JSON; null when there is no limit. */
  JsonValue json() {
    return limits()
        ? new JsonValue.Builder()
            .addOrNull("bandwidth", Optional.ofNullable(bandwidth).map(Bucket::json))
            .addOrNull("ops", Optional.ofNullable(operations).map(Bucket::json))
            .build()
        : JsonValue.NULL;
  }

  Rate rate() {
    return new Rate(
        bandwidth == null ? 0 : bandwidth.perSecond(),
        operations == null ? 0 : operations.perSecond());
  }

  @Nullable Rate rateOrNull() {
    return limits() ? rate() : null;
  }
}
