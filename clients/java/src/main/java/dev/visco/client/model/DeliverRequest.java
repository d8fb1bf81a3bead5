// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code DeliverRequest} of the API; what is not there is null. */
public record DeliverRequest(
    String vm,
    Boolean unchoose) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String vm;
    private Boolean unchoose;

    private Builder() {}

    public Builder vm(String value) {
      this.vm = value;
      return this;
    }

    public Builder unchoose(Boolean value) {
      this.unchoose = value;
      return this;
    }

    public DeliverRequest build() {
      return new DeliverRequest(vm, unchoose);
    }
  }
}
