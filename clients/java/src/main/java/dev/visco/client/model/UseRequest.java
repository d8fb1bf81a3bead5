// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code UseRequest} of the API; what is not there is null. */
public record UseRequest(
    Boolean force) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private Boolean force;

    private Builder() {}

    public Builder force(Boolean value) {
      this.force = value;
      return this;
    }

    public UseRequest build() {
      return new UseRequest(force);
    }
  }
}
