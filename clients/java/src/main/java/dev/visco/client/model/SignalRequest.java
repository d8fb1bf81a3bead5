// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SignalRequest} of the API; what is not there is null. */
public record SignalRequest(
    String signal) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String signal;

    private Builder() {}

    public Builder signal(String value) {
      this.signal = value;
      return this;
    }

    public SignalRequest build() {
      return new SignalRequest(signal);
    }
  }
}
