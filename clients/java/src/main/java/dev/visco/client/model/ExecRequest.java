// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code ExecRequest} of the API; what is not there is null. */
public record ExecRequest(
    List<String> command,
    Map<String, String> env,
    String cwd,
    String user,
    String stdin,
    String timeout,
    Boolean detach) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private List<String> command;
    private Map<String, String> env;
    private String cwd;
    private String user;
    private String stdin;
    private String timeout;
    private Boolean detach;

    private Builder() {}

    public Builder command(List<String> value) {
      this.command = value;
      return this;
    }

    public Builder env(Map<String, String> value) {
      this.env = value;
      return this;
    }

    public Builder cwd(String value) {
      this.cwd = value;
      return this;
    }

    public Builder user(String value) {
      this.user = value;
      return this;
    }

    public Builder stdin(String value) {
      this.stdin = value;
      return this;
    }

    public Builder timeout(String value) {
      this.timeout = value;
      return this;
    }

    public Builder detach(Boolean value) {
      this.detach = value;
      return this;
    }

    public ExecRequest build() {
      return new ExecRequest(command, env, cwd, user, stdin, timeout, detach);
    }
  }
}
