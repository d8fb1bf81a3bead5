// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code RebuildRequest} of the API; what is not there is null. */
public record RebuildRequest(
    String image,
    Boolean force,
    String grace) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String image;
    private Boolean force;
    private String grace;

    private Builder() {}

    public Builder image(String value) {
      this.image = value;
      return this;
    }

    public Builder force(Boolean value) {
      this.force = value;
      return this;
    }

    public Builder grace(String value) {
      this.grace = value;
      return this;
    }

    public RebuildRequest build() {
      return new RebuildRequest(image, force, grace);
    }
  }
}
