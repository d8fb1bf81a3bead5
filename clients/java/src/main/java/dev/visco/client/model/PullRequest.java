// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PullRequest} of the API; what is not there is null. */
public record PullRequest(
    String reference,
    String name,
    String base,
    Boolean plainHttp) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String reference;
    private String name;
    private String base;
    private Boolean plainHttp;

    private Builder() {}

    public Builder reference(String value) {
      this.reference = value;
      return this;
    }

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder base(String value) {
      this.base = value;
      return this;
    }

    public Builder plainHttp(Boolean value) {
      this.plainHttp = value;
      return this;
    }

    public PullRequest build() {
      return new PullRequest(reference, name, base, plainHttp);
    }
  }
}
