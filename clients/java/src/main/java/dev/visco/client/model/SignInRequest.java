// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SignInRequest} of the API; what is not there is null. */
public record SignInRequest(
    String userId,
    String provider,
    String name,
    Integer method,
    Boolean device,
    Boolean elsewhere) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String userId;
    private String provider;
    private String name;
    private Integer method;
    private Boolean device;
    private Boolean elsewhere;

    private Builder() {}

    public Builder userId(String value) {
      this.userId = value;
      return this;
    }

    public Builder provider(String value) {
      this.provider = value;
      return this;
    }

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder method(Integer value) {
      this.method = value;
      return this;
    }

    public Builder device(Boolean value) {
      this.device = value;
      return this;
    }

    public Builder elsewhere(Boolean value) {
      this.elsewhere = value;
      return this;
    }

    public SignInRequest build() {
      return new SignInRequest(userId, provider, name, method, device, elsewhere);
    }
  }
}
