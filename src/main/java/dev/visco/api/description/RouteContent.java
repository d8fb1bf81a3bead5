package dev.visco.api.description;

/** What a body or an answer consists of. */
public sealed interface RouteContent {
  /** Its media type; empty for no content. */
  String mediaType();

  /** A JSON object, as this record is written and read. */
  record Document(Class<?> type) implements RouteContent {
    @Override
    public String mediaType() {
      return "application/json";
    }
  }

  /**
   * A list of such objects: {@code {"items": […], "next": …}} below {@code /api/v1}, and a bare
   * array elsewhere.
   */
  record Items(Class<?> type) implements RouteContent {
    @Override
    public String mediaType() {
      return "application/json";
    }
  }

  /** One such object after the other, as they come: NDJSON, or events that a server sends. */
  record Sequence(String mediaType, Class<?> type) implements RouteContent {}

  /**
   * The lines of long work (NDJSON): progress, and at last the result or a problem.
   *
   * @param result names it in its line
   */
  record Progress(String result, Class<?> type) implements RouteContent {
    @Override
    public String mediaType() {
      return "application/x-ndjson";
    }
  }

  /** Bytes or text of a media type. */
  record Raw(String mediaType) implements RouteContent {}

  /** None. */
  record Nothing() implements RouteContent {
    @Override
    public String mediaType() {
      return "";
    }
  }
}
