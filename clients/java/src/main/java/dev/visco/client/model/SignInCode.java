// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SignInCode} of the API; what is not there is null. */
public record SignInCode(
    String code) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String code;

    private Builder() {}

    public Builder code(String value) {
      this.code = value;
      return this;
    }

    public SignInCode build() {
      return new SignInCode(code);
    }
  }
}
