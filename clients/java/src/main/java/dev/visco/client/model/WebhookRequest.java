// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code WebhookRequest} of the API; what is not there is null. */
public record WebhookRequest(
    String url,
    List<String> kinds,
    String user,
    String secret) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String url;
    private List<String> kinds;
    private String user;
    private String secret;

    private Builder() {}

    public Builder url(String value) {
      this.url = value;
      return this;
    }

    public Builder kinds(List<String> value) {
      this.kinds = value;
      return this;
    }

    public Builder user(String value) {
      this.user = value;
      return this;
    }

    public Builder secret(String value) {
      this.secret = value;
      return this;
    }

    public WebhookRequest build() {
      return new WebhookRequest(url, kinds, user, secret);
    }
  }
}
