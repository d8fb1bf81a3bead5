// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code FileRequest} of the API; what is not there is null. */
public record FileRequest(
    String path,
    String content,
    String base64,
    String mode,
    String owner) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String path;
    private String content;
    private String base64;
    private String mode;
    private String owner;

    private Builder() {}

    public Builder path(String value) {
      this.path = value;
      return this;
    }

    public Builder content(String value) {
      this.content = value;
      return this;
    }

    public Builder base64(String value) {
      this.base64 = value;
      return this;
    }

    public Builder mode(String value) {
      this.mode = value;
      return this;
    }

    public Builder owner(String value) {
      this.owner = value;
      return this;
    }

    public FileRequest build() {
      return new FileRequest(path, content, base64, mode, owner);
    }
  }
}
