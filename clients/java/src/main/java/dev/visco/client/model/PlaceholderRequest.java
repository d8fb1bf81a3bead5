// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PlaceholderRequest} of the API; what is not there is null. */
public record PlaceholderRequest(
    Boolean used) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private Boolean used;

    private Builder() {}

    public Builder used(Boolean value) {
      this.used = value;
      return this;
    }

    public PlaceholderRequest build() {
      return new PlaceholderRequest(used);
    }
  }
}
