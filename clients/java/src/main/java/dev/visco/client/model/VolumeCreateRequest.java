// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code VolumeCreateRequest} of the API; what is not there is null. */
public record VolumeCreateRequest(
    String userId,
    String name,
    String size) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String userId;
    private String name;
    private String size;

    private Builder() {}

    public Builder userId(String value) {
      this.userId = value;
      return this;
    }

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder size(String value) {
      this.size = value;
      return this;
    }

    public VolumeCreateRequest build() {
      return new VolumeCreateRequest(userId, name, size);
    }
  }
}
