package dev.visco.users;

import dev.visco.model.Quota;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.store.UserRow;
import dev.visco.store.UserRows;
import dev.visco.wire.Json;
import dev.visco.wire.QuotaFields;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/** Users as rows. */
public final class Users implements UserService {
  private static final int MAX_LABELS = 64;
  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");
  private static final int MAX_VALUE = 256;

  private final UserRows rows;
  private final Consumer<UserId> stopAll;
  private final Consumer<UserId> removeAll;
  private final Consumer<UserId> removed;
  private final InstantSource clock;

  /**
   * @param stopAll begins to stop all VMs of a user
   * @param removeAll removes all that a user has, and returns when it is gone; refused when
   *     something of it is not
   * @param removed forgets what else is known of a user who is gone
   */
  public Users(
      UserRows rows,
      Consumer<UserId> stopAll,
      Consumer<UserId> removeAll,
      Consumer<UserId> removed,
      InstantSource clock) {
    this.rows = rows;
    this.stopAll = stopAll;
    this.removeAll = removeAll;
    this.removed = removed;
    this.clock = clock;
  }

  private static User user(UserRow row) {
    return new User(
        new UserId(row.id()),
        Json.mapper().readValue(row.labels(), new TypeReference<>() {}),
        Json.read(row.quota(), QuotaFields.class).quota(),
        row.state(),
        Instant.ofEpochMilli(row.created()),
        Instant.ofEpochMilli(row.changed()));
  }

  @Override
  public User create(UserId id, Map<String, String> labels, Quota quota) {
    return user(rows.add(id, text(labels), text(quota), clock.millis()));
  }

  private static String text(Map<String, String> labels) {
    if (labels.size() > MAX_LABELS) {
      throw Refused.invalid(
          "labels", labels.size() + " labels", "are too many", "Give at most " + MAX_LABELS + ".");
    }
    labels.forEach((name, value) -> {
      if (!LABEL.matcher(name).matches()) {
        throw Refused.invalid(
            "labels",
            name,
            "is no name of a label",
            "Give 1 to 63 letters, digits, '.', '_', '/' or '-', a letter or digit first.");
      }
      if (value.length() > MAX_VALUE) {
        throw Refused.invalid(
            "labels." + name, value, "is too long", "Give at most " + MAX_VALUE + " characters.");
      }
    });
    return Json.line(new TreeMap<>(labels));
  }

  private static String text(Quota quota) {
    return Json.line(QuotaFields.of(quota));
  }

  @Override
  public User user(UserId id) {
    return user(rows.get(id));
  }

  @Override
  public UserState state(UserId id) {
    return rows.find(id).map(UserRow::state).orElse(UserState.ACTIVE);
  }

  @Override
  public List<User> page(int limit, String after) {
    return rows.page(limit, after).stream().map(Users::user).toList();
  }

  @Override
  public User update(UserId id, @Nullable Map<String, String> labels, @Nullable Quota quota) {
    return user(
        rows.update(
            id,
            labels == null ? null : text(labels),
            quota == null ? null : text(quota),
            null,
            clock.millis()));
  }

  @Override
  public User suspend(UserId id) {
    // Recorded first: a VM that is created meanwhile is refused, and so none is overlooked.
    UserRow row = rows.update(id, null, null, UserState.SUSPENDED, clock.millis());
    stopAll.accept(id);
    return user(row);
  }

  @Override
  public User resume(UserId id) {
    return user(rows.update(id, null, null, UserState.ACTIVE, clock.millis()));
  }

  @Override
  public void remove(UserId id, boolean force) {
    if (force) {
      // Recorded first: nothing new comes while what is there goes.
      rows.update(id, null, null, UserState.SUSPENDED, clock.millis());
      removeAll.accept(id);
    }
    rows.remove(id, clock.millis());
    removed.accept(id);
  }
}
