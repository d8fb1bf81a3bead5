// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SnapshotChange} of the API; what is not there is null. */
public record SnapshotChange(
    String retention) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String retention;

    private Builder() {}

    public Builder retention(String value) {
      this.retention = value;
      return this;
    }

    public SnapshotChange build() {
      return new SnapshotChange(retention);
    }
  }
}
