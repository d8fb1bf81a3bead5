// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code FileChange} of the API; what is not there is null. */
public record FileChange(
    String mode,
    Integer uid,
    Integer gid,
    String path) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String mode;
    private Integer uid;
    private Integer gid;
    private String path;

    private Builder() {}

    public Builder mode(String value) {
      this.mode = value;
      return this;
    }

    public Builder uid(Integer value) {
      this.uid = value;
      return this;
    }

    public Builder gid(Integer value) {
      this.gid = value;
      return this;
    }

    public Builder path(String value) {
      this.path = value;
      return this;
    }

    public FileChange build() {
      return new FileChange(mode, uid, gid, path);
    }
  }
}
