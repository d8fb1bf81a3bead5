// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code VolumeRequest} of the API; what is not there is null. */
public record VolumeRequest(
    String name,
    String path,
    Boolean readOnly) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String name;
    private String path;
    private Boolean readOnly;

    private Builder() {}

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder path(String value) {
      this.path = value;
      return this;
    }

    public Builder readOnly(Boolean value) {
      this.readOnly = value;
      return this;
    }

    public VolumeRequest build() {
      return new VolumeRequest(name, path, readOnly);
    }
  }
}
