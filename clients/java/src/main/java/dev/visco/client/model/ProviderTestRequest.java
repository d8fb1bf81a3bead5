// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ProviderTestRequest} of the API; what is not there is null. */
public record ProviderTestRequest(
    String provider,
    Integer method,
    String timeout) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String provider;
    private Integer method;
    private String timeout;

    private Builder() {}

    public Builder provider(String value) {
      this.provider = value;
      return this;
    }

    public Builder method(Integer value) {
      this.method = value;
      return this;
    }

    public Builder timeout(String value) {
      this.timeout = value;
      return this;
    }

    public ProviderTestRequest build() {
      return new ProviderTestRequest(provider, method, timeout);
    }
  }
}
