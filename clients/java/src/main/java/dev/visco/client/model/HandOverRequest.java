// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code HandOverRequest} of the API; what is not there is null. */
public record HandOverRequest(
    String holder) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String holder;

    private Builder() {}

    public Builder holder(String value) {
      this.holder = value;
      return this;
    }

    public HandOverRequest build() {
      return new HandOverRequest(holder);
    }
  }
}
