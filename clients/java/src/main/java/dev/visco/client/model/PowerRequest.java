// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PowerRequest} of the API; what is not there is null. */
public record PowerRequest(
    String grace) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String grace;

    private Builder() {}

    public Builder grace(String value) {
      this.grace = value;
      return this;
    }

    public PowerRequest build() {
      return new PowerRequest(grace);
    }
  }
}
