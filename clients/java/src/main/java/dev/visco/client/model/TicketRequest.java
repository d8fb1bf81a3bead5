// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code TicketRequest} of the API; what is not there is null. */
public record TicketRequest(
    String user,
    Boolean viewOnly) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String user;
    private Boolean viewOnly;

    private Builder() {}

    public Builder user(String value) {
      this.user = value;
      return this;
    }

    public Builder viewOnly(Boolean value) {
      this.viewOnly = value;
      return this;
    }

    public TicketRequest build() {
      return new TicketRequest(user, viewOnly);
    }
  }
}
