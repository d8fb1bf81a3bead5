package dev.visco.compatible;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The guest's metadata: any JSON, merged by RFC 7396, with its members sorted by name. */
final class Mmds {
  private final long limit;
  private @Nullable JsonValue value;

  /**
   * @param limit bytes of the whole as compact JSON
   */
  Mmds(long limit) {
    this.limit = limit;
  }

  /** The metadata; an empty object when there is none. */
  JsonValue value() {
    return value == null || value instanceof JsonValue.Nothing
        ? new JsonValue.Builder().build()
        : value;
  }

  void put(JsonValue other) throws Fault {
    value = fitting(sorted(other));
  }

  void patch(JsonValue change) throws Fault {
    if (value == null) {
      throw new Fault("There is no metadata to change: PUT some first.");
    }
    value = fitting(merged(value, change));
  }

  private JsonValue fitting(JsonValue whole) throws Fault {
    int size = whole.write().getBytes(StandardCharsets.UTF_8).length;
    if (size > limit) {
      throw new Fault(
          413, "The metadata would have %d bytes; %d are allowed.".formatted(size, limit));
    }
    return whole;
  }

  private static JsonValue sorted(JsonValue any) {
    return switch (any) {
      case JsonValue.Members members -> {
        Map<String, JsonValue> byName = new TreeMap<>();
        members.members().forEach(member -> byName.put(member.name(), sorted(member.value())));
        yield members(byName);
      }
      case JsonValue.Items items ->
          new JsonValue.Items(items.values().stream().map(Mmds::sorted).toList());
      case JsonValue.JsonText text -> text;
      case JsonValue.Numeral numeral -> numeral;
      case JsonValue.Flag flag -> flag;
      case JsonValue.Nothing nothing -> nothing;
    };
  }

  private static JsonValue merged(JsonValue before, JsonValue change) {
    if (!(change instanceof JsonValue.Members changes)) {
      return sorted(change);
    }
    Map<String, JsonValue> all = new TreeMap<>();
    if (before instanceof JsonValue.Members members) {
      members.members().forEach(member -> all.put(member.name(), member.value()));
    }
    for (JsonValue.Member member : changes.members()) {
      if (member.value() instanceof JsonValue.Nothing) {
        all.remove(member.name());
      } else {
        all.put(
            member.name(), merged(all.getOrDefault(member.name(), JsonValue.NULL), member.value()));
      }
    }
    return members(all);
  }

  private static JsonValue members(Map<String, JsonValue> byName) {
    var members = new ArrayList<JsonValue.Member>();
    byName.forEach((name, value) -> members.add(new JsonValue.Member(name, value)));
    return new JsonValue.Members(members);
  }
}
