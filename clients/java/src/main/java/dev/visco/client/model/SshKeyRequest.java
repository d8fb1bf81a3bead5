// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SshKeyRequest} of the API; what is not there is null. */
public record SshKeyRequest(
    String publicKey,
    String ttl) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String publicKey;
    private String ttl;

    private Builder() {}

    public Builder publicKey(String value) {
      this.publicKey = value;
      return this;
    }

    public Builder ttl(String value) {
      this.ttl = value;
      return this;
    }

    public SshKeyRequest build() {
      return new SshKeyRequest(publicKey, ttl);
    }
  }
}
