package dev.visco.store;

import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A user's sign-in to a tool. Times are milliseconds after the epoch.
 *
 * @param name by which the user's credentials for the provider are told apart
 * @param method which of the provider's ways, from 0
 * @param isElsewhere whether the provider's page is opened in the user's own browser
 * @param holder whose the VM's desktop is now
 * @param caller who has started it
 * @param vm null until there is one
 * @param link the provider's page, null until the tool gives it, and after the end
 * @param pasteLink a page that shows a code to be pasted, likewise
 * @param code to be typed into the provider's page, likewise
 * @param port where the tool listens for the page's way back; null for none
 * @param problem why it came to nothing; null otherwise
 * @param credential the id of what was stored; null until then
 * @param version of what was stored
 * @param seen when its user was last heard of
 * @param deadline when it is over at the latest
 * @param ended null while it is under way
 */
public record SignInRow(
    String id,
    UserId owner,
    String provider,
    String name,
    int method,
    boolean isElsewhere,
    SignInState state,
    SignInHolder holder,
    String caller,
    @Nullable VmId vm,
    @Nullable String link,
    @Nullable String pasteLink,
    @Nullable String code,
    @Nullable Integer port,
    @Nullable String problem,
    @Nullable String credential,
    @Nullable Long version,
    long created,
    long changed,
    long seen,
    long deadline,
    @Nullable Long ended) {
  /** Who may type into the desktop of a sign-in's VM. */
  public enum SignInHolder {
    USER,
    OPERATOR;

    /** Its name in rows and answers. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static SignInRow of(ResultSet row) throws SQLException {
    String vm = row.getString("vm");
    int port = row.getInt("port");
    boolean hasPort = !row.wasNull();
    return new SignInRow(
        row.getString("id"),
        new UserId(row.getString("owner")),
        row.getString("provider"),
        row.getString("name"),
        row.getInt("method"),
        row.getInt("elsewhere") != 0,
        SignInState.of(row.getString("state")),
        SignInHolder.valueOf(row.getString("holder").toUpperCase(Locale.ROOT)),
        row.getString("caller"),
        vm == null ? null : new VmId(vm),
        row.getString("link"),
        row.getString("paste_link"),
        row.getString("code"),
        hasPort ? port : null,
        row.getString("problem"),
        row.getString("credential"),
        Sql.longOrNull(row, "version"),
        row.getLong("created"),
        row.getLong("changed"),
        row.getLong("seen"),
        row.getLong("deadline"),
        Sql.longOrNull(row, "ended"));
  }

  /** Whether it is under way. */
  public boolean isActive() {
    return ended == null;
  }

  /** The credential that it is to become. */
  public SecretName secret() {
    return SecretName.credential(owner.value(), provider, name);
  }

  /** A copy that is being changed. */
  private static final class Copy {
    private final SignInRow row;
    private SignInState state;
    private SignInHolder holder;
    private @Nullable VmId vm;
    private @Nullable String link;
    private @Nullable String pasteLink;
    private @Nullable String code;
    private @Nullable Integer port;
    private @Nullable String problem;
    private @Nullable String credential;
    private @Nullable Long version;
    private long changed;
    private long seen;
    private @Nullable Long ended;

    Copy(SignInRow row) {
      this.row = row;
      this.state = row.state;
      this.holder = row.holder;
      this.vm = row.vm;
      this.link = row.link;
      this.pasteLink = row.pasteLink;
      this.code = row.code;
      this.port = row.port;
      this.problem = row.problem;
      this.credential = row.credential;
      this.version = row.version;
      this.changed = row.changed;
      this.seen = row.seen;
      this.ended = row.ended;
    }

    void show(
        @Nullable String page,
        @Nullable String pastePage,
        @Nullable String typed,
        @Nullable Integer listener) {
      link = page;
      pasteLink = pastePage;
      code = typed;
      port = listener;
    }

    SignInRow changed() {
      return new SignInRow(
          row.id,
          row.owner,
          row.provider,
          row.name,
          row.method,
          row.isElsewhere,
          state,
          holder,
          row.caller,
          vm,
          link,
          pasteLink,
          code,
          port,
          problem,
          credential,
          version,
          row.created,
          changed,
          seen,
          row.deadline,
          ended);
    }
  }

  private SignInRow with(Consumer<Copy> change) {
    var copy = new Copy(this);
    change.accept(copy);
    return copy.changed();
  }

  /** The same with another state. */
  public SignInRow in(SignInState next) {
    return with(copy -> copy.state = next);
  }

  /** The same with its VM. */
  public SignInRow at(VmId machine) {
    return with(copy -> copy.vm = machine);
  }

  /** The same with what the tool has shown: the page, a page for a code, a code, and its port. */
  public SignInRow showing(
      @Nullable String page,
      @Nullable String pastePage,
      @Nullable String typed,
      @Nullable Integer listener) {
    return with(copy -> copy.show(page, pastePage, typed, listener));
  }

  /** The same in the hands of another. */
  public SignInRow heldBy(SignInHolder other) {
    return with(copy -> copy.holder = other);
  }

  /** The same whose user was heard of at this time. */
  public SignInRow seenAt(long time) {
    return with(copy -> copy.seen = time);
  }

  /** The same with its credential in the vault. */
  public SignInRow stored(SecretRow secret) {
    return with(copy -> {
      copy.state = SignInState.STORED;
      copy.show(null, null, null, null);
      copy.credential = secret.id();
      copy.version = secret.version();
    });
  }

  /** The same at its end. What the tool has shown is forgotten. */
  public SignInRow endedIn(SignInState end, @Nullable String why, long time) {
    return with(copy -> {
      copy.state = end;
      copy.show(null, null, null, null);
      copy.problem = why;
      copy.ended = time;
    });
  }

  SignInRow changedAt(long time) {
    return with(copy -> copy.changed = time);
  }

  /** Neither links nor codes are in it. */
  @Override
  public String toString() {
    return "sign-in " + id + " of " + owner + " to " + provider + ", " + state.word();
  }
}
