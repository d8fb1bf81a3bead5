// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code VolumeChange} of the API; what is not there is null. */
public record VolumeChange(
    String size) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String size;

    private Builder() {}

    public Builder size(String value) {
      this.size = value;
      return this;
    }

    public VolumeChange build() {
      return new VolumeChange(size);
    }
  }
}
