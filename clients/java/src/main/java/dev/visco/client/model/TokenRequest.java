// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code TokenRequest} of the API; what is not there is null. */
public record TokenRequest(
    String name,
    String role,
    String user,
    Boolean readOnly,
    String expires) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String name;
    private String role;
    private String user;
    private Boolean readOnly;
    private String expires;

    private Builder() {}

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder role(String value) {
      this.role = value;
      return this;
    }

    public Builder user(String value) {
      this.user = value;
      return this;
    }

    public Builder readOnly(Boolean value) {
      this.readOnly = value;
      return this;
    }

    public Builder expires(String value) {
      this.expires = value;
      return this;
    }

    public TokenRequest build() {
      return new TokenRequest(name, role, user, readOnly, expires);
    }
  }
}
