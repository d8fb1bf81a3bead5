// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.Map;

/** {@code UserRequest} of the API; what is not there is null. */
public record UserRequest(
    String id,
    Map<String, String> labels,
    QuotaFields quota) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String id;
    private Map<String, String> labels;
    private QuotaFields quota;

    private Builder() {}

    public Builder id(String value) {
      this.id = value;
      return this;
    }

    public Builder labels(Map<String, String> value) {
      this.labels = value;
      return this;
    }

    public Builder quota(QuotaFields value) {
      this.quota = value;
      return this;
    }

    public UserRequest build() {
      return new UserRequest(id, labels, quota);
    }
  }
}
