// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code EgressRequest} of the API; what is not there is null. */
public record EgressRequest(
    String address,
    String proxy,
    String password,
    List<String> allow,
    List<String> deny) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String address;
    private String proxy;
    private String password;
    private List<String> allow;
    private List<String> deny;

    private Builder() {}

    public Builder address(String value) {
      this.address = value;
      return this;
    }

    public Builder proxy(String value) {
      this.proxy = value;
      return this;
    }

    public Builder password(String value) {
      this.password = value;
      return this;
    }

    public Builder allow(List<String> value) {
      this.allow = value;
      return this;
    }

    public Builder deny(List<String> value) {
      this.deny = value;
      return this;
    }

    public EgressRequest build() {
      return new EgressRequest(address, proxy, password, allow, deny);
    }
  }
}
