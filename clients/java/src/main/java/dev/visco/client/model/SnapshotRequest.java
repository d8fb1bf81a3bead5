// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SnapshotRequest} of the API; what is not there is null. */
public record SnapshotRequest(
    String name,
    Boolean keep,
    Boolean diskOnly) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String name;
    private Boolean keep;
    private Boolean diskOnly;

    private Builder() {}

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder keep(Boolean value) {
      this.keep = value;
      return this;
    }

    public Builder diskOnly(Boolean value) {
      this.diskOnly = value;
      return this;
    }

    public SnapshotRequest build() {
      return new SnapshotRequest(name, keep, diskOnly);
    }
  }
}
