// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code AddRequest} of the API; what is not there is null. */
public record AddRequest(
    String path,
    String sha256,
    String jailerSha256,
    String jailer,
    Boolean noJailer,
    String name) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String path;
    private String sha256;
    private String jailerSha256;
    private String jailer;
    private Boolean noJailer;
    private String name;

    private Builder() {}

    public Builder path(String value) {
      this.path = value;
      return this;
    }

    public Builder sha256(String value) {
      this.sha256 = value;
      return this;
    }

    public Builder jailerSha256(String value) {
      this.jailerSha256 = value;
      return this;
    }

    public Builder jailer(String value) {
      this.jailer = value;
      return this;
    }

    public Builder noJailer(Boolean value) {
      this.noJailer = value;
      return this;
    }

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public AddRequest build() {
      return new AddRequest(path, sha256, jailerSha256, jailer, noJailer, name);
    }
  }
}
