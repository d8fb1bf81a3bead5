// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ValidationRequest} of the API; what is not there is null. */
public record ValidationRequest(
    String userId,
    String provider,
    String name) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String userId;
    private String provider;
    private String name;

    private Builder() {}

    public Builder userId(String value) {
      this.userId = value;
      return this;
    }

    public Builder provider(String value) {
      this.provider = value;
      return this;
    }

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public ValidationRequest build() {
      return new ValidationRequest(userId, provider, name);
    }
  }
}
