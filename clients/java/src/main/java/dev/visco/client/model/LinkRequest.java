// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code LinkRequest} of the API; what is not there is null. */
public record LinkRequest(
    Integer port,
    String ttl) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private Integer port;
    private String ttl;

    private Builder() {}

    public Builder port(Integer value) {
      this.port = value;
      return this;
    }

    public Builder ttl(String value) {
      this.ttl = value;
      return this;
    }

    public LinkRequest build() {
      return new LinkRequest(port, ttl);
    }
  }
}
