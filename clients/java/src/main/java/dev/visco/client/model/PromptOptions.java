// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code PromptOptions} of the API; what is not there is null. */
public record PromptOptions(
    String cwd,
    Map<String, String> env,
    String user,
    String timeout,
    List<String> arguments,
    Boolean cancelOnDisconnect,
    Boolean cancelledOnDisconnect) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String cwd;
    private Map<String, String> env;
    private String user;
    private String timeout;
    private List<String> arguments;
    private Boolean cancelOnDisconnect;
    private Boolean cancelledOnDisconnect;

    private Builder() {}

    public Builder cwd(String value) {
      this.cwd = value;
      return this;
    }

    public Builder env(Map<String, String> value) {
      this.env = value;
      return this;
    }

    public Builder user(String value) {
      this.user = value;
      return this;
    }

    public Builder timeout(String value) {
      this.timeout = value;
      return this;
    }

    public Builder arguments(List<String> value) {
      this.arguments = value;
      return this;
    }

    public Builder cancelOnDisconnect(Boolean value) {
      this.cancelOnDisconnect = value;
      return this;
    }

    public Builder cancelledOnDisconnect(Boolean value) {
      this.cancelledOnDisconnect = value;
      return this;
    }

    public PromptOptions build() {
      return new PromptOptions(cwd, env, user, timeout, arguments, cancelOnDisconnect, cancelledOnDisconnect);
    }
  }
}
